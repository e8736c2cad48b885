"""The advisor measures the parameters that are trained, and knows what trains them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import pytorch_lightning
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import BaseFinetuning
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from typing_extensions import override

from lr_plugin.advisor import unpack
from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler
from lr_plugin.callback.circumstances import momentum_of, starts_trained
from lr_plugin.schedule import ScheduleError

Make = Callable[..., Trainer]


class Net(LightningModule):
    """A body and a head, of which the optimizer gets what is to be trained; 20 batches an epoch."""

    def __init__(
        self, optimizer: Callable[..., Any] = torch.optim.SGD, rate: float = 0.001
    ) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body, self.head = nn.Linear(4, 32), nn.Linear(32, 1)
        self.optimizer, self.rate = optimizer, rate

    def loss(self, batch: list[Tensor]) -> Tensor:
        found = self.head(torch.tanh(self.body(batch[0])))
        return nn.functional.mse_loss(found, batch[0][:, :1] ** 2)

    @override
    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        return self.loss(batch)

    @override
    def configure_optimizers(self) -> Any:
        return self.optimizer(
            [each for each in self.parameters() if each.requires_grad], lr=self.rate
        )

    @override
    def train_dataloader(self) -> Any:
        inputs = torch.randn(160, 4, generator=torch.Generator().manual_seed(0))
        return DataLoader(TensorDataset(inputs), batch_size=8)


class Unfreezes(BaseFinetuning):
    """Train the head alone for five epochs, then the body too."""

    @override
    def freeze_before_training(self, pl_module: LightningModule) -> None:
        self.freeze(pl_module.body)

    @override
    def finetune_function(
        self, pl_module: LightningModule, epoch: int, optimizer: torch.optim.Optimizer
    ) -> None:
        if epoch == 5:  # Lightning restores the group in a resumed run, and leaves it frozen
            self.unfreeze_and_add_param_group(pl_module.body, optimizer, lr=0.0001)

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch > 5:
            self.make_trainable(pl_module.body)


def fitted(
    make: Make, advisor: LearningRateAdvisor, module: Net, *others: Callback, **settings: object
) -> LearningRateAdvisor:
    callbacks = [LearningRateScheduler("constant"), advisor, *others]
    make(pytorch_lightning, callbacks, **({"max_epochs": 10} | settings)).fit(module)
    return advisor


def test_parameters_that_are_added_are_measured_from_then_on(
    make_trainer: Make, tmp_path: Path
) -> None:
    path = tmp_path / "advice.jsonl"
    advisor = LearningRateAdvisor(path=path, groups=True)
    fitted(make_trainer, advisor, Net(), Unfreezes())
    told = [json.loads(line)["windows"] for line in path.read_text("utf-8").splitlines()]

    assert [[*windows] for windows in told[2:4]] == [["all", "group0"], ["all", "group0", "group1"]]
    starts = [windows["all"]["start"] for windows in told]
    assert starts[:3] == [1, 1, 1]
    assert 100 <= starts[3] == starts[4] <= 103  # at the next update that is due to be measured
    whole, *parts = (unpack(window) for window in told[-1].values())
    squares = sum(part.column("update") ** 2 for part in parts)
    assert whole.column("update") ** 2 == pytest.approx(squares, rel=1e-5)


def test_a_resumed_run_measures_parameters_that_were_added(
    make_trainer: Make, tmp_path: Path
) -> None:
    def run(epochs: int, path: Path | None = None) -> tuple[Trainer, LearningRateAdvisor]:
        advisor = LearningRateAdvisor(groups=True)
        scheduler = LearningRateScheduler("constant", total=200)
        callbacks = [scheduler, advisor, Unfreezes()]
        trainer = make_trainer(pytorch_lightning, callbacks, max_epochs=epochs)
        trainer.fit(Net(), ckpt_path=path, weights_only=False)
        return trainer, advisor

    part, _ = run(7)
    part.save_checkpoint(tmp_path / "a.ckpt")
    _, rest = run(10, tmp_path / "a.ckpt")
    _, whole = run(10)

    assert repr(rest.advice[-1]) == repr(whole.advice[-1])


def test_a_group_that_is_frozen_says_nothing(make_trainer: Make) -> None:
    def grouped(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        for each in parameters[:2]:
            each.requires_grad = False
        return torch.optim.SGD([{"params": parameters[:2]}, {"params": parameters[2:]}], lr=lr)

    advisor = fitted(make_trainer, LearningRateAdvisor(groups=True), Net(grouped))

    assert [found.pairs > 0 for found in advisor.by_group.values()] == [False, True]


@pytest.mark.parametrize("accumulated", [1, 4])
def test_all_batches_of_a_step_are_probed(
    make_trainer: Make, tmp_path: Path, accumulated: int
) -> None:
    path, module = tmp_path / "advice.jsonl", Net()
    advisor = LearningRateAdvisor(path=path, loss=module.loss)
    fitted(make_trainer, advisor, module, max_epochs=20, accumulate_grad_batches=accumulated)
    window = unpack(json.loads(path.read_text("utf-8").splitlines()[0])["windows"]["all"])
    falls = [probe.before - probe.after for probe in window.probes]

    # small steps: the loss of all batches falls as the slope of their mean gradient says
    assert len(falls) == len(window.pairs) >= 8
    assert falls == pytest.approx([probe.slope for probe in window.probes], rel=0.02)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["body", "head"], ["body", "head"]),
        (["same", "same"], ["group0", "group1"]),
        (["all", None], ["group0", "group1"]),
        (["group1", None], ["group0", "group1"]),
    ],
)
def test_no_group_takes_the_place_of_another(
    make_trainer: Make, names: list[str | None], said: list[str]
) -> None:
    def grouped(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        parts = zip(names, (parameters[:2], parameters[2:]), strict=True)
        named = [{"params": part, **({"name": name} if name else {})} for name, part in parts]
        return torch.optim.SGD(named, lr=lr)

    advisor = fitted(make_trainer, LearningRateAdvisor(groups=True), Net(grouped))
    plain = fitted(make_trainer, LearningRateAdvisor(), Net())

    assert [*advisor.by_group] == said
    assert repr(advisor.advice) == repr(plain.advice)


class Silent(torch.optim.SGD):
    """An optimizer of someone's own, whose groups do not say their momentum."""

    def __init__(self, parameters: list[nn.Parameter], lr: float) -> None:
        super().__init__(parameters, lr=lr)
        for group in self.param_groups:
            del group["momentum"]

    @override
    def step(self, closure: Any = None) -> Any:
        loss = closure()
        for group in self.param_groups:
            torch._foreach_sub_(
                [each.data for each in group["params"]],
                [group["lr"] * each.grad for each in group["params"]],
            )
        return loss


