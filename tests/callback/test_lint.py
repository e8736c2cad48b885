"""The linter at fit start: one warning a finding, none for trials, resumes and what is meant."""

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.lint import lint
from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import ScheduleError, Span

RISING = {"kind": "linear", "start_value": 0.0, "end_value": 1.0}
SAID = (
    "schedule: the value of the first step is 0, and the largest is 0.9667; to mend it, write "
    "schedule.start_value=0.01 [first_step_zero]; if it is meant, write silence: "
    "[first_step_zero]"
)


def said(caught: list[warnings.WarningMessage]) -> list[str]:
    return [str(each.message) for each in caught if "if it is meant" in str(each.message)]


def test_a_finding_is_one_warning_when_training_starts(fit: Callable[..., Any]) -> None:
    with warnings.catch_warnings(record=True, action="always") as caught:
        fit(LearningRateScheduler(RISING), max_epochs=3)

    assert said(caught) == [SAID]


@pytest.mark.parametrize("silence", ["first_step_zero", ["jump", "first_step_zero"]])
def test_a_finding_that_is_meant_is_silenced_by_its_name(
    fit: Callable[..., Any], silence: str | list[str]
) -> None:
    run = fit(LearningRateScheduler(RISING, silence=silence), max_epochs=3)

    assert run.rates[3] == pytest.approx(0.1)


def test_a_misspelt_name_is_refused_at_once() -> None:
    with pytest.raises(ScheduleError, match=r"^silence: 'jum' is no finding; did you mean 'jump'"):
        LearningRateScheduler(RISING, silence="jum")


def test_a_trial_run_is_not_looked_at(fit: Callable[..., Any]) -> None:
    assert fit(LearningRateScheduler(RISING), fast_dev_run=3).trainer.global_step == 3
    assert fit(LearningRateScheduler(RISING), max_steps=19, max_epochs=-1).trainer.global_step == 19


class Save(Callback):
    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == 5:
            trainer.save_checkpoint(self.path)


def test_a_resumed_run_has_been_told_before(fit: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "at.ckpt"
    fit(LearningRateScheduler(RISING, silence="first_step_zero"), Save(path), max_epochs=3)
    rest = fit(LearningRateScheduler(RISING), max_epochs=3, ckpt_path=path)

    assert len(rest.rates) == 25


def test_a_floor_above_a_groups_configured_value_is_said(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    rules = {"lr": {"schedule": {"kind": "linear", "end_value": 0.1}, "mode": "set"}}
    module = make_slope(rates=(1.0, 1e-4))
    with warnings.catch_warnings(record=True, action="always") as caught:
        fit(LearningRateScheduler(rules=rules), module=module, max_epochs=3)

    assert said(caught) == [
        (
            "rules.lr: mode 'set' gives group 1 at least 0.13, and it is configured at 0.0001; to "
            "mend it, write '++rules.lr.groups=[0]' [floor_above_peak]; if it is meant, write "
            "silence: [floor_above_peak]"
        )
    ]


@pytest.mark.timing
def test_looking_takes_less_than_twenty_milliseconds() -> None:
    schedules = [load_schedule(name) for name in recipe_names()]
    for schedule in schedules:
        times = []
        for _ in range(5):
            before = time.thread_time()
            lint(schedule, Span(1_000_000))
            times.append(time.thread_time() - before)

        assert min(times) < 0.02
