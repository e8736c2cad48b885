"""Runs measured in time with phases in steps, and the other way round."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from lr_plugin.schedule import (
    Affine,
    Clamp,
    Constant,
    Duration,
    Firing,
    Linear,
    Phase,
    Product,
    Repeat,
    Schedule,
    ScheduleError,
    Segment,
    Sequence,
    Span,
    Step,
    Stretch,
)
from lr_plugin.schedule.clock import Clock, Record
from tests.schedule.strategies import laws

EVEN = Record(((0, 0), (10, 1000)))  # 100 ms a step
UNEVEN = Record(((0, 0), (2, 100), (3, 700), (5, 900)))


def warmup(duration: str, **more: object) -> Sequence:
    """A warm-up from 0 to 1 and then the way back over the rest."""
    up = Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration=duration, **more)  # type: ignore[arg-type] # fields
    return Sequence(phases={"warmup": up, "main": Phase(schedule=Linear())})


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Marks that ascend on both clocks, with steps of no and of long times."""
    gaps = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 50)), max_size=8))
    steps, times = np.cumsum([(0, 0), *gaps], axis=0).T
    return Record(tuple(zip(steps.tolist(), times.tolist(), strict=True)))


@pytest.mark.parametrize(
    ("clock", "own", "other"),
    [
        ("steps", [0, 1, 2, 3, 4, 5, 6], [0, 50, 100, 700, 800, 900, 1080]),
        ("time", [0, 49, 50, 100, 400, 700, 899, 900, 1079, 1080], [0, 0, 1, 2, 2, 3, 4, 5, 5, 6]),
    ],
)
def test_positions_are_converted_between_the_marks_and_after_them(
    clock: Clock, own: list[int], other: list[int]
) -> None:
    assert list(UNEVEN.other(np.array(own), clock)) == other


@laws
@given(records(), st.lists(st.integers(0, 500), min_size=2))
def test_conversion_never_goes_back(record: Record, positions: list[int]) -> None:
    for clock in ("steps", "time"):
        there = record.other(np.array(sorted(positions)), clock)
        assert all(early <= late for early, late in pairwise(there))


@laws
@given(records(), st.integers(1, 5), st.integers(0, 50))
@example(Record(((0, 0), (1, 2))), 1, 0)
def test_another_mark_changes_nothing_before_the_last(record: Record, step: int, time: int) -> None:
    last_step, last_time = record.marks[-1]
    longer = record.add(last_step + step, last_time + time)
    steps, times = np.arange(last_step + 1), np.arange(last_time + 1)
    assert list(longer.other(steps, "steps")) == list(record.other(steps, "steps"))
    assert list(longer.other(times[:-1], "time")) == list(record.other(times[:-1], "time"))


@pytest.mark.parametrize(
    ("clock", "amount", "position"),
    [
        ("time", Fraction(2), 100),
        ("time", Fraction(5, 2), 400),
        ("time", Fraction(5), 900),
        ("time", Fraction(6), 1080),
        ("time", Fraction(50), 9000),
        ("steps", Fraction(100), 2),
        ("steps", Fraction(101), 3),
        ("steps", Fraction(901), 6),
        ("steps", Fraction(1080), 6),
    ],
)
def test_an_amount_of_the_other_clock_is_reached_where_the_record_says(
    clock: Clock, amount: Fraction, position: int
) -> None:
    assert UNEVEN.reached(amount, clock) == position


def test_nothing_is_known_before_the_first_step_has_been_timed() -> None:
    assert Record().reached(Fraction(500), "time") == 1
    assert list(Record().other(np.array([0, 1000]), "time")) == [0, 0]


@pytest.mark.parametrize(
    ("start", "clock", "marks"),
    [
        (0, "steps", ((0, 0), (2, 100), (3, 700), (5, 900))),
        (2, "steps", ((0, 0), (1, 600), (3, 800))),
        (100, "time", ((0, 0), (1, 600), (3, 800))),
        (400, "time", ((0, 0), (1, 300), (3, 500))),
        (5, "steps", ((0, 0),)),
    ],
)
def test_a_record_can_be_counted_from_later(
    start: int, clock: Clock, marks: tuple[tuple[int, int], ...]
) -> None:
    assert UNEVEN.since(start, clock).marks == marks


