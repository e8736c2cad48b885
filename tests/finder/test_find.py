"""What the function answers, and what it refuses before anything is touched."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.callbacks import BaseFinetuning, GradientAccumulationScheduler
from torch import nn
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.finder import FindError, Suggestion, find_learning_rate
from lr_plugin.finder.plan import Mode
from lr_plugin.finder.scale import schedule_ratio
from lr_plugin.schedule import Cosine, ScheduleError, Span
from lr_plugin.task.digits import DigitsData
from lr_plugin.task.models import MLP
from lr_plugin.task.module import Classifier

Make = Callable[..., Any]
QUICK: dict[str, Any] = {"mode": "sweep", "steps": 50, "repeats": 1}


@pytest.fixture
def find(make_module: Make, make_trainer: Make, make_loader: Make) -> Callable[..., Suggestion]:
    """Find for a module and a Trainer with settings; `data` and `module` replace the usual ones."""

    def run(
        trainer: dict[str, Any] | None = None,
        module: LightningModule | None = None,
        data: object = None,
        **options: Any,  # noqa: ANN401 - of several types
    ) -> Suggestion:
        return find_learning_rate(
            make_trainer(**(trainer or {})),
            make_module() if module is None else module,
            train_dataloaders=make_loader() if data is None else data,
            **(QUICK | options),
        )

    return run


Find = Callable[..., Suggestion]


def net_of(module: nn.Module, **options: Any) -> torch.optim.Optimizer:  # noqa: ANN401 - torch's
    return torch.optim.SGD(module.parameters(), **({"lr": 0.1} | options))


def digits(rate: float) -> Classifier:
    torch.manual_seed(0)
    net = MLP(inputs=64, hidden=[32], classes=10)
    return Classifier(net=net, optimizer=partial(torch.optim.SGD, lr=rate, momentum=0.9))


@pytest.mark.parametrize(("mode", "steps"), [("sweep", 100), ("grid", 20)])
def test_a_rate_is_found_with_which_training_goes_well(
    make_trainer: Make, mode: Mode, steps: int
) -> None:
    def trained(rate: float) -> float:
        trainer, model = make_trainer(max_epochs=5), digits(rate)
        trainer.fit(model, datamodule=DigitsData(batch_size=128))
        return float(trainer.callback_metrics["val/loss"].nan_to_num(torch.inf))

    data, trainer = DigitsData(batch_size=128), make_trainer(max_epochs=5)
    found = find_learning_rate(
        trainer, digits(0.1), datamodule=data, mode=mode, steps=steps, repeats=2
    )

    best = found.learning_rate or 0
    assert trained(best) < 0.5 * min(trained(best / 30), trained(best * 30))


def test_the_data_are_another_in_each_sweep_and_the_same_in_each_run_of_a_grid(find: Find) -> None:
    swept, grid = find(repeats=3), find(mode="grid", steps=5, repeats=3)

    assert len({tuple(row) for row in swept.losses}) == 3
    assert len({tuple(row) for row in swept.losses[:, :1]}) == 3
    flat = grid.losses[:, grid.rates < 5e-6]  # too low to learn anything
    assert np.ptp(flat, axis=1).max() < 0.1 * np.ptp(flat, axis=0).min()


def test_the_schedule_scales_the_answer(find: Find) -> None:
    answers = []
    for schedule in (None, "cosine", {"kind": "cosine"}, Cosine()):
        torch.manual_seed(0)
        answers.append(find(schedule=schedule, trainer={"max_epochs": 25}))
    constant, *cosines = answers
    expected = schedule_ratio(Cosine().over(Span(200))(np.arange(200)))

    assert [each.ratio for each in cosines] == [expected] * 3
    assert constant.ratio == schedule_ratio(np.ones(200))
    assert [each.minima for each in cosines] == [constant.minima] * 3


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ({"max_epochs": 25}, 200),
        ({"max_epochs": 25, "accumulate_grad_batches": 3}, 75),
        ({"max_epochs": -1, "max_steps": 70}, 70),
        ({"max_epochs": None, "max_steps": 70}, 70),
        ({"max_epochs": None}, 8000),
        ({"max_epochs": 3, "limit_train_batches": 5}, 15),
    ],
)
def test_the_length_is_that_of_the_users_training(
    find: Find, settings: dict[str, Any], steps: int
) -> None:
    expected = schedule_ratio(Cosine().over(Span(steps))(np.arange(steps)))

    assert find(schedule=Cosine(), trainer=settings).ratio == expected


@pytest.mark.parametrize("total", [300, "300 steps", "1200 samples"])
def test_the_length_can_be_said(find: Find, total: int | str) -> None:
    found = find(schedule=Cosine(), total=total, trainer={"max_epochs": -1})

    assert found.ratio == schedule_ratio(Cosine().over(Span(300))(np.arange(300)))


def test_the_scheduler_of_the_trainer_says_schedule_and_length(find: Find) -> None:
    told = LearningRateScheduler(Cosine(), total=300)
    rules = {"other": {"key": "weight_decay", "mode": "set", "schedule": "wsd"}}
    decay = LearningRateScheduler(rules=rules)

    assert find(trainer={"callbacks": [told]}).ratio == schedule_ratio(
        Cosine().over(Span(300))(np.arange(300))
    )
    assert find(trainer={"callbacks": [decay]}).ratio == schedule_ratio(np.ones(16))


def test_an_unknown_length_matters_to_a_schedule_alone(find: Find) -> None:
    assert find(trainer={"max_epochs": -1}).ratio == 1
    with pytest.raises(FindError, match=r"^how long the training will be is not known"):
        find(schedule="cosine", trainer={"max_epochs": -1})


class Freeze(BaseFinetuning):
    """Trains the last layer alone."""

    @override
    def freeze_before_training(self, pl_module: LightningModule) -> None:
        self.freeze(pl_module.net[:-1], train_bn=False)  # type: ignore[index] # it is Sequential

    @override
    def finetune_function(self, *args: object) -> None:
        pass


@pytest.mark.parametrize(
    "settings",
    [
        {"precision": "bf16-mixed"},
        {"precision": "64-true"},
        {"accumulate_grad_batches": 2, "gradient_clip_val": 0.5},
        pytest.param({"callbacks": [GradientAccumulationScheduler({0: 4, 1: 2})]}, id="scheduled"),
        pytest.param({"callbacks": [Freeze()]}, id="frozen"),
        {"max_time": "00:00:10:00", "max_epochs": None},
        {"val_check_interval": 0.5, "min_epochs": 5},
        {"overfit_batches": 2},
        {"detect_anomaly": True},
    ],
    ids=str,
)
def test_settings_of_the_trainer_apply(
    find: Find, make_module: Make, settings: dict[str, Any]
) -> None:
    seen: dict[str, Any] = {}

    def look(module: Any) -> None:  # noqa: ANN401 - the module of the test
        seen["dtype"] = module.net[0].weight.dtype
        seen["accumulation"] = module.trainer.accumulate_grad_batches
        seen["clip"] = module.trainer.gradient_clip_val
        seen["frozen"] = not module.net[0].weight.requires_grad
        seen["batches"] = module.trainer.num_training_batches

    found = find(settings, make_module(started=look))

    assert np.isfinite(found.losses).any(axis=1).all()
    assert seen["dtype"] == (torch.float64 if "64-true" in settings.values() else torch.float32)
    assert seen["accumulation"] == settings.get("accumulate_grad_batches", 1)
    assert seen["clip"] == settings.get("gradient_clip_val")
    assert seen["frozen"] == isinstance(settings.get("callbacks", [None])[0], Freeze)
    assert seen["batches"] == settings.get("overfit_batches", 8)


def test_groups_of_parameters_keep_their_ratios(find: Find, make_module: Make) -> None:
    def two(net: nn.Module) -> torch.optim.Optimizer:
        first, *rest = net.parameters()
        groups: list[dict[str, Any]] = [{"params": [first], "lr": 0.01}, {"params": rest}]
        return torch.optim.SGD(groups, lr=0.1, momentum=0.9)

    torch.manual_seed(0)
    found = find(module=make_module(optimizer=two), steps=None)
    low, high = found.group_rates

    assert high == found.learning_rate
    assert low == pytest.approx(high / 10)


def test_a_loss_that_is_negative_has_a_valley_too(find: Find, make_module: Make) -> None:
    torch.manual_seed(0)
    found = find(module=make_module(loss=lambda loss: loss - 100), steps=None)

    assert found.losses[0, 0] < 0
    assert found.learning_rate is not None


def test_a_loss_that_is_nan_from_the_first_step_is_a_refusal(find: Find, make_module: Make) -> None:
    found = find(module=make_module(loss=lambda loss: loss * float("nan")))

    assert found.learning_rate is None
    assert found.refusal == (
        "no valley between 1e-06 and 10: the loss is nan at the first step, before any rate could "
        "matter (it begins at 1e-06): look at the data and the model"
    )


class NoStep(LightningModule):
    """Has forgotten what training is."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 1)

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return net_of(self)


