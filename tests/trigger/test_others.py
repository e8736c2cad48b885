"""The other triggers, and triggers as data."""

import math
import os
import signal
from pathlib import Path

import pytest

from lr_plugin.schedule import ScheduleError
from lr_plugin.trigger import (
    Divergence,
    File,
    Greedy,
    MetricTrigger,
    Plateau,
    Signal,
    TimeLeft,
    Trigger,
    dump_triggers,
    load_triggers,
)


def recorded(trigger: MetricTrigger, *values: float) -> list[float | None]:
    memory = trigger.start({})
    found: list[float | None] = []
    for value in values:
        look = trigger.look(memory, value)
        memory, found = look.memory, [*found, look.value]
    return found


def test_greedy_goes_up_after_improvements_and_down_after_failures() -> None:
    trigger = Greedy(monitor="m", patience=1, factor=0.5)
    found = recorded(trigger, 5.0, 4.0, 3.0, 3.0, 3.0, math.nan)

    assert found == [None, 2.0, None, None, 0.5, None]


def test_greedy_rests_after_a_firing() -> None:
    trigger = Greedy(monitor="m", patience=0, cooldown=2)

    assert recorded(trigger, 5.0, 4.0, 3.0, 2.0) == [2.0, None, None, 2.0]


def test_greedy_waits_for_as_many_values_as_it_averages() -> None:
    trigger = Greedy(monitor="m", patience=0, window=2)

    assert recorded(trigger, 4.0, 2.0, 1.0, 9.0) == [None, 2.0, 2.0, 0.5]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 9.3])
def test_divergence_fires_once(value: float) -> None:
    trigger = Divergence(monitor="m", factor=3.0)
    memory = trigger.look(trigger.start({}), 2.3).memory

    first = trigger.look(memory, value)

    assert (first.fired, trigger.look(first.memory, value).fired) == (True, False)


def test_divergence_of_a_metric_to_be_high_is_a_fall() -> None:
    trigger = Divergence(monitor="m", mode="max", factor=0.5)
    memory = trigger.look(trigger.start({}), 1.0).memory

    assert (trigger.look(memory, 9.0).fired, trigger.look(memory, 0.4).fired) == (False, True)


def test_a_file_is_seen_when_it_is_there(tmp_path: Path) -> None:
    trigger = File(path=str(tmp_path / "cooldown"))
    before = trigger.happened(0.0)
    (tmp_path / "cooldown").touch()

    assert (before, trigger.happened(0.0)) == (False, True)


def test_a_signal_is_noted_and_whatever_handled_it_before_is_still_called() -> None:
    called: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: called.append(number))
    try:
        trigger = Signal(name="SIGUSR1")
        trigger.listen()
        quiet = trigger.happened(0.0)
        os.kill(os.getpid(), signal.SIGUSR1)

        assert (quiet, trigger.happened(0.0), called) == (False, True, [signal.SIGUSR1])
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_signal_of_an_earlier_run_is_forgotten_by_the_next() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    try:
        trigger = Signal(name="SIGUSR1")
        trigger.listen()
        os.kill(os.getpid(), signal.SIGUSR1)
        heard = trigger.happened(0.0)
        trigger.listen()

        assert (heard, trigger.happened(0.0)) == (True, False)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_time_left_counts_down_a_budget() -> None:
    trigger = TimeLeft(budget="2 min", left="30 s")

    assert (trigger.happened(89.9), trigger.happened(90.0)) == (False, True)


def test_load_is_the_inverse_of_dump() -> None:
    triggers: dict[str, Trigger] = {
        "stall": Plateau(monitor="val/loss", patience=3),
        "pace": Greedy(monitor="train/loss"),
        "blown": Divergence(monitor="train/loss"),
        "asked": File(path="cooldown"),
        "told": Signal(),
        "late": TimeLeft(budget="1 h", left="5 min"),
    }

    assert triggers == load_triggers(dump_triggers(triggers))


@pytest.mark.parametrize(
    ("written", "key", "words"),
    [
        ([1], "triggers", "no mapping"),
        ({"stall": 3}, "triggers.stall", "no trigger"),
        ({"stall": {"monitor": "m"}}, "triggers.stall.kind", "has no kind; write one of plateau"),
        ({"stall": {"kind": "plato"}}, "triggers.stall.kind", "did you mean 'plateau'"),
        ({"stall": {"kind": "plateau"}}, "triggers.stall.monitor", "is missing"),
        (
            {"stall": {"kind": "plateau", "monitor": "m", "patiense": 3}},
            "triggers.stall.patiense",
            "did you mean 'patience'",
        ),
        (
            {"late": {"kind": "time_left", "budget": "1 h", "left": "2 h"}},
            "triggers.late.left",
            "all of the budget",
        ),
        ({"late": {"kind": "time_left", "budget": "1 h", "left": "5%"}}, "triggers.late.left", "s"),
        ({"told": {"kind": "signal", "name": "SIGUSR3"}}, "triggers.told.name", "SIGUSR"),
        (
            {"pace": {"kind": "greedy", "monitor": "m", "factor": 2.0}},
            "triggers.pace.factor",
            "lower",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key(written: object, key: str, words: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        load_triggers(written)  # type: ignore[arg-type]

    assert key == caught.value.key
    assert words in caught.value.problem