@pytest.mark.parametrize(
    ("make", "momentum"),
    [
        (lambda held: torch.optim.SGD(held, lr=1, momentum=0.5), 0.5),
        (lambda held: torch.optim.AdamW(held, lr=1, betas=(0.8, 0.9)), 0.8),
        (lambda held: torch.optim.Adagrad(held, lr=1), 0.0),
        (lambda held: torch.optim.Rprop(held, lr=1), 0.0),
        (lambda held: Silent(held, lr=1), None),
    ],
)
def test_the_momentum_is_what_the_optimizer_says(
    make: Callable[[list[nn.Parameter]], torch.optim.Optimizer], momentum: float | None
) -> None:
    assert momentum_of(make([nn.Parameter(torch.zeros(1))])) == momentum


def test_the_momentum_may_be_called_beta1_and_be_left_out() -> None:
    found = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1)
    del found.param_groups[0]["momentum"]
    for beta, momentum in ((0.7, 0.7), (None, 0.0)):
        found.param_groups[0]["beta1"] = beta
        assert momentum_of(found) == momentum


def test_it_says_that_it_had_to_guess_the_momentum(make_trainer: Make) -> None:
    caveats = {
        optimizer: {
            caveat
            for each in fitted(make_trainer, LearningRateAdvisor(), Net(optimizer)).advice
            for caveat in each.caveats
        }
        for optimizer in (torch.optim.SGD, Silent)
    }
    said = {"the optimizer does not say its momentum, which was taken for 0.9"}

    assert caveats[Silent] & said
    assert not caveats[torch.optim.SGD] & said