def frozen(make: Make) -> LightningModule:
    module: LightningModule = make()
    module.freeze()
    return module


def manual(make: Make) -> LightningModule:
    module: LightningModule = make()
    module.automatic_optimization = False
    return module


def uncopied(make: Make) -> LightningModule:
    module: LightningModule = make()
    module.kept = (x for x in [1])  # type: ignore[assignment] # a generator cannot be copied
    return module


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (lambda _: NoStep(), "NoStep has no training_step, so it cannot be trained; write one"),
        (lambda _: nn.Linear(1, 1), "model: Linear is not a LightningModule; give one"),
        (frozen, "every parameter of Line is frozen .requires_grad is False.: unfreeze what"),
        (uncopied, "the test works on a copy, .* cannot be copied: TypeError: cannot pickle"),
        (manual, "the module uses manual optimization, where only its own code knows which rate"),
    ],
)
def test_a_module_that_cannot_be_tested_is_refused(
    find: Find, make_module: Make, make_loader: Make, build: Make, problem: str
) -> None:
    module, loader = build(make_module), make_loader()

    with pytest.raises(FindError, match=f"^{problem}"):
        find(module=module, data=loader)
    assert loader.dataset.looks == 0
    assert getattr(module, "asked", 0) == 0


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"fast_dev_run": True}, "fast_dev_run leaves no steps to test rates in"),
        (
            {"devices": 2, "strategy": "ddp"},
            "the test runs in one process, and this Trainer's DDPStrategy starts 2: write devices",
        ),
    ],
)
def test_a_trainer_that_cannot_be_tested_is_refused(
    find: Find, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(FindError, match=f"^{problem}"):
        find(settings)


def test_a_trainer_that_has_trained_is_refused(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    trainer, module = make_trainer(), make_module()
    trainer.fit(module, make_loader())

    with pytest.raises(FindError, match=r"^this Trainer has trained already"):
        find_learning_rate(trainer, module, train_dataloaders=make_loader())


def test_something_else_than_a_trainer_is_refused(make_module: Make, make_loader: Make) -> None:
    with pytest.raises(FindError, match=r"^trainer: str is not a Trainer"):
        find_learning_rate("cpu", make_module(), train_dataloaders=make_loader())  # type: ignore[arg-type] # that is the point


def test_two_sources_of_data_are_one_too_many(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    with pytest.raises(FindError, match=r"^both datamodule and train_dataloaders are given"):
        find_learning_rate(
            make_trainer(),
            make_module(),
            train_dataloaders=make_loader(),
            datamodule=object(),  # type: ignore[arg-type] # it is refused before it is looked at
        )


def test_data_that_can_be_read_only_once_are_refused(find: Find, make_loader: Make) -> None:
    loader = make_loader()

    with pytest.raises(FindError, match=r"^the training data hold a generator"):
        find(data=(batch for batch in loader))
    assert loader.dataset.looks == 0


class Short(torch.utils.data.IterableDataset[Any]):
    """Nine samples, whenever it is asked."""

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator
        return iter([(torch.ones(4) * k, torch.tensor(float(k))) for k in range(9)])


def test_data_that_end_are_begun_again(find: Find) -> None:
    found = find(data=DataLoader(Short(), batch_size=3))

    assert np.isfinite(found.losses[:, :10]).all()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"lowest": 10.0, "highest": 1e-6}, "lowest: 10 is not below highest"),
        ({"mode": "grit"}, "mode: 'grit' is not a mode"),
    ],
)
def test_arguments_are_checked_first(find: Find, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(FindError, match=f"^{problem}"):
        find(data=object(), **options)


def test_a_schedule_is_checked_before_the_data_are_touched(find: Find, make_loader: Make) -> None:
    loader = make_loader()
    absolute = LearningRateScheduler(rules={"lr": {"mode": "set", "schedule": "cosine"}})

    with pytest.raises(ScheduleError, match="there is no recipe 'cosin'"):
        find(data=loader, schedule="cosin")
    with pytest.raises(ScheduleError, match="total"):
        find(data=loader, total="5%")
    with pytest.raises(
        FindError, match=r"^rules\.lr\.mode: 'set' takes no notice of the configured"
    ):
        find(data=loader, trainer={"callbacks": [absolute]})
    assert loader.dataset.looks == 0
