"""Averaging: the mean begins with a phase, and is the mean of exactly the weights it says."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler, PhaseAveraging
from lr_plugin.callback.averaging import Every
from lr_plugin.schedule import ScheduleError

HALF: dict[str, Any] = {
    "kind": "sequence",
    "phases": {
        "train": {"kind": "constant", "duration": "6 steps"},
        "average": {"kind": "constant", "value": 0.5},
    },
}
CYCLES: dict[str, Any] = {
    "kind": "sequence",
    "phases": {
        "train": {"kind": "constant", "duration": "4 steps"},
        "average": {
            "kind": "repeat",
            "count": 2,
            "schedule": {"kind": "linear", "end_value": 0.5},
        },
    },
}


class Note(Callback):
    """Notes the weight after every step."""

    def __init__(self) -> None:
        self.weights: list[float] = []

    @override
    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *args: object) -> None:
        self.weights.append(next(module.parameters()).item())


@pytest.mark.parametrize(
    ("schedule", "every", "epochs", "steps"),
    [
        (HALF, "step", 1, [6, 7, 8, 9]),
        (HALF, "epoch", 2, [9, 19]),
        (CYCLES, "cycle", 1, [6, 9]),
    ],
)
def test_the_mean_is_of_the_weights_of_the_phase(  # noqa: PLR0913 - what is averaged, and fixtures
    fit: Callable[..., Any],
    lightning: ModuleType,
    *,
    schedule: dict[str, Any],
    every: Every,
    epochs: int,
    steps: list[int],
) -> None:
    note, averaging = Note(), PhaseAveraging("average", every=every)
    run = fit(
        LearningRateScheduler(schedule), averaging, note, lightning=lightning, max_epochs=epochs
    )

    expected = sum(note.weights[step] for step in steps) / len(steps)
    assert run.weights == [pytest.approx(expected, rel=1e-12)]


def test_an_exponential_mean_begins_with_the_first_weights(fit: Callable[..., Any]) -> None:
    note, averaging = Note(), PhaseAveraging("average", decay=0.75)
    run = fit(LearningRateScheduler(HALF), averaging, note, max_epochs=1)

    mean = note.weights[6]
    for weight in note.weights[7:]:
        mean = 0.75 * mean + 0.25 * weight
    assert run.weights == [pytest.approx(mean, rel=1e-12)]


def test_training_is_left_as_it_is(fit: Callable[..., Any]) -> None:
    bare = fit(LearningRateScheduler(HALF), max_epochs=1)
    averaged = fit(LearningRateScheduler(HALF), PhaseAveraging("average"), max_epochs=1)

    assert averaged.rates == bare.rates


class Save(Callback):
    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


@pytest.mark.parametrize("step", [3, 6, 8])
def test_a_resumed_run_has_the_same_mean(
    fit: Callable[..., Any], tmp_path: Path, step: int
) -> None:
    path = tmp_path / "at.ckpt"
    save = Save(step, path)
    whole = fit(LearningRateScheduler(HALF), PhaseAveraging("average"), save, max_epochs=1)
    again = PhaseAveraging("average")
    tail = fit(LearningRateScheduler(HALF), again, max_epochs=1, ckpt_path=path)

    assert tail.weights == whole.weights


def test_a_checkpoint_from_before_the_phase_holds_the_weights_then(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    fit(LearningRateScheduler(HALF), PhaseAveraging("average"), Save(3, path), max_epochs=1)

    assert torch.load(path, weights_only=True)["state_dict"]["weights.0"].item() == -3


class Validated(LightningModule):
    """Notes the weight that each validation sees."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))
        self.seen: list[float] = []

    @override
    def training_step(self, batch: object, batch_idx: int) -> torch.Tensor:
        return self.weight

    @override
    def validation_step(self, batch: object, batch_idx: int) -> None:
        self.seen.append(self.weight.item())

    @override
    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=1.0)

    @override
    def train_dataloader(self) -> Any:
        return torch.utils.data.DataLoader(range(5))  # type: ignore[arg-type] # a range is a data set

    @override
    def val_dataloader(self) -> Any:
        return torch.utils.data.DataLoader(range(1))  # type: ignore[arg-type] # as above


def test_validation_sees_the_weights_before_the_phase_and_the_mean_in_it(
    fit: Callable[..., Any],
) -> None:
    module = Validated()
    averaging = PhaseAveraging("average")
    fit(
        LearningRateScheduler(HALF),
        averaging,
        module=module,
        max_epochs=2,
        num_sanity_val_steps=0,
    )
    in_phase = [-6.5, -7.0, -7.5, -8.0]
    assert module.seen == [-5.0, pytest.approx(sum(in_phase) / 4)]


def test_a_run_that_ends_before_the_phase_keeps_its_weights(fit: Callable[..., Any]) -> None:
    with pytest.warns(UserWarning, match="nothing was averaged: .* phase 'average' had anything"):
        run = fit(LearningRateScheduler(HALF, total=10), PhaseAveraging("average"), max_steps=5)
    assert run.weights == [-5.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"phase": "averages"}, "phase: the schedule has no phase 'averages'.*mean 'average'"),
        ({"phase": "average", "rule": "wd"}, "rule: there is no rule 'wd'.*write one of lr"),
        ({"phase": "average", "every": "day"}, "every: 'day' is no choice"),
        ({"phase": "average", "decay": 1}, "decay: 1 is no share of the old mean"),
    ],
)
def test_a_mistake_is_refused_before_the_first_batch(
    fit: Callable[..., Any], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScheduleError, match=message):
        fit(LearningRateScheduler(HALF), PhaseAveraging(**arguments), max_epochs=1)


def test_it_needs_a_scheduler(fit: Callable[..., Any]) -> None:
    with pytest.raises(ScheduleError, match="PhaseAveraging knows no phases; add a LearningRate"):
        fit(PhaseAveraging("average"), max_epochs=1)
