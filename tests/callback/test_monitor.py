"""The monitor: what is logged is what is used, and the plan is drawn before the first batch."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler, ScheduleMonitor

PHASES = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.1, "end_value": 1.0, "duration": "5 steps"},
        "decay": {"kind": "linear"},
    },
}


def board(directory: str) -> EventAccumulator:
    read = EventAccumulator(directory, size_guidance={"scalars": 0, "tensors": 0, "images": 0})
    read.Reload()
    return read


@pytest.mark.parametrize("first", [True, False])
def test_the_values_that_are_used_are_logged_with_the_phase_and_the_plan(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path, *, first: bool
) -> None:
    logger = lightning.loggers.TensorBoardLogger(tmp_path)
    callbacks: list[Callback] = [LearningRateScheduler(PHASES), ScheduleMonitor()]
    run = fit(
        *(callbacks if first else callbacks[::-1]),
        lightning=lightning,
        max_epochs=2,
        logger=logger,
        log_every_n_steps=1,
    )
    logger.experiment.flush()
    read = board(logger.log_dir)
    texts = [
        (event.step, event.tensor_proto.string_val[0].decode())
        for event in read.Tensors("phase/lr/text_summary")
    ]

    assert [event.step for event in read.Scalars("lr")] == list(range(20))
    assert [event.value for event in read.Scalars("lr")] == pytest.approx(run.rates, rel=1e-6)
    assert texts == [(0, "warmup"), (5, "decay")]
    assert [event.step for event in read.Images("plan")] == [0]


def test_values_are_logged_as_often_as_lightning_logs_and_where_a_phase_begins(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    logger = CSVLogger(tmp_path)
    module = make_slope(rates=(1.0, 0.1))
    fit(
        LearningRateScheduler(PHASES),
        ScheduleMonitor(),
        module=module,
        max_epochs=2,
        logger=logger,
        log_every_n_steps=8,
    )
    rows = (Path(logger.log_dir) / "metrics.csv").read_text(encoding="utf-8").splitlines()

    assert rows[0].split(",") == ["lr/group0", "lr/group1", "step"]
    assert [row.split(",")[-1] for row in rows[1:]] == ["0", "5", "7", "15"]


def test_the_values_of_groups_are_called_by_their_names(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    def configure(weights: list[torch.nn.Parameter], _: object) -> torch.optim.Optimizer:
        groups = [{"params": [w], "name": name} for w, name in zip(weights, "ab", strict=True)]
        return torch.optim.AdamW(groups, lr=0.5)

    callback = LearningRateScheduler(
        PHASES, rules={"betas.1": {"schedule": {"kind": "constant"}, "groups": "b"}}
    )
    seen: list[dict[str, float]] = []

    class Look(Callback):
        @override
        def on_train_start(self, *args: object) -> None:
            seen.append(callback.values())

    fit(callback, Look(), module=make_slope(rates=(1, 1), configure=configure), max_epochs=1)

    assert seen == [{"lr/a": 0.05, "lr/b": 0.05, "betas.1/b": 0.999}]


def test_no_picture_is_drawn_if_none_is_wanted(fit: Callable[..., Any], tmp_path: Path) -> None:
    logger = TensorBoardLogger(tmp_path)
    fit(LearningRateScheduler(PHASES), ScheduleMonitor(draw=False), max_epochs=1, logger=logger)
    logger.experiment.flush()

    assert board(logger.log_dir).Tags()["images"] == []


def test_a_resumed_run_logs_the_phase_it_is_in(fit: Callable[..., Any], tmp_path: Path) -> None:
    class Save(Callback):
        @override
        def on_train_batch_end(self, trainer: Any, *args: object) -> None:
            if trainer.global_step == 7:
                trainer.save_checkpoint(tmp_path / "at.ckpt")

    fit(LearningRateScheduler(PHASES), Save(), max_epochs=2)
    logger = TensorBoardLogger(tmp_path)
    callbacks = [LearningRateScheduler(PHASES), ScheduleMonitor()]
    fit(*callbacks, max_epochs=2, logger=logger, ckpt_path=tmp_path / "at.ckpt")
    logger.experiment.flush()
    (event,) = board(logger.log_dir).Tensors("phase/lr/text_summary")

    assert (event.step, event.tensor_proto.string_val[0]) == (7, b"decay")


def test_values_are_logged_once_per_step_of_accumulated_batches(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    logger = CSVLogger(tmp_path)
    callbacks = [LearningRateScheduler(PHASES), ScheduleMonitor()]
    settings = {"accumulate_grad_batches": 2, "log_every_n_steps": 1}
    fit(*callbacks, max_epochs=2, logger=logger, **settings)
    rows = (Path(logger.log_dir) / "metrics.csv").read_text(encoding="utf-8").splitlines()

    assert [row.split(",")[-1] for row in rows[1:]] == [str(step) for step in range(10)]


def test_the_last_phase_stays_in_force_after_its_end(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    logger = TensorBoardLogger(tmp_path)
    short = {"kind": "sequence", "phases": {"only": {"kind": "linear", "duration": "5 steps"}}}
    callbacks = [LearningRateScheduler(short), ScheduleMonitor(draw=False)]
    fit(*callbacks, max_epochs=1, logger=logger)
    logger.experiment.flush()
    texts = board(logger.log_dir).Tensors("phase/lr/text_summary")

    assert [event.tensor_proto.string_val[0] for event in texts] == [b"only"]


def test_curves_are_there_after_the_fit_too(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler(PHASES)
    assert (callback.curves, callback.steps, callback.values()) == ({}, {}, {})
    run = fit(callback, max_epochs=1)
    curve = callback.curves["lr"]

    assert [curve(step) for step in range(10)] == pytest.approx(run.rates)
    assert [segment.name for segment in curve.segments()] == ["warmup", "decay"]
