"""The advisor: what it measures is what happened, and looking changes nothing."""

import importlib
import json
import logging
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, cast

import pytest
import pytorch_lightning
import torch
from lightning_utilities.core import rank_zero
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from pytorch_lightning.plugins import MixedPrecision
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.advisor import plain, unpack
from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler
from lr_plugin.schedule import ScheduleError

Fit = Callable[..., Any]


@pytest.fixture(name="fit")
def fit_fixture(make_trainer: Fit) -> Fit:
    """Fit a module with some callbacks, and return the trainer."""

    def run(
        *callbacks: pytorch_lightning.Callback,
        module: LightningModule,
        ckpt_path: Path | None = None,
        **settings: object,
    ) -> Trainer:
        trainer: Trainer = make_trainer(pytorch_lightning, [*callbacks], **settings)
        trainer.fit(module, ckpt_path=ckpt_path)
        return trainer

    return run


def samples(count: int = 160) -> list[tuple[Tensor, Tensor]]:
    """Return inputs with a target that a network can learn in part."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(count, 8, generator=generator)
    noise = 0.3 * torch.randn(count, generator=generator)
    targets = inputs[:, :3].prod(dim=1) + inputs[:, 3] + noise
    return list(zip(inputs, targets.unsqueeze(1), strict=True))


def regression(
    rate: float = 0.01,
    *,
    lightning: Any = pytorch_lightning,  # noqa: ANN401 - either namespace
    optimizer: Callable[..., Any] = torch.optim.SGD,
    batch_size: int = 8,
    **settings: Any,  # noqa: ANN401 - of the optimizer
) -> LightningModule:
    """Return a module with dropout and batch normalization, which draw and count."""

    class Regression(lightning.LightningModule):  # type: ignore[misc] # of either namespace
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(1)
            self.net = nn.Sequential(
                nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1)
            )
            self.seen: list[float] = []

        def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            inputs, targets = batch
            return nn.functional.mse_loss(self.net(inputs), targets)

        @override
        def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
            loss = self.loss(batch)
            self.log("train/loss", loss)
            self.seen.append(loss.item())
            return loss

        @override
        def configure_optimizers(self) -> Any:
            return optimizer(self.parameters(), lr=rate, **settings)

        @override
        def train_dataloader(self) -> Any:
            return DataLoader(samples(), batch_size=batch_size, shuffle=True)  # type: ignore[arg-type] # a list is a data set

    module: LightningModule = Regression()
    return module


def outcome(module: LightningModule) -> tuple[list[Tensor], list[float], Tensor]:
    """Return weights and buffers, the losses on the way, and where random numbers are."""
    return list(module.state_dict().values()), module.seen, torch.get_rng_state()  # type: ignore[return-value] # a list


@pytest.mark.parametrize("namespace", ["pytorch_lightning", "lightning.pytorch"])
@pytest.mark.parametrize("probes", [False, True])
def test_suggesting_leaves_training_as_it_is(
    make_trainer: Fit, namespace: str, *, probes: bool
) -> None:
    lightning = importlib.import_module(namespace)
    found = []
    for watched in (False, True):
        module = regression(lightning=lightning)
        loss = module.loss if probes else None
        callbacks = [LearningRateAdvisor(loss=loss, groups=True)] if watched else []  # type: ignore[arg-type] # untyped
        torch.manual_seed(2)
        make_trainer(lightning, callbacks, max_epochs=4, gradient_clip_val=0.5).fit(module)
        found.append(outcome(module))
        assert not watched or callbacks[0].advice

    (without, losses, state), (weights, seen, random) = found
    assert losses == seen
    assert torch.equal(state, random)
    assert all(torch.equal(one, other) for one, other in zip(without, weights, strict=True))


def test_it_speaks_at_the_ends_of_the_parts(fit: Fit) -> None:
    advisor = LearningRateAdvisor()
    fit(LearningRateScheduler("constant"), advisor, module=regression(), max_epochs=10)

    assert [advice.step for advice in advisor.advice] == [20, 40, 60, 120, 200]
    assert [advice.fraction for advice in advisor.advice] == [0.1, 0.2, 0.3, 0.6, 1.0]


@pytest.mark.parametrize(("rate", "verdict"), [(1e-5, "increase"), (0.9, "decrease")])
def test_a_rate_that_is_far_off_is_noticed(fit: Fit, rate: float, verdict: str) -> None:
    advisor = LearningRateAdvisor()
    fit(advisor, module=regression(rate, momentum=0.9, batch_size=32), max_epochs=40)

    assert verdict in {advice.verdict for advice in advisor.advice}
    assert {advice.verdict for advice in advisor.advice} <= {verdict, "keep"}


def test_it_waits_until_the_rate_no_longer_rises(fit: Fit) -> None:
    schedule = {
        "kind": "sequence",
        "phases": {
            "warmup": {"kind": "linear", "start_value": 0.01, "end_value": 1.0, "duration": "25%"},
            "rest": {"kind": "cosine"},
        },
    }
    advisor = LearningRateAdvisor()
    fit(LearningRateScheduler(schedule), advisor, module=regression(), max_epochs=10)

    assert [advice.step for advice in advisor.advice] == [60, 120, 200]


def test_divergence_is_said_at_once(fit: Fit, tmp_path: Path) -> None:
    advisor = LearningRateAdvisor(path=tmp_path / "advice.jsonl")
    fit(advisor, module=regression(30.0, momentum=0.9), max_epochs=20, max_steps=300)

    first = advisor.advice[0]
    assert (first.verdict, first.factor, first.confidence) == ("decrease", 0.1, "high")
    assert first.step < 30


def test_a_run_that_ends_early_is_judged_by_what_there_is(fit: Fit) -> None:
    class Stop(pytorch_lightning.Callback):
        @override
        def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
            trainer.should_stop = trainer.global_step >= 95

    advisor = LearningRateAdvisor()
    fit(advisor, Stop(), module=regression(), max_epochs=10, min_epochs=0)

    assert [advice.step for advice in advisor.advice] == [20, 40, 60, 95]
    assert advisor.advice[-1].fraction == pytest.approx(95 / 200)


def measured(fit: Fit, path: Path, **settings: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of the trainer
    """Return the lines of the file that an advisor wrote."""
    advisor = LearningRateAdvisor(path=path, loss=settings.pop("loss", None))
    fit(advisor, max_epochs=4, **settings)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def linear() -> LightningModule:
    """Return a module without anything that draws, counts or depends on batches."""
    found = regression()
    found.net = nn.Linear(8, 1)
    nn.init.zeros_(found.net.weight)
    nn.init.zeros_(found.net.bias)
    return found


def test_accumulated_batches_are_measured_as_one(fit: Fit, tmp_path: Path) -> None:
    class Order(DataLoader[Any]):
        """The same samples in the same order, in batches of any size."""

    def module(batch_size: int) -> LightningModule:
        found = linear()
        loader = Order(samples(), batch_size=batch_size)  # type: ignore[arg-type] # a list is a data set
        found.train_dataloader = lambda: loader  # type: ignore[method-assign] # in place of its own
        return found

    whole = measured(fit, tmp_path / "whole", module=module(8))
    parts = measured(fit, tmp_path / "parts", module=module(2), accumulate_grad_batches=4)
    pairs = [unpack(lines[0]["windows"]["all"]).pairs for lines in (whole, parts)]

    assert [pair.step for pair in pairs[0]] == [pair.step for pair in pairs[1]]
    for name in ("update", "distance", "gradient", "slope", "pull"):
        values = [[getattr(pair, name) for pair in each] for each in pairs]
        assert values[0] == pytest.approx(values[1], rel=1e-4)


def test_the_applied_update_is_measured_whatever_made_it(fit: Fit, tmp_path: Path) -> None:
    # every gradient of this module is one in each of two weights
    file = tmp_path / "advice.jsonl"
    fit(LearningRateAdvisor(path=file), module=ones(), max_epochs=4, gradient_clip_val=0.5)
    (line, *_) = file.read_text("utf-8").splitlines()
    window = unpack(json.loads(line)["windows"]["all"])

    assert window.column("gradient") == pytest.approx(2**0.5)
    assert window.column("update") == pytest.approx(0.1 * 0.5, rel=1e-4)
    assert window.column("slope") == pytest.approx(0.1 * 0.5 * 2**0.5, rel=1e-4)
    assert window.column("coherence") == pytest.approx(1.0)
    steps = window.column("step") + 1 - window.start
    assert window.column("distance") == pytest.approx(0.05 * steps, rel=1e-4)
    assert window.column("pull") == pytest.approx(0.05 * 2**0.5 * steps, rel=1e-4)


def ones() -> LightningModule:
    class Ones(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2))

        @override
        def training_step(self, batch: object, batch_idx: int) -> Tensor:
            return self.weight.sum() + 9

        @override
        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

        @override
        def train_dataloader(self) -> Any:
            return DataLoader(range(50))  # type: ignore[arg-type] # a range is a data set

    return Ones()


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true", "64-true"])
def test_every_precision_is_measured(fit: Fit, tmp_path: Path, precision: str) -> None:
    found = []
    for name in (precision, "32-true"):
        module = linear()
        torch.manual_seed(3)
        module.train_dataloader = lambda: DataLoader(cast("Any", as_type(name)), batch_size=8)  # type: ignore[method-assign] # noqa: B023 - called in this turn
        lines = measured(fit, tmp_path / name, module=module, precision=name)
        found.append(unpack(lines[0]["windows"]["all"]).pairs[:8])
    for name in ("update", "distance", "gradient", "slope", "pull"):
        values = [[getattr(pair, name) for pair in each] for each in found]
        scale = max(abs(value) for value in values[1])
        assert values[0] == pytest.approx(values[1], abs=0.1 * scale)


def as_type(precision: str) -> list[tuple[Tensor, ...]]:
    kind = {"bf16-true": torch.bfloat16, "64-true": torch.float64}.get(precision, torch.float32)
    return [tuple(part.to(kind) for part in sample) for sample in samples()]


def test_steps_that_a_gradient_scaler_skips_are_no_evidence(fit: Fit, tmp_path: Path) -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**24, growth_interval=20)
    precision = MixedPrecision("16-mixed", "cpu", scaler)
    advisor = LearningRateAdvisor(path=tmp_path / "advice.jsonl")
    fit(advisor, module=linear(), max_epochs=8, plugins=[precision])
    lines = (tmp_path / "advice.jsonl").read_text("utf-8").splitlines()
    pairs = unpack(json.loads(lines[-1])["windows"]["all"]).pairs

    assert len(advisor.advice) == 5
    assert 8 <= len(pairs) < 5 * 16
    assert all(pair.update > 0 and isfinite(pair.gradient) for pair in pairs)
    assert isfinite(advisor.advice[-1].factor)


def test_sparse_gradients_are_measured(fit: Fit, tmp_path: Path) -> None:
    found = []
    for sparse in (True, False):
        module = linear()
        torch.manual_seed(3)
        table = nn.Embedding(10, 8, sparse=sparse)
        module.net = nn.Sequential(table, nn.Flatten(), nn.Linear(8, 1))
        inputs = [(torch.tensor([n % 10]), torch.tensor([n % 3.0])) for n in range(160)]
        module.train_dataloader = lambda: DataLoader(cast("Any", inputs), batch_size=8)  # type: ignore[method-assign] # noqa: B023 - called in this turn
        lines = measured(fit, tmp_path / f"{sparse}", module=module)
        found.append(unpack(lines[0]["windows"]["all"]).pairs)
    for name in ("update", "distance", "gradient", "slope", "pull"):
        values = [[getattr(pair, name) for pair in each] for each in found]
        assert values[0] == pytest.approx(values[1], rel=1e-4)


def test_a_sketch_measures_like_the_whole(fit: Fit, tmp_path: Path) -> None:
    class Wide(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.weights = nn.ParameterList(nn.Parameter(torch.zeros(n)) for n in (10, 300, 7000))

        @override
        def training_step(self, batch: object, batch_idx: int) -> Tensor:
            return sum((weight.sum() for weight in self.weights), torch.tensor(9.0))

        configure_optimizers = ones().configure_optimizers.__func__  # type: ignore[attr-defined] # a method
        train_dataloader = ones().train_dataloader.__func__  # type: ignore[attr-defined] # a method

    windows = []
    for sketch in (None, 700):
        file = tmp_path / f"{sketch}"
        fit(LearningRateAdvisor(path=file, sketch=sketch), module=Wide(), max_epochs=1)
        (line, *_) = file.read_text("utf-8").splitlines()
        windows.append(unpack(json.loads(line)["windows"]["all"]))
    for name in ("update", "distance", "gradient", "slope", "pull", "coherence"):
        assert windows[0].column(name) == pytest.approx(windows[1].column(name), rel=0.02)


def test_groups_are_measured_by_themselves(fit: Fit, make_slope: Callable[..., Any]) -> None:
    advisor = LearningRateAdvisor(groups=True)
    fit(advisor, module=make_slope(rates=(0.1, 0.2), batches=40), max_epochs=5)

    assert sorted(advisor.by_group) == ["group0", "group1"]
    assert advisor.by_group["group1"].directedness.value == pytest.approx(1.0)


class Rates(pytorch_lightning.Callback):
    """Notes the rate of every step."""

    def __init__(self) -> None:
        self.seen: dict[int, float] = {}

    @override
    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        self.seen[trainer.global_step] = optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize("stopped", [15, 60])
def test_applied_advice_is_in_checkpoints_and_replayed(
    fit: Fit, tmp_path: Path, stopped: int
) -> None:
    def run(**settings: object) -> tuple[Trainer, dict[int, float]]:
        rates, scheduler = Rates(), LearningRateScheduler("constant", total=200)
        torch.manual_seed(2)
        module = regression(1e-5, momentum=0.9, batch_size=32)
        advisor = LearningRateAdvisor(act="apply")
        return fit(scheduler, advisor, rates, module=module, max_epochs=40, **settings), rates.seen

    part, before = run(max_steps=stopped)
    part.save_checkpoint(tmp_path / "a.ckpt")
    _, after = run(ckpt_path=tmp_path / "a.ckpt")
    _, whole = run()

    assert max(whole.values()) == pytest.approx(1e-4)
    assert before == {step: rate for step, rate in whole.items() if step < stopped}
    assert min(after) == stopped
    assert after[stopped] == whole[stopped]
    assert max(after.values()) == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("on_change", "rate"), [("recompute", 1e-5), ("continue", 1e-4), ("keep", 1e-4)]
)
def test_the_rate_that_is_told_is_the_one_in_force_if_advice_is_no_longer_applied(
    fit: Fit, tmp_path: Path, on_change: str, rate: float
) -> None:
    def run(advisor: LearningRateAdvisor, **settings: object) -> Trainer:
        torch.manual_seed(2)
        module = regression(1e-5, momentum=0.9, batch_size=32)
        scheduler = LearningRateScheduler("constant", total=200, on_change=on_change)  # type: ignore[arg-type] # one of them
        trainer: Trainer = fit(scheduler, advisor, module=module, max_epochs=40, **settings)
        return trainer

    part = run(LearningRateAdvisor(act="apply"), max_steps=60)
    part.save_checkpoint(tmp_path / "a.ckpt")
    advisor = LearningRateAdvisor(path=tmp_path / "advice.jsonl")
    with pytest.warns(UserWarning, match="act of LearningRateAdvisor +apply"):
        run(advisor, ckpt_path=tmp_path / "a.ckpt")
    lines = (tmp_path / "advice.jsonl").read_text("utf-8").splitlines()

    assert [json.loads(line)["rate"] for line in lines] == pytest.approx([rate, rate])
    assert not any("applied" in caveat for each in advisor.advice for caveat in each.caveats)


def test_advice_is_in_tensorboard_and_the_metrics_of_the_module_stay_alone(
    fit: Fit, tmp_path: Path
) -> None:
    loggers = [CSVLogger(tmp_path, name="csv"), TensorBoardLogger(tmp_path, name="board")]
    fit(LearningRateAdvisor(), module=regression(), max_epochs=4, logger=loggers)
    events = EventAccumulator(str(tmp_path / "board" / "version_0")).Reload()
    table = (tmp_path / "csv" / "version_0" / "metrics.csv").read_text("utf-8")

    assert "advice/text_summary" in events.Tags()["tensors"]
    assert {"advisor/factor", "advisor/directedness"} <= set(events.Tags()["scalars"])
    assert sorted(table.splitlines()[0].split(",")) == ["epoch", "step", "train/loss"]


@pytest.mark.parametrize("probes", [False, True])
@pytest.mark.parametrize("stopped", [5, 35, 60])
def test_a_resumed_run_says_what_it_would_have_said(
    fit: Fit, tmp_path: Path, stopped: int, *, probes: bool
) -> None:
    def run(**settings: object) -> tuple[Trainer, LearningRateAdvisor]:
        module = ordered()
        loss = module.loss if probes else None
        advisor = LearningRateAdvisor(loss=loss, groups=True)  # type: ignore[arg-type] # untyped
        scheduler = LearningRateScheduler("warmup_cosine", total=100)
        return fit(scheduler, advisor, module=module, max_epochs=20, **settings), advisor

    part, before = run(max_steps=stopped)
    part.save_checkpoint(tmp_path / "a.ckpt")
    torch.load(tmp_path / "a.ckpt", weights_only=True)
    _, after = run(ckpt_path=tmp_path / "a.ckpt")
    _, whole = run()

    said = [advice for advice in before.advice if advice.fraction in {0.1, 0.2, 0.3, 0.6}]
    assert [plain(each) for each in (*said, *after.advice)] == [plain(e) for e in whole.advice]
    assert repr(after.by_group) == repr(whole.by_group)


def test_a_resumed_run_knows_how_low_the_validation_loss_has_been(fit: Fit, tmp_path: Path) -> None:
    def run(**settings: object) -> tuple[Trainer, LearningRateAdvisor]:
        module, advisor = ordered(), LearningRateAdvisor()
        module.validation_step = lambda *_: module.log(  # type: ignore[method-assign] # it has none
            "val/loss", 0.5 if module.current_epoch < 5 else 0.6
        )
        module.val_dataloader = module.train_dataloader  # type: ignore[method-assign] # the same
        scheduler = LearningRateScheduler("constant", total=100)
        return fit(scheduler, advisor, module=module, max_epochs=20, **settings), advisor

    part, _ = run(max_steps=40)
    part.save_checkpoint(tmp_path / "a.ckpt")
    _, after = run(ckpt_path=tmp_path / "a.ckpt")
    _, whole = run()

    assert [plain(each) for each in after.advice] == [plain(e) for e in whole.advice[-2:]]
    assert any("overfitting" in caveat for said in after.advice for caveat in said.caveats)


def ordered() -> LightningModule:
    """Return a module that draws nothing, on data in an order that a resumed run repeats."""
    module = regression()
    torch.manual_seed(1)
    module.net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
    loader: DataLoader[Any] = DataLoader(samples(), batch_size=32)  # type: ignore[arg-type] # a list is a data set
    module.train_dataloader = lambda: loader  # type: ignore[method-assign] # in place of its own
    return module


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"act": "aply"}, "act: 'aply' is no choice; did you mean 'apply'"),
        ({"pairs": 3}, "pairs: 3 is not a whole number of at least 8"),
        ({"sketch": 0}, "sketch: 0 is not a whole number of at least 1"),
        ({"groups": 1}, "groups: 1 is neither true nor false"),
    ],
)
def test_what_cannot_be_is_refused_at_once(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ScheduleError) as error:
        LearningRateAdvisor(**arguments)
    assert said.casefold() in str(error.value).casefold()


def test_advice_cannot_be_applied_without_a_schedule(fit: Fit) -> None:
    with pytest.raises(ScheduleError, match="add a LearningRateScheduler"):
        fit(LearningRateAdvisor(act="apply"), module=regression(), max_epochs=1)


def test_it_says_why_it_is_silent(
    fit: Fit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(pytorch_lightning.Callback):
        @override
        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            trainer.should_stop = True

    advisor = LearningRateAdvisor()
    monkeypatch.setattr(rank_zero, "log", logging.getLogger("heard"))
    with caplog.at_level(logging.INFO, "heard"):
        fit(advisor, Stop(), module=regression(), max_epochs=-1)
    assert advisor.advice == []
    assert "LearningRateAdvisor will be silent: this run has no known length" in caplog.text


@pytest.mark.parametrize("rate", [0.0, 0.01])
def test_it_says_that_it_cannot_tell_where_nothing_moves(fit: Fit, rate: float) -> None:
    module, advisor = regression(rate), LearningRateAdvisor()
    weight = next(module.parameters())
    if rate:  # but no gradient
        module.training_step = lambda *_: weight.sum() * 0  # type: ignore[method-assign] # for this
    fit(advisor, module=module, max_epochs=5)

    assert [each.step for each in advisor.advice] == [10, 20, 30, 60, 100]
    assert {each.confidence for each in advisor.advice} == {"none"}
    assert {each.caveats[0] for each in advisor.advice} == {"too little was measured to tell"}


@pytest.mark.parametrize("steps", [1, 2, 30])
def test_it_says_that_it_cannot_tell_of_a_rate_that_rises_to_the_end(fit: Fit, steps: int) -> None:
    advisor = LearningRateAdvisor()
    warmup = {"kind": "linear", "start_value": 0.1, "end_value": 1.0}
    fit(LearningRateScheduler(warmup), advisor, module=regression(), max_steps=steps)

    (said,) = advisor.advice
    assert (said.step, said.fraction, said.confidence) == (steps, 1.0, "none")


def test_it_is_silent_where_there_is_no_optimizer(
    fit: Fit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, advisor = regression(), LearningRateAdvisor()
    module.configure_optimizers = lambda: None  # type: ignore[method-assign] # Lightning allows it
    monkeypatch.setattr(rank_zero, "log", logging.getLogger("heard"))
    with caplog.at_level(logging.INFO, "heard"), pytest.warns(UserWarning, match="no optimizer"):
        fit(advisor, module=module, max_epochs=1)

    assert advisor.advice == []
    assert "silent: configure_optimizers returned no optimizer" in caplog.text


def test_a_run_that_its_schedule_stops_is_as_long_as_the_schedule(fit: Fit) -> None:
    schedule = {
        "kind": "sequence",
        "phases": {"cooldown": {"kind": "linear", "duration": "60 steps"}},
        "stop": True,
    }
    advisor = LearningRateAdvisor()
    trainer = fit(advisor, LearningRateScheduler(schedule), module=regression(), max_epochs=-1)

    assert trainer.global_step == 60
    assert [advice.step for advice in advisor.advice] == [6, 12, 18, 36, 60]


def test_switched_off_it_does_nothing(fit: Fit) -> None:
    advisor = LearningRateAdvisor(act="off")
    fit(advisor, module=regression(), max_epochs=2)
    assert (advisor.advice, advisor.state_dict()) == ([], {})


def test_an_event_outside_of_training_is_refused() -> None:
    with pytest.raises(ScheduleError, match="fire it while training goes on"):
        LearningRateScheduler("constant").fire("advice", 2.0)
