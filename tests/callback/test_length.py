"""Length: read once everything is there, without touching anything."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from torch.utils.data import DataLoader, Dataset
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler

LINEAR = {"kind": "linear"}


def span_of(callback: LearningRateScheduler) -> tuple[object, ...]:
    span = callback.curves["lr"].span
    return span.steps, span.steps_per_epoch, span.samples_per_step


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"max_epochs": 2}, (10, 5, 4)),
        ({"max_epochs": 2, "accumulate_grad_batches": 2}, (6, 3, 8)),
        ({"max_epochs": 2, "max_steps": 7}, (7, 5, 4)),
        ({"max_epochs": 2, "limit_train_batches": 3}, (6, 3, 4)),
        ({"max_epochs": 2, "overfit_batches": 1}, (2, 1, 4)),
        ({"max_epochs": -1, "max_steps": 7}, (7, 5, 4)),
    ],
)
def test_the_span_of_a_run_is_what_lightning_will_do(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    settings: dict[str, Any],
    expected: tuple[object, ...],
) -> None:
    callback = LearningRateScheduler(LINEAR)
    loader: DataLoader[int] = DataLoader(range(20), batch_size=4)  # type: ignore[arg-type] # a range is a data set
    run = fit(callback, module=make_slope(loader=loader), **settings)

    assert span_of(callback) == expected
    assert len(run.rates) == expected[0]


def test_epochs_are_a_unit_where_they_have_one_length(fit: Callable[..., Any]) -> None:
    schedule = {
        "kind": "sequence",
        "phases": {
            "high": {"kind": "constant", "value": 1.0, "duration": "1.5 epochs"},
            "low": {"kind": "constant", "value": 0.5},
        },
    }
    run = fit(LearningRateScheduler(schedule), max_epochs=3)

    assert run.rates == pytest.approx([1.0] * 15 + [0.5] * 15)


def test_epochs_that_change_their_length_are_refused_as_a_unit(fit: Callable[..., Any]) -> None:
    from pytorch_lightning.callbacks import GradientAccumulationScheduler

    from lr_plugin.schedule import ScheduleError

    schedule = {"kind": "step", "every": "1 epoch", "factor": 0.5}

    with pytest.raises(ScheduleError, match="write it in % or in steps"):
        fit(
            LearningRateScheduler(schedule),
            GradientAccumulationScheduler({0: 1, 1: 5}),
            max_epochs=2,
        )


def test_a_loader_of_the_module_sees_the_same_random_numbers_as_without_us(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    def orders(*callbacks: Callback) -> list[int]:
        torch.manual_seed(3)
        seen: list[int] = []
        module = make_slope(loader=DataLoader(range(8), shuffle=True))  # type: ignore[arg-type] # a range is a data set
        step = module.training_step

        def training_step(batch: torch.Tensor, batch_idx: int) -> object:
            seen.append(int(batch))
            return step(batch, batch_idx)

        module.training_step = training_step
        fit(*callbacks, module=module, max_epochs=2)
        return seen

    assert orders(LearningRateScheduler(LINEAR)) == orders()


def test_a_loader_that_only_exists_after_the_modules_setup_is_no_trouble(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope()
    module.setup = lambda stage: setattr(module, "data", range(6))  # noqa: ARG005 - Lightning looks at the name
    module.train_dataloader = lambda: DataLoader(module.data)
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1)

    assert len(run.rates) == 6


class Shrinking(Dataset[int]):
    def __init__(self) -> None:
        self.length = 10

    def __len__(self) -> int:
        return self.length

    @override
    def __getitem__(self, index: int) -> int:
        return index


def test_a_run_that_turns_out_shorter_than_planned_is_reported(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module, data = make_slope(), Shrinking()

    def train_dataloader() -> DataLoader[int]:
        data.length, length = 4, data.length
        made = Shrinking()
        made.length = length
        return DataLoader(made)

    module.train_dataloader = train_dataloader

    with pytest.warns(UserWarning, match="planned over 30 steps and looks like 12 now"):
        run = fit(
            LearningRateScheduler(LINEAR),
            module=module,
            max_epochs=3,
            reload_dataloaders_every_n_epochs=1,
        )
    assert run.rates == pytest.approx([1 - step / 30 for step in range(18)])


def test_an_epoch_that_the_module_cuts_short_moves_no_value(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope()
    module.on_train_batch_start = lambda batch, batch_idx: -1 if batch_idx == 5 else None  # noqa: ARG005 - Lightning looks at the names
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=2)

    assert run.rates == pytest.approx([1 - step / 20 for step in range(10)])
