import math

import numpy as np
import pytest

from lr_plugin.schedule import (
    Constant,
    Drop,
    Firing,
    Linear,
    Phase,
    Product,
    Repeat,
    Scaled,
    Schedule,
    ScheduleError,
    Segment,
    Sequence,
    Span,
    Sqrt,
    load,
)

HOLD = Phase(schedule=Constant(), until="plateau")
COOLDOWN = Phase(schedule=Linear(), duration="4 steps")
TRUNK = Sequence(phases={"trunk": HOLD, "cooldown": COOLDOWN})


def run(schedule: Schedule, steps: int | None, *log: Firing, to: int = 12) -> list[float]:
    return list(schedule.over(Span(steps, log=log))(np.arange(to)))


def fired(*steps: int, event: str = "plateau", latched: bool = False) -> tuple[Firing, ...]:
    return tuple(Firing(event, step, latched=latched) for step in steps)


# Drop and Scaled


@pytest.mark.parametrize(
    ("steps", "firings", "expected"),
    [
        (6, [], [1, 1, 1, 1, 1, 1, 1, 1]),
        (6, [3], [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5]),
        (6, [0], [0.5] * 8),
        (6, [2, 2, 5], [1, 1, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125]),
        (6, [7], [1, 1, 1, 1, 1, 1, 1, 1]),
        (None, [7], [1, 1, 1, 1, 1, 1, 1, 0.5]),
    ],
)
def test_a_drop_is_a_factor_at_every_firing(
    steps: int | None, firings: list[int], expected: list[float]
) -> None:
    schedule = Drop(event="plateau", factor=0.5)
    assert run(schedule, steps, *fired(*firings), *fired(1, event="other"), to=8) == expected


def test_scaled_multiplies_what_was_recorded() -> None:
    log = [Firing("advice", 4, 0.5), Firing("advice", 2, 3.0), Firing("other", 1, 9.0)]
    assert run(Scaled(event="advice"), 6, *log, to=7) == [1, 1, 3, 3, 1.5, 1.5, 1.5]


def test_reduce_on_plateau_is_a_product_with_a_drop() -> None:
    schedule = Product(factors={"base": Linear(), "drop": Drop(event="plateau", factor=0.1)})
    expected = [(1 - k / 10) * (1 if k < 4 else 0.1) for k in range(10)]
    assert run(schedule, 10, *fired(4), to=10) == pytest.approx(expected, rel=1e-15)


def test_a_nested_drop_counts_from_the_start_of_its_phase_and_what_is_latched() -> None:
    drop = Phase(schedule=Drop(event="plateau", factor=0.5), duration="4 steps")
    schedule = Sequence(phases={"one": drop, "two": drop})
    edge, latched = fired(2, 6), fired(2, 6, latched=True)
    assert run(schedule, 8, *edge, to=8) == [1, 1, 0.5, 0.5, 1, 1, 0.5, 0.5]
    assert run(schedule, 8, *latched, to=8) == [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]


# Phases that wait


@pytest.mark.parametrize(
    ("firings", "values", "segments"),
    [
        ([], [1] * 8, [("trunk", 0, None)]),
        ([3], [1, 1, 1, 1, 0.75, 0.5, 0.25, 0], [("trunk", 0, 3), ("cooldown", 3, 7)]),
        ([3, 5], [1, 1, 1, 1, 0.75, 0.5, 0.25, 0], [("trunk", 0, 3), ("cooldown", 3, 7)]),
        ([0], [1, 0.75, 0.5, 0.25, 0, 0, 0, 0], [("cooldown", 0, 4)]),
    ],
)
def test_a_run_of_unknown_length_waits_for_its_event(
    firings: list[int], values: list[float], segments: list[tuple[str, int, int | None]]
) -> None:
    assert run(TRUNK, None, *fired(*firings), to=8) == values
    found = TRUNK.over(Span(None, log=fired(*firings))).segments()
    assert list(found) == [Segment(*segment) for segment in segments]


def test_the_end_of_a_waiting_run_is_unknown_until_the_event() -> None:
    assert TRUNK.over(Span(None)).end() is None
    assert TRUNK.over(Span(None, log=fired(30))).end() == 34
    assert TRUNK.over(Span(100)).end() == 100
    assert TRUNK.over(Span(100, log=fired(30))).end() == 34


def test_a_trunk_whose_own_phases_end_goes_on_waiting() -> None:
    trunk = Sequence(phases={"warmup": Phase(schedule=Linear(), duration="2 steps")})
    waiting = Sequence(
        phases={"trunk": Phase(schedule=trunk, until="plateau"), "cooldown": COOLDOWN}
    )
    assert waiting.over(Span(None)).end() is None
    assert waiting.over(Span(None, log=fired(5))).end() == 9


def test_the_deadline_applies_if_nothing_fires() -> None:
    assert run(TRUNK, 8, to=9) == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]


def test_after_an_early_end_the_sequence_ends_early_and_holds() -> None:
    assert run(TRUNK, 100, *fired(2), to=8) == [1, 1, 1, 0.75, 0.5, 0.25, 0, 0]