@pytest.mark.parametrize("told", [True, False, None])
def test_trained_weights_are_known_if_told(make_trainer: Make, *, told: bool | None) -> None:
    advisor = fitted(make_trainer, LearningRateAdvisor(starts_trained=told), Net(rate=0.1))
    kept = [each for each in advisor.advice if each.verdict == "keep"]

    assert kept
    assert {any("trained weights" in caveat for caveat in each.caveats) for each in kept} == {
        told is True
    }


def test_most_parameters_frozen_look_trained(make_trainer: Make) -> None:
    trainer, module = make_trainer(pytorch_lightning, []), Net()
    assert not starts_trained(trainer, module)
    module.head.requires_grad_(requires_grad=False)
    assert not starts_trained(trainer, module)
    module.body.requires_grad_(requires_grad=False)
    assert starts_trained(trainer, module)


def test_where_a_schedule_writes_the_rate_itself_it_is_the_one_in_force(
    make_trainer: Make, tmp_path: Path
) -> None:
    rule = {"schedule": {"kind": "constant", "value": 0.001}, "mode": "set"}
    path = tmp_path / "advice.jsonl"
    callbacks = [LearningRateScheduler(rules={"rate": {"key": "lr", **rule}})]
    advisor = LearningRateAdvisor(path=path, act="apply")
    make_trainer(pytorch_lightning, [*callbacks, advisor], max_epochs=10).fit(Net())
    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rates = [each["rate"] for each in told]

    assert rates[0] == pytest.approx(0.001)
    assert rates[1:] == pytest.approx([each["rate"] * each["applied"] for each in told[:-1]])
    assert rates[-1] > 2 * rates[0]


def warmed_up(duration: str) -> dict[str, Any]:
    warmup = {"kind": "linear", "start_value": 0.01, "end_value": 1.0, "duration": duration}
    rest = {"kind": "constant", "value": 1.0}
    return {"kind": "sequence", "phases": {"warmup": warmup, "rest": rest}}


@pytest.mark.parametrize("act", ["suggest", "apply"])
def test_what_cannot_be_is_told_where_it_was_written(
    make_trainer: Make, act: Literal["suggest", "apply"]
) -> None:
    callbacks = [LearningRateScheduler(warmed_up("999 steps")), LearningRateAdvisor(act=act)]
    with pytest.raises(ScheduleError, match=r"schedule\.phases: 'warmup' would end") as refused:
        make_trainer(pytorch_lightning, callbacks, max_epochs=2).fit(Net())
    assert "factors" not in str(refused.value)


@pytest.mark.parametrize("act", ["suggest", "apply"])
def test_what_is_probably_not_meant_is_told_where_it_was_written(
    make_trainer: Make, act: Literal["suggest", "apply"]
) -> None:
    schedule = warmed_up("50%")
    schedule["phases"]["rest"]["value"] = 3.0
    callbacks = [LearningRateScheduler(schedule), LearningRateAdvisor(act=act)]
    with pytest.warns(UserWarning, match=r"schedule\.phases\.rest: begins at 3") as warned:
        make_trainer(pytorch_lightning, callbacks, max_epochs=2).fit(Net())
    assert not any("factors" in str(each.message) for each in warned)


def test_nothing_is_applied_to_a_run_that_has_ended(make_trainer: Make, tmp_path: Path) -> None:
    path = tmp_path / "advice.jsonl"
    advisor = LearningRateAdvisor(path=path, act="apply")
    callbacks = [LearningRateScheduler(warmed_up("65%")), advisor]
    make_trainer(pytorch_lightning, callbacks, max_epochs=20).fit(Net())
    (told,) = [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    assert (told["advice"]["verdict"], told["advice"]["confidence"]) == ("increase", "high")
    assert told["applied"] == 1


def test_what_is_not_applied_any_more_is_said(make_trainer: Make) -> None:
    advisor = LearningRateAdvisor(act="apply")
    fitted(make_trainer, advisor, Net(rate=1e-6), max_epochs=20)
    limited = ["changed as far as it may go" in " ".join(each.caveats) for each in advisor.advice]

    assert {each.verdict for each in advisor.advice} == {"increase"}
    assert limited == sorted(limited)
    assert {*limited} == {False, True}


def test_a_directory_is_refused_before_training(make_trainer: Make, tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match=r"path: .* is a directory; write the name of a file"):
        fitted(make_trainer, LearningRateAdvisor(path=tmp_path), Net())