def test_the_last_mark_is_known_on_both_clocks() -> None:
    assert (UNEVEN.last("steps"), UNEVEN.last("time")) == (5, 900)


def test_a_long_record_is_thinned_out_and_stays_about_right() -> None:
    record = Record()
    for step in range(1, 10_001):
        record = record.add(step, 20 * step)
    assert len(record.marks) <= 2048
    assert (record.marks[0], record.marks[-1]) == ((0, 0), (10_000, 200_000))
    at = np.arange(0, 200_001, 20)
    assert list(record.other(at, "time")) == list(at // 20)


# A warm-up in steps, in a run measured in time


def test_a_phase_in_steps_ends_where_the_record_says_in_a_run_of_time() -> None:
    curve = warmup("5 steps").over(Span(2500, clock="time", record=EVEN))
    assert list(curve([0, 99, 100, 450, 499, 500, 1500, 2500])) == pytest.approx(
        [0, 0, 0.2, 0.8, 0.8, 1, 0.5, 0]
    )
    assert list(curve.segments()) == [Segment("warmup", 0, 500), Segment("main", 500, 2500)]
    assert curve.end() == 2500


def test_a_phase_in_time_ends_where_the_record_says_in_a_run_of_steps() -> None:
    curve = warmup("0.5 s").over(Span(25, record=EVEN))
    assert list(curve([0, 1, 4, 5, 15, 25])) == pytest.approx([0, 0.2, 0.8, 1, 0.5, 0])
    assert list(curve.segments()) == [Segment("warmup", 0, 5), Segment("main", 5, 25)]


def test_a_phase_of_unknown_speed_goes_on_from_one_step_to_the_next() -> None:
    curve = warmup("500 steps").over(Span(60_000, clock="time"))
    assert curve(0) == 0
    assert next(curve.segments()) == Segment("warmup", 0, 1)


def test_units_of_the_other_clock_may_be_any() -> None:
    more = {"steps_per_epoch": 4, "samples_per_step": 8, "tokens_per_sample": 16}
    span = Span(9000, clock="time", record=EVEN, **more)  # type: ignore[arg-type] # fields
    for written in ("1 epochs", "4 steps", "32 samples", "512 tokens"):
        assert next(warmup(written).over(span).segments()).stop == 400


def test_a_foreign_phase_leaves_later_ones_their_time() -> None:
    last = Phase(schedule=Constant(value=7), duration="300 ms")
    late = Phase(schedule=Constant(value=3), duration="50 steps")
    curve = Sequence(phases={"late": late, "last": last}).over(
        Span(1000, clock="time", record=EVEN)
    )
    assert list(curve.segments()) == [Segment("late", 0, 700), Segment("last", 700, 1000)]
    unknown = Sequence(phases={"late": late}).over(Span(None, clock="time", record=EVEN))
    assert unknown.end() == 5000


def test_an_event_ends_a_foreign_phase_and_reaches_into_it() -> None:
    log = (Firing("plateau", 250), Firing("other", 130))
    step = Phase(schedule=Linear(), duration="5 steps", until="plateau")
    rest = Phase(schedule=Constant(value=3))
    span = Span(1000, clock="time", record=EVEN, log=log)
    curve = Sequence(phases={"a": step, "b": rest}).over(span)
    assert list(curve([0, 200, 249, 250])) == pytest.approx([1, 0.6, 0.6, 3])


def test_what_an_event_gains_is_counted_from_the_new_start() -> None:
    first = Phase(schedule=Constant(value=1), duration="400 ms", until="plateau")
    second = Phase(schedule=Constant(value=2), duration="3 steps")
    rest = Phase(schedule=Constant(value=3))
    slow = Record(((0, 0), (4, 400), (10, 2800)))  # 100 ms a step, then 400
    span = Span(5000, clock="time", record=slow, log=(Firing("plateau", 200),))
    curve = Sequence(phases={"a": first, "b": second, "c": rest}).over(span)
    assert [(s.name, s.start) for s in curve.segments()] == [("a", 0), ("b", 200), ("c", 800)]


def test_cycles_read_their_own_part_of_the_record() -> None:
    cycle = warmup("2 steps")
    uneven = Record(((0, 0), (10, 1000), (20, 3000)))  # twice as slow in the second cycle
    curve = Repeat(schedule=cycle, period="1 s").over(Span(2000, clock="time", record=uneven))
    assert [(s.name, s.start) for s in curve.segments()] == [
        ("cycle 1.warmup", 0),
        ("cycle 1.main", 200),
        ("cycle 2.warmup", 1000),
        ("cycle 2.main", 1400),
    ]
    assert list(curve([100, 200, 1199, 1200, 1400])) == pytest.approx([0.5, 1, 0, 0.5, 1])


@pytest.mark.parametrize(
    ("schedule", "span", "problem"),
    [
        (
            Step(every="5 steps"),
            Span(1000, clock="time"),
            "every: '5 steps' has no fixed length in a",
        ),
        (
            Step(every="1 min"),
            Span(1000),
            "every: '1 min' has no fixed length in a run measured in",
        ),
        (
            Sequence(
                phases={
                    "open": Phase(schedule=Linear()),
                    "tail": Phase(schedule=Linear(), duration="5 steps"),
                }
            ),
            Span(1000, clock="time"),
            "phases.tail.duration: when 'tail' has to begin cannot be known from '5 steps'",
        ),
        (
            warmup("1 epochs"),
            Span(1000, clock="time"),
            "phases.warmup.duration: '1 epochs' needs an",
        ),
    ],
)
def test_what_no_record_could_tell_is_refused(schedule: Schedule, span: Span, problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        schedule.over(span)
    assert str(raised.value).startswith(problem)


def test_a_foreign_duration_is_stretched_too() -> None:
    curve = Stretch(schedule=warmup("5 steps"), factor=2).over(
        Span(9000, clock="time", record=EVEN)
    )
    assert next(curve.segments()).stop == 1000


def test_a_foreign_span_keeps_its_units() -> None:
    span = Span(1000, steps_per_epoch=4, clock="time", record=EVEN, log=(Firing("e", 250),))
    foreign = span.foreign(Duration.parse("1 epochs"))
    assert (foreign.steps, foreign.clock, foreign.log) == (4, "steps", (Firing("e", 2),))


# Settled: whether a longer record could still change anything


@pytest.mark.parametrize("around", ["plain", "clamp", "affine", "stretch", "product", "nested"])
@pytest.mark.parametrize(("duration", "settled"), [("10 steps", True), ("10.5 steps", False)])
def test_a_schedule_is_settled_once_its_foreign_phases_are_over(
    around: str,
    duration: str,
    settled: bool,  # noqa: FBT001 - a column of the table
) -> None:
    inner = warmup(duration)
    forms: dict[str, Schedule] = {
        "plain": inner,
        "clamp": Clamp(schedule=inner, min_value=0),
        "affine": Affine(schedule=inner),
        "stretch": Stretch(schedule=inner, factor=1),
        "product": Product(factors={"one": Constant(), "two": inner}),
        "nested": Sequence(phases={"only": Phase(schedule=inner)}),
    }
    assert forms[around].is_settled(Span(9000, clock="time", record=EVEN)) is settled


def test_what_reads_no_record_is_settled_from_the_start() -> None:
    assert Linear().is_settled(Span(10))
    assert warmup("5%").is_settled(Span(100))
    assert Repeat(schedule=warmup("5%"), count=3).is_settled(Span(100))


def test_cycles_with_a_foreign_phase_are_never_settled() -> None:
    cycles = Repeat(schedule=warmup("2 steps"), period="1 s")
    assert not cycles.is_settled(Span(2000, clock="time", record=EVEN))