def test_an_open_phase_takes_the_steps_that_an_event_gained() -> None:
    waits = Phase(schedule=Constant(value=9), duration="50%", until="plateau")
    schedule = Sequence(phases={"wait": waits, "rest": Phase(schedule=Linear())})
    early = [9, 9, 9, 1, 0.8, 0.6, 0.4, 0.2, 0]
    assert run(schedule, 8, *fired(3), to=9) == pytest.approx(early, rel=1e-15)
    assert run(schedule, 8, to=9) == [9, 9, 9, 9, 1, 0.75, 0.5, 0.25, 0]


def test_an_open_phase_in_front_takes_nothing() -> None:
    waits = Phase(schedule=Constant(value=9), duration="4 steps", until="plateau")
    after = Phase(schedule=Constant(value=5), duration="2 steps")
    schedule = Sequence(phases={"rest": Phase(schedule=Linear()), "wait": waits, "after": after})
    assert run(schedule, 8, *fired(3), to=9) == [1, 0.5, 9, 5, 5, 5, 5, 5, 5]


def test_one_firing_never_ends_two_phases() -> None:
    one = Phase(schedule=Constant(value=1), duration="9 steps", until="plateau")
    two = Phase(schedule=Constant(value=2), duration="9 steps", until="plateau")
    rest = Phase(schedule=Constant(value=3))
    schedule = Sequence(phases={"one": one, "two": two, "rest": rest})
    assert run(schedule, 30, *fired(2), to=12) == [1] * 2 + [2] * 9 + [3]
    assert run(schedule, 30, *fired(2, 3), to=12) == [1] * 2 + [2] + [3] * 9


def test_a_latched_firing_from_before_ends_a_phase_at_once() -> None:
    first = Phase(schedule=Constant(value=1), duration="4 steps")
    waits = Phase(schedule=Constant(value=2), duration="4 steps", until="branch")
    schedule = Sequence(phases={"a": first, "b": waits, "c": Phase(schedule=Constant(value=3))})
    assert run(schedule, 12, *fired(1, event="branch", latched=True), to=8) == [1] * 4 + [3] * 4
    assert run(schedule, 12, *fired(1, event="branch"), to=9) == [1] * 4 + [2] * 4 + [3]


def test_a_relative_phase_begins_where_the_one_before_really_ended() -> None:
    falling = Phase(schedule=Linear(), duration="8 steps", until="plateau")
    after = Phase(schedule=Sqrt(), duration="4 steps", relative=True)
    schedule = Sequence(phases={"fall": falling, "down": after})
    assert run(schedule, 12, *fired(4), to=5) == [1, 0.875, 0.75, 0.625, 0.5]
    assert run(schedule, 12, *fired(4), to=12)[8:] == [0, 0, 0, 0]


def test_relative_phases_follow_each_other() -> None:
    half = Phase(schedule=Linear(end_value=0.5), duration="2 steps", relative=True)
    off = Phase(schedule=Linear(), duration="0%")
    schedule = Sequence(phases={"a": half, "b": half, "off": off, "c": half})
    assert run(schedule, 6, to=8) == [1, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125, 0.125]


def test_cycles_are_planned_and_events_end_phases_inside_them() -> None:
    waits = Phase(schedule=Constant(value=1), duration="3 steps", until="plateau")
    cycle = Sequence(phases={"wait": waits, "rest": Phase(schedule=Constant(value=0))})
    schedule = Repeat(schedule=cycle, period="4 steps")
    assert run(schedule, 12, *fired(5), to=12) == [1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0]
    names = [segment.name for segment in schedule.over(Span(8, log=fired(5))).segments()]
    assert names == ["cycle 1.wait", "cycle 1.rest", "cycle 2.wait", "cycle 2.rest"]


def test_a_phase_inside_a_phase_sees_events_from_its_own_start() -> None:
    inner = Sequence(phases={"x": HOLD, "y": Phase(schedule=Constant(value=2), duration="2 steps")})
    first = Phase(schedule=Constant(value=0), duration="3 steps")
    schedule = Sequence(phases={"a": first, "b": Phase(schedule=inner)})
    assert run(schedule, 10, *fired(2), to=10) == [0, 0, 0, 1, 1, 1, 1, 1, 2, 2]
    assert run(schedule, 10, *fired(2, 5), to=10) == [0, 0, 0, 1, 1, 2, 2, 2, 2, 2]


# Bad input


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"kind": "drop"}, "s.event: 'drop' needs event; add it with '+s.event=...'"),
        ({"kind": "drop", "event": ""}, "s.event: '' is not the name of an event; write one of"),
        ({"kind": "drop", "event": 3}, "s.event: 3 is not the name of an event"),
        ({"kind": "drop", "event": "e", "factor": 0}, "s.factor: 0 must be above 0"),
        ({"kind": "drop", "event": "e", "factor": math.nan}, "s.factor: nan is not finite"),
        ({"kind": "scaled", "event": None}, "s.event: None is not the name of an event"),
    ],
)
def test_what_is_no_event_is_refused(mapping: dict[str, object], problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        load(mapping, key="s")
    assert str(raised.value).startswith(problem)
