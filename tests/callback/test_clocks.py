"""Clocks: runs measured in samples, tokens or time, and phases in another unit than the run."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning import Callback
from torch.utils.data import DataLoader, IterableDataset
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.callback.stopwatch import Stopwatch
from lr_plugin.callback.total import read_total
from lr_plugin.schedule import Curve, ScheduleError

WARMUP_IN_STEPS = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.0, "end_value": 1.0, "duration": "10 steps"},
        "decay": {"kind": "linear"},
    },
}
WARMUP_IN_TIME = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.0, "end_value": 1.0, "duration": "100 ms"},
        "decay": {"kind": "constant"},
    },
}


class Endless(IterableDataset[int]):
    @override
    def __iter__(self) -> "itertools.count[int]":
        return itertools.count()


class Slow(Callback):
    """Makes each step take a while, and notes where the schedule is and what it says."""

    def __init__(self, scheduler: LearningRateScheduler, seconds: float = 0.01) -> None:
        self.scheduler, self.seconds = scheduler, seconds
        self.seen: list[tuple[int, float]] = []
        self.curve: Curve | None = None

    @override
    def on_train_batch_start(self, *args: object) -> None:
        self.seen.append((self.scheduler.steps["lr"], self.scheduler.values()["lr"]))
        self.curve = self.scheduler.curves["lr"]
        time.sleep(self.seconds)


def drawn(curve: Curve, seen: list[tuple[int, float]]) -> list[float]:
    values: list[float] = curve([tick for tick, _ in seen]).tolist()
    return values


@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        ({"total": 30}, 30),
        ({"total": "30 steps"}, 30),
        ({"total": "120 samples"}, 30),
        ({"total": "120 samples", "samples_per_step": 12}, 10),
        ({"total": "1200 tokens", "tokens_per_sample": 10}, 30),
        ({"total": "3 epochs"}, 15),
    ],
)
def test_a_total_in_any_unit_of_work_is_a_number_of_steps(
    fit: Callable[..., Any], make_slope: Callable[..., Any], arguments: dict[str, Any], steps: int
) -> None:
    callback = LearningRateScheduler({"kind": "linear"}, **arguments)
    loader: DataLoader[int] = DataLoader(range(20), batch_size=4)  # type: ignore[arg-type] # a range is a data set
    watch = Slow(callback, 0.0)
    fit(callback, watch, module=make_slope(loader=loader), max_epochs=2)

    assert watch.curve is not None
    assert steps == watch.curve.span.steps


@pytest.mark.parametrize("given", ["argument", "max_time"])
def test_percents_work_where_only_the_time_is_known(
    fit: Callable[..., Any], make_slope: Callable[..., Any], given: str
) -> None:
    total = "2 s" if given == "argument" else None
    limit = {"max_time": {"seconds": 2}} if given == "max_time" else {"max_steps": 40}
    callback = LearningRateScheduler({"kind": "linear"}, total=total)
    watch = Slow(callback)
    module = make_slope(loader=DataLoader(Endless()))
    fit(callback, watch, module=module, max_epochs=-1, limit_train_batches=20, **limit)

    assert watch.curve is not None
    assert (watch.curve.span.clock, watch.curve.span.steps) == ("time", 2000)
    assert drawn(watch.curve, watch.seen) == [value for _, value in watch.seen]
    assert watch.seen[-1][1] < watch.seen[0][1]


def test_a_warmup_in_steps_inside_a_run_in_time(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(WARMUP_IN_STEPS, total="2 s", silence="first_step_zero")
    watch = Slow(callback)
    fit(callback, watch, module=make_slope(batches=40), max_epochs=1)
    values = [value for _, value in watch.seen]

    assert values[:10] == [step / 10 for step in range(10)]
    assert values[10] == 1.0
    assert values[10:] == sorted(values[10:], reverse=True)
    assert values[-1] < 1.0
    assert watch.curve is not None
    assert drawn(watch.curve, watch.seen) == values


def test_a_warmup_in_time_inside_a_run_in_steps(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(WARMUP_IN_TIME, silence="first_step_zero")
    watch = Slow(callback)
    fit(callback, watch, module=make_slope(batches=30), max_epochs=1)
    values = [value for _, value in watch.seen]

    assert values[0] < 0.2
    assert values == sorted(values)
    assert values[-1] == 1.0
    assert watch.curve is not None
    assert drawn(watch.curve, watch.seen) == values


def test_a_resumed_run_goes_on_at_the_time_it_had_reached_and_redraws_its_past(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    first = LearningRateScheduler(WARMUP_IN_STEPS, total="3 s", silence="first_step_zero")
    before = Slow(first)
    done = fit(first, before, module=make_slope(batches=20), max_steps=15)
    done.trainer.save_checkpoint(tmp_path / "c.ckpt")
    time.sleep(0.5)  # downtime, which does not count
    second = LearningRateScheduler(WARMUP_IN_STEPS, total="3 s")
    after = Slow(second)
    module = make_slope(batches=20)
    fit(second, after, module=module, max_steps=20, ckpt_path=tmp_path / "c.ckpt")

    assert before.seen[-1][0] <= after.seen[0][0] < before.seen[-1][0] + 450
    assert after.curve is not None
    seen = [*before.seen, *after.seen]
    assert drawn(after.curve, seen) == [value for _, value in seen]


def test_processes_agree_on_the_time_every_ten_steps_and_go_on_at_that_pace() -> None:
    told: list[float] = []

    def of_process_0(now: float) -> float:
        del now
        told.append(1000.0 * len(told))
        return told[-1]

    one, other = Stopwatch(share=of_process_0), Stopwatch(share=lambda _: told[-1])
    pairs = [(one.read(step), other.read(step)) for step in range(30)]

    assert all(a == b for a, b in pairs)
    assert [pairs[step][0] for step in (0, 1, 11, 21)] == [0, 0, 1000, 2000]
    assert pairs[26][0] == 2500
    assert len(told) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"total": "10%"}, "no length of a run"),
        ({"total": "ten"}, "not a duration"),
        ({"total": 0}, "no length"),
        ({"total": True}, "no length"),
        ({"total": []}, "no length"),
        ({"total": 1.5}, "no length"),
        ({"samples_per_step": 0.5}, "samples_per_step: 0.5"),
        ({"tokens_per_sample": 0}, "tokens_per_sample: 0"),
    ],
)
def test_a_length_that_cannot_be_is_refused_at_once(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        LearningRateScheduler({"kind": "linear"}, **arguments)


def test_tokens_without_their_number_per_sample_are_refused(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler({"kind": "linear"}, total="1e6 tokens")
    with pytest.raises(ScheduleError, match="total: '1000000 tokens' needs a known number"):
        fit(callback, module=make_slope(), max_epochs=1)


def test_a_total_is_read_once() -> None:
    assert [str(d) for d in read_total([1000, "10 min"]).lengths] == ["1000 steps", "10 min"]
