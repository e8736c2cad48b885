"""Automatic optimization: every update uses the value of its own step."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.callbacks import GradientAccumulationScheduler
from pytorch_lightning.plugins import MixedPrecision
from torch.utils.data import DataLoader, IterableDataset
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import ScheduleError

LINEAR = {"kind": "linear", "start_value": 1.0, "end_value": 0.0}


def falling(steps: int, base: float = 1.0) -> list[float]:
    """Values of LINEAR over this many steps."""
    return [base * (1 - step / steps) for step in range(steps)]


def test_every_update_uses_the_value_of_its_step(fit: Callable[..., Any]) -> None:
    run = fit(LearningRateScheduler(LINEAR), max_epochs=2)

    assert run.rates == pytest.approx(falling(20), rel=1e-12)


def test_every_group_keeps_its_own_base(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope(rates=(1.0, 0.1, 3.0))
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1)

    assert [list(row) for row in zip(*run.used[0], strict=True)] == [
        pytest.approx(falling(10, base), rel=1e-9) for base in (1.0, 0.1, 3.0)
    ]


def test_accumulation_counts_a_partial_last_window_as_a_step(fit: Callable[..., Any]) -> None:
    run = fit(LearningRateScheduler(LINEAR), max_epochs=2, accumulate_grad_batches=4)

    assert run.rates == pytest.approx(falling(6), rel=1e-12)


def test_max_steps_may_cut_an_epoch(fit: Callable[..., Any]) -> None:
    run = fit(LearningRateScheduler(LINEAR), max_epochs=3, max_steps=13)

    assert run.rates == pytest.approx(falling(13), rel=1e-12)


@pytest.mark.parametrize("scheduling", [{0: 1, 1: 5}, {0: 5, 1: 1}, {1: 3}])
def test_changing_accumulation_is_summed_exactly(
    fit: Callable[..., Any], scheduling: dict[int, int]
) -> None:
    windows = [scheduling.get(0, 1), scheduling[1]]
    total = sum(math.ceil(10 / window) for window in windows)
    run = fit(
        LearningRateScheduler(LINEAR), GradientAccumulationScheduler(scheduling), max_epochs=2
    )

    assert run.rates == pytest.approx(falling(total), rel=1e-12)


def test_max_steps_may_cut_a_run_whose_accumulation_changes(fit: Callable[..., Any]) -> None:
    accumulation = GradientAccumulationScheduler({0: 1, 1: 5})
    run = fit(LearningRateScheduler(LINEAR), accumulation, max_epochs=2, max_steps=11)

    assert run.rates == pytest.approx(falling(11), rel=1e-12)


def test_steps_that_the_scaler_skips_count_as_lightning_counts_them(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope(batches=6)
    whole = module.training_step
    module.training_step = lambda batch, batch_idx: (
        whole(batch, batch_idx) * (math.inf if batch_idx in (1, 3) else 1.0)
    )
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    precision = MixedPrecision("16-mixed", "cpu", scaler=scaler)
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1, plugins=[precision])

    taken = [rate for step, rate in enumerate(run.rates) if step not in (1, 3)]
    assert taken == pytest.approx([falling(6)[step] for step in (0, 2, 4, 5)], rel=1e-12)


@pytest.mark.filterwarnings("ignore:`training_step` returned `None`")
def test_a_training_step_without_a_loss_still_is_a_step(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope()
    whole = module.training_step
    module.training_step = lambda batch, batch_idx: (
        None if batch_idx in (2, 5) else whole(batch, batch_idx)
    )
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1)

    assert sum(run.rates) == pytest.approx(sum(falling(10)) - falling(10)[2] - falling(10)[5])


def test_an_optimizer_that_reads_the_rate_before_its_closure_is_not_behind(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope(configure=lambda weights, _: torch.optim.LBFGS(weights, lr=1.0, max_iter=1))
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1)

    assert run.rates == pytest.approx(falling(10), rel=1e-12)


def test_any_hyperparameter_follows_its_rule(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    seen = []

    def configure(weights: list[torch.nn.Parameter], _: object) -> torch.optim.Optimizer:
        return torch.optim.AdamW(weights, lr=0.1, betas=(0.9, 0.99), weight_decay=0.2)

    module = make_slope(configure=configure, batches=4)
    module.on_before_optimizer_step = lambda optimizer: seen.append(
        [optimizer.param_groups[0][key] for key in ("lr", "betas", "weight_decay")]
    )
    rules: dict[str, Any] = {
        "betas.0": {"mode": "set", "schedule": {"kind": "constant", "value": 0.5}},
        "wd": {"key": "weight_decay", "follow": "lr"},
    }
    fit(LearningRateScheduler(LINEAR, rules=rules), module=module, max_epochs=1)

    assert seen == [[0.1 * factor, (0.5, 0.99), 0.2 * factor] for factor in (1.0, 0.75, 0.5, 0.25)]


def test_the_run_stops_where_a_schedule_says_so(fit: Callable[..., Any]) -> None:
    schedule = {
        "kind": "sequence",
        "stop": True,
        "phases": {"decay": {**LINEAR, "duration": "7 steps"}},
    }
    run = fit(LearningRateScheduler(schedule), max_epochs=5)

    assert run.trainer.global_step == 7


def test_a_rate_that_is_a_whole_number_is_a_rate_like_any_other(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope(configure=lambda weights, _: torch.optim.SGD(weights, lr=2))
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1)

    assert run.rates == pytest.approx(falling(10, 2.0), rel=1e-12)


def test_a_run_that_should_stop_but_never_would_is_refused(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    schedule = {"kind": "step", "every": "4 steps", "factor": 0.5, "stop": True}
    module = make_slope(loader=DataLoader(Endless()))

    with pytest.raises(ScheduleError, match=r"^schedule.stop: nothing says when to stop"):
        fit(LearningRateScheduler(schedule), module=module, max_epochs=2)


def test_the_optimizer_and_the_trainer_are_left_as_they_would_be_without_us(
    fit: Callable[..., Any],
) -> None:
    def traces(*callbacks: Callback) -> list[object]:
        trainer = fit(*callbacks, max_epochs=1).trainer
        (optimizer,) = trainer.optimizers
        hooks = optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks  # noqa: SLF001 - torch has no public name for them
        parts = set(vars(optimizer)), set(optimizer.param_groups[0])
        return [*parts, *map(len, hooks), trainer.lr_scheduler_configs]

    assert traces(LearningRateScheduler(LINEAR)) == traces()


def test_an_initial_lr_that_something_left_in_a_group_is_not_its_rate(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    def configure(weights: list[torch.nn.Parameter], _: object) -> torch.optim.Optimizer:
        return torch.optim.SGD([{"params": weights, "initial_lr": 7.0}], lr=1.0)

    run = fit(LearningRateScheduler(LINEAR), module=make_slope(configure=configure), max_epochs=1)

    assert run.rates == pytest.approx(falling(10), rel=1e-12)


@pytest.mark.parametrize("first", [True, False])
def test_an_optimizer_that_is_rolled_back_is_driven_on(
    fit: Callable[..., Any], *, first: bool
) -> None:
    class RollBack(Callback):
        @override
        def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
            (optimizer,) = trainer.optimizers
            if trainer.global_step == 5:
                optimizer.load_state_dict(optimizer.state_dict())

    callbacks = [LearningRateScheduler(LINEAR), RollBack()]
    run = fit(*(callbacks if first else callbacks[::-1]), max_epochs=1)

    assert run.rates == pytest.approx(falling(10), rel=1e-12)


def test_a_group_that_is_removed_is_refused(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    class Remove(Callback):
        @override
        def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
            trainer.optimizers[0].param_groups.pop()

    module = make_slope(rates=(1.0, 0.1))

    with pytest.raises(ScheduleError, match="1 parameter groups now and had 2"):
        fit(LearningRateScheduler(LINEAR), Remove(), module=module, max_epochs=1)


class Endless(IterableDataset[int]):
    """Data without a length."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(10))
