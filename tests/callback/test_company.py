"""Company: monitors, finders, finetuning and averaging beside the callback, in any order."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, LightningModule
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler

LINEAR = {"kind": "linear"}


def falling(steps: int, base: float = 1.0) -> list[float]:
    return [base * (1 - step / steps) for step in range(steps)]


class Save(Callback):
    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Any, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


def in_order(callbacks: list[Any], *, first: bool) -> list[Any]:
    return callbacks if first else callbacks[::-1]


def memory_logger(lightning: ModuleType) -> Any:  # noqa: ANN401 - a logger of either namespace
    class Memory(lightning.loggers.logger.Logger):  # type: ignore[name-defined,misc] # either namespace
        name, version = "memory", 0

        def __init__(self) -> None:
            super().__init__()
            self.rows: list[tuple[int, dict[str, float]]] = []

        @override
        def log_metrics(self, metrics: dict[str, float], step: int) -> None:
            self.rows.append((step, dict(metrics)))

        @override
        def log_hyperparams(self, *args: object, **kwargs: object) -> None:
            pass

    return Memory()


@pytest.mark.parametrize("first", [True, False])
def test_the_monitor_of_lightning_logs_the_rate_that_is_used(
    fit: Callable[..., Any], lightning: ModuleType, *, first: bool
) -> None:
    logger = memory_logger(lightning)
    monitor = lightning.callbacks.LearningRateMonitor(logging_interval="step")
    callbacks = in_order([LearningRateScheduler(LINEAR), monitor], first=first)
    run = fit(*callbacks, lightning=lightning, max_epochs=2, logger=logger, log_every_n_steps=1)
    logged = [row["lr-SGD"] for _, row in logger.rows if "lr-SGD" in row]

    assert logged == pytest.approx(run.rates, rel=1e-12)
    assert logged == pytest.approx(falling(20), rel=1e-12)


@pytest.mark.parametrize("first", [True, False])
def test_the_monitor_of_lightning_logs_the_first_rate_of_an_epoch(
    fit: Callable[..., Any], lightning: ModuleType, *, first: bool
) -> None:
    logger = memory_logger(lightning)
    monitor = lightning.callbacks.LearningRateMonitor(logging_interval="epoch")
    callbacks = in_order([LearningRateScheduler(LINEAR), monitor], first=first)
    fit(*callbacks, lightning=lightning, max_epochs=2, logger=logger, log_every_n_steps=1)

    assert [row["lr-SGD"] for _, row in logger.rows if "lr-SGD" in row] == [1.0, 0.5]


def quadratic(lightning: ModuleType, rate: float = 0.01) -> LightningModule:
    """A module with a minimum, so that a range test has something to find."""

    class Quadratic(lightning.LightningModule):  # type: ignore[name-defined,misc] # either namespace
        def __init__(self) -> None:
            super().__init__()
            self.rate = rate
            self.weight = torch.nn.Parameter(torch.ones(()))

        @override
        def training_step(self, batch: object, batch_idx: int) -> object:
            return (self.weight - 3) ** 2

        @override
        def configure_optimizers(self) -> object:
            return torch.optim.SGD(self.parameters(), lr=self.rate)

        @override
        def train_dataloader(self) -> object:
            return torch.utils.data.DataLoader(range(40))  # type: ignore[arg-type] # a range is a data set

    module: LightningModule = Quadratic()
    return module


def test_a_range_test_finds_the_same_with_and_without_us(
    make_trainer: Callable[..., Any], lightning: ModuleType, tmp_path: Path
) -> None:
    def find(*callbacks: Callback) -> dict[str, list[float]]:
        trainer = make_trainer(lightning, [*callbacks], max_epochs=1, default_root_dir=tmp_path)
        tuner = lightning.tuner.Tuner(trainer)
        found = tuner.lr_find(
            quadratic(lightning), num_training=20, attr_name="rate", update_attr=False
        )
        results: dict[str, list[float]] = found.results
        return results

    assert find(LearningRateScheduler(LINEAR)) == find()


def test_the_rate_that_a_finder_suggests_becomes_the_base(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path
) -> None:
    finder = lightning.callbacks.LearningRateFinder(num_training_steps=20, attr_name="rate")
    module = quadratic(lightning, rate=1e-5)
    callback = LearningRateScheduler(LINEAR)
    fit(
        callback,
        finder,
        module=module,
        lightning=lightning,
        max_epochs=1,
        enable_checkpointing=True,
        default_root_dir=tmp_path,
    )

    ((*_, base),) = callback.state_dict()["bases"]
    assert base == module.rate
    assert base > 1e-5


def test_weight_averaging_changes_no_rate(fit: Callable[..., Any], lightning: ModuleType) -> None:
    for first in (True, False):
        averaging = lightning.callbacks.WeightAveraging()
        callbacks = in_order([LearningRateScheduler(LINEAR), averaging], first=first)
        run = fit(*callbacks, lightning=lightning, max_epochs=1)

        assert run.rates == pytest.approx(falling(10), rel=1e-12)


def body_and_head(lightning: ModuleType, batches: int = 4) -> LightningModule:
    """A module of which only the head is trained at first."""

    class Single(torch.nn.Module):
        def __init__(self, weight: float) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor(weight, dtype=torch.float64))

    class BodyAndHead(lightning.LightningModule):  # type: ignore[name-defined,misc] # either namespace
        def __init__(self) -> None:
            super().__init__()
            # Lightning leaves out a group whose weights equal one that is there.
            self.backbone, self.head = Single(100.0), Single(0.0)

        @override
        def training_step(self, batch: object, batch_idx: int) -> object:
            return self.backbone.weight + self.head.weight

        @override
        def configure_optimizers(self) -> object:
            return torch.optim.SGD(self.head.parameters(), lr=1.0)

        @override
        def train_dataloader(self) -> object:
            return torch.utils.data.DataLoader(range(batches))  # type: ignore[arg-type] # a range is a data set

    module: LightningModule = BodyAndHead()
    return module


def unfreezing(lightning: ModuleType, epoch: int = 1) -> Callback:
    class Unfreeze(lightning.callbacks.BaseFinetuning):  # type: ignore[name-defined,misc] # either namespace
        @override
        def freeze_before_training(self, pl_module: Any) -> None:
            self.freeze(pl_module.backbone)

        @override
        def finetune_function(self, pl_module: Any, current_epoch: int, optimizer: Any) -> None:
            if current_epoch == epoch:
                self.unfreeze_and_add_param_group(pl_module.backbone, optimizer)

    callback: Callback = Unfreeze()
    return callback


@pytest.mark.parametrize("first", [True, False])
def test_a_group_that_joins_is_scheduled_from_the_rate_it_would_have_had(
    fit: Callable[..., Any], lightning: ModuleType, *, first: bool
) -> None:
    callbacks = in_order([LearningRateScheduler(LINEAR), unfreezing(lightning)], first=first)
    run = fit(*callbacks, module=body_and_head(lightning), lightning=lightning, max_epochs=3)

    assert [len(row) for row in run.used[0]] == [1] * 4 + [2] * 8
    assert [row[1] for row in run.used[0][4:]] == pytest.approx(falling(12, 0.1)[4:], rel=1e-9)


@pytest.mark.parametrize("first", [True, False])
def test_a_resumed_finetuning_goes_on_with_all_groups(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path, *, first: bool
) -> None:
    path = tmp_path / "at.ckpt"

    def run(*more: Callback, ckpt_path: Path | None = None) -> list[list[float]]:
        callbacks = in_order([LearningRateScheduler(LINEAR), unfreezing(lightning)], first=first)
        fitted = fit(
            *callbacks,
            *more,
            module=body_and_head(lightning),
            lightning=lightning,
            max_epochs=3,
            ckpt_path=ckpt_path,
        )
        used: list[list[float]] = fitted.used.get(0, [])
        return used

    run(Save(8, path))
    callback = LearningRateScheduler(LINEAR)
    seen: list[list[float]] = []

    class Look(Callback):
        @override
        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            seen.append([group["lr"] for group in optimizer.param_groups])

    fit(
        *in_order([callback, unfreezing(lightning)], first=first),
        Look(),
        module=body_and_head(lightning),
        lightning=lightning,
        max_epochs=3,
        ckpt_path=path,
    )

    # Lightning freezes the backbone again on resume, so its rate is read and not measured.
    assert seen == [pytest.approx([f, 0.1 * f]) for f in falling(12)[8:]]


@pytest.mark.filterwarnings("ignore:.*is taken as")
def test_a_group_that_joins_while_the_factor_is_zero_is_taken_as_it_is(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    schedule = {
        "kind": "sequence",
        "phases": {
            "silence": {"kind": "constant", "value": 0.0, "duration": "4 steps"},
            "rest": {"kind": "constant", "value": 0.5},
        },
    }

    class Unfreeze(lightning.callbacks.BaseFinetuning):  # type: ignore[name-defined,misc] # either namespace
        @override
        def freeze_before_training(self, pl_module: Any) -> None:
            self.freeze(pl_module.backbone)

        @override
        def finetune_function(self, pl_module: Any, epoch: int, optimizer: Any) -> None:
            if epoch == 0:
                self.unfreeze_and_add_param_group(pl_module.backbone, optimizer, lr=0.2)

    with pytest.warns(UserWarning, match="taken as 0.2, as found"):
        run = fit(
            LearningRateScheduler(schedule),
            Unfreeze(),
            module=body_and_head(lightning),
            lightning=lightning,
            max_epochs=2,
        )
    assert [row[1] for row in run.used[0]] == pytest.approx([0.0] * 4 + [0.1] * 4)


def test_a_group_that_another_callback_drives_is_left_alone_if_ignored(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    backbone = lightning.callbacks.BackboneFinetuning(
        unfreeze_backbone_at_epoch=1, backbone_initial_lr=0.25, lambda_func=lambda _: 2.0
    )
    callback = LearningRateScheduler(LINEAR, ignore=1)
    run = fit(
        callback, backbone, module=body_and_head(lightning), lightning=lightning, max_epochs=3
    )

    assert [row[0] for row in run.used[0]] == pytest.approx(falling(12), rel=1e-9)
    assert len({row[1] for row in run.used[0][4:8]}) == 1


def test_a_module_that_writes_the_rate_itself_is_reported_once(
    fit: Callable[..., Any], make_slope: Callable[..., Any], lightning: ModuleType
) -> None:
    module = make_slope(lightning)
    step = module.optimizer_step

    def optimizer_step(
        epoch: int, batch_idx: int, optimizer: torch.optim.Optimizer, closure: Callable[[], Any]
    ) -> None:
        optimizer.param_groups[0]["lr"] = 0.25
        step(epoch, batch_idx, optimizer, closure)

    module.optimizer_step = optimizer_step

    with pytest.warns(UserWarning, match="'lr' of group 0 of optimizer 0 .* 0.25 now") as caught:
        run = fit(LearningRateScheduler(LINEAR), module=module, lightning=lightning, max_epochs=1)
    assert run.rates == pytest.approx([0.25] * 10)
    assert sum("something else writes" in str(each.message) for each in caught) == 1
