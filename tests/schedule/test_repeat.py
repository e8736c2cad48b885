"""Restarts against torch, and against a loop that multiplies lengths."""

import math
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, CyclicLR

from lr_plugin.schedule import (
    Affine,
    Constant,
    Cosine,
    ExponentialDecay,
    Linear,
    Multistep,
    Phase,
    Product,
    Repeat,
    Schedule,
    ScheduleError,
    Segment,
    Sequence,
    Span,
    load,
)
from lr_plugin.schedule.rounding import nearest
from tests.schedule.test_shapes import Build, traced

N = 60
LINEAR = {"kind": "linear"}
TRIANGLE = Sequence(
    phases={
        "up": Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration="50%"),
        "down": Phase(schedule=Linear()),
    }
)


def between(low: float, schedule: Schedule) -> Schedule:
    return Affine(schedule=schedule, scale=1 - low, offset=low)


@pytest.mark.parametrize(
    ("schedule", "build"),
    [
        (
            Repeat(schedule=Cosine(), period="7 steps"),
            lambda opt: CosineAnnealingWarmRestarts(opt, T_0=7),
        ),
        (
            Repeat(schedule=Cosine(end_value=0.1), period="3 steps", length_mult=2),
            lambda opt: CosineAnnealingWarmRestarts(opt, T_0=3, T_mult=2, eta_min=0.1),
        ),
        (
            between(0.1, Repeat(schedule=TRIANGLE, period="10 steps")),
            lambda opt: CyclicLR(opt, base_lr=0.1, max_lr=1, step_size_up=5, cycle_momentum=False),
        ),
        (
            between(0.1, Repeat(schedule=TRIANGLE, period="10 steps", peak_mult=0.5)),
            lambda opt: CyclicLR(
                opt,
                base_lr=0.1,
                max_lr=1,
                step_size_up=5,
                mode="triangular2",
                cycle_momentum=False,
            ),
        ),
        (
            between(
                0.1,
                Product(
                    factors={
                        "triangles": Repeat(schedule=TRIANGLE, period="10 steps"),
                        "shrink": ExponentialDecay(every="1 steps", factor=0.97),
                    }
                ),
            ),
            lambda opt: CyclicLR(
                opt,
                base_lr=0.1,
                max_lr=1,
                step_size_up=5,
                mode="exp_range",
                gamma=0.97,
                cycle_momentum=False,
            ),
        ),
    ],
)
def test_restarts_equal_torchs_scheduler(schedule: Schedule, build: Build) -> None:
    ours = schedule.over(Span(N))(np.arange(N))
    assert list(ours) == pytest.approx(list(traced(build, N)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("first", [Fraction(10), Fraction(7, 2), Fraction(1)])
@pytest.mark.parametrize("mult", [Fraction(1), Fraction(3, 2), Fraction(2), Fraction(9, 10)])
@pytest.mark.parametrize("count", [None, 1, 3])
def test_cycles_begin_at_the_rounded_sums_of_their_lengths(
    first: Fraction, mult: Fraction, count: int | None
) -> None:
    if mult < 1 and count is None:
        count = 5
    steps, floor, peak = 80, 0.25, 0.5
    schedule = Repeat(
        schedule=Linear(),
        period=f"{float(first)} steps",
        length_mult=float(mult),
        count=count,
        peak_mult=peak,
        floor=floor,
    )
    joints, length = [Fraction(0)], first
    while joints[-1] <= steps and len(joints) - 1 != count:
        joints.append(joints[-1] + length)
        length *= mult
    starts = [nearest(joint) for joint in joints]
    expected = []
    for step in range(steps):
        *_, (i, start, stop) = (
            (i, a, b) for i, (a, b) in enumerate(pairwise(starts)) if a <= step and a < b
        )
        done = min(step - start, stop - start) / (stop - start)
        expected.append(floor + (1 - done - floor) * peak**i)
    assert list(schedule.over(Span(steps))(np.arange(steps))) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("count", "mult", "starts"),
    [(3, 2, [0, 143, 429]), (4, 1, [0, 250, 500, 750]), (3, 0.5, [0, 571, 857]), (1, 9, [0])],
)
def test_counted_cycles_fill_the_span(count: int, mult: float, starts: list[int]) -> None:
    curve = Repeat(schedule=Linear(), count=count, length_mult=mult).over(Span(1000))
    assert [segment.start for segment in curve.segments()] == starts
    assert list(curve(starts)) == [1.0] * count
    assert curve.end() == 1000


def test_the_last_cycle_is_cut_where_the_span_ends() -> None:
    curve = Repeat(schedule=TRIANGLE, period="8 steps").over(Span(14))
    assert list(curve([8, 11, 12, 13, 14, 99])) == [0, 0.75, 1, 0.75, 0.5, 0.5]
    assert list(curve.segments())[2:] == [
        Segment("cycle 2.up", 8, 12),
        Segment("cycle 2.down", 12, 14),
    ]


def test_after_all_cycles_the_end_value_of_the_last_one_that_has_steps_is_held() -> None:
    shrinking = {"period": "10 steps", "count": 4, "length_mult": 0.1, "peak_mult": 0.5, "floor": 2}
    curve = load({"kind": "repeat", "schedule": LINEAR, **shrinking}).over(Span(100))
    assert list(curve([10, 11, 12, 99, 100])) == [1.5, 1, 1, 1, 1]
    assert [segment.start for segment in curve.segments()] == [0, 10]


def test_the_end_of_cycles_is_where_the_last_one_ends() -> None:
    counted = Repeat(schedule=Linear(), period="10 steps", count=3, length_mult=2)
    assert counted.over(Span(100)).end() == 70
    assert counted.over(Span(None)).end() == 70
    assert Repeat(schedule=Linear(), period="10 steps").over(Span(25)).end() == 25
    assert Repeat(schedule=Linear(), period="10 steps").over(Span(None)).end() is None


def test_endless_cycles_in_a_run_of_unknown_length_are_named_lazily() -> None:
    segments = (
        Repeat(schedule=Linear(), period="2 steps", length_mult=2).over(Span(None)).segments()
    )
    assert list(islice(segments, 3)) == [
        Segment("cycle 1", 0, 2),
        Segment("cycle 2", 2, 6),
        Segment("cycle 3", 6, 14),
    ]


@pytest.mark.parametrize("mult", [1.001, 1.01, 1.5, 3])
@pytest.mark.parametrize("n", [10**9])
def test_restarts_of_a_long_run_begin_at_the_peak(mult: float, n: int) -> None:
    curve = Repeat(schedule=Cosine(), period="1000 steps", length_mult=mult).over(Span(n))
    starts = [segment.start for segment in islice(curve.segments(), 12)]
    assert list(curve(starts)) == [1.0] * len(starts)
    assert curve(n - 1) < 1


def test_timms_restart_at_step_1210_is_at_the_peak() -> None:
    assert Repeat(schedule=Cosine(), period="10 steps", length_mult=3).over(Span(5000))(1210) == 1.0


# Checks


TEN = Sequence(phases={"ten": Phase(schedule=Linear(), duration="10 steps")})


@pytest.mark.parametrize(
    ("schedule", "steps", "key"),
    [
        (Repeat(schedule=TEN, period="9.9999 steps"), 10**6, "schedule.phases"),
        (Repeat(schedule=TEN, period="9.9999 steps"), None, "schedule.phases"),
        (Repeat(schedule=TEN, period="40 steps", count=4, length_mult=0.5), 100, "schedule.phases"),
        (
            Repeat(
                schedule=Multistep(milestones=("50%", "30 steps")), period="9 steps", length_mult=2
            ),
            None,
            "schedule.milestones",
        ),
        (Repeat(schedule=TEN, count=3), 29, "schedule.phases"),
    ],
)
def test_a_cycle_in_which_the_schedule_does_not_fit_is_found_before_training(
    schedule: Schedule, steps: int | None, key: str
) -> None:
    with pytest.raises(ScheduleError) as raised:
        schedule.over(Span(steps))
    assert raised.value.key == key


@pytest.mark.parametrize(
    ("schedule", "steps"),
    [
        (Repeat(schedule=TEN, period="9.9999 steps"), 1000),
        (Repeat(schedule=TEN, period="10.0001 steps"), 10**6),
        (Repeat(schedule=TEN, count=3), 30),
        (Repeat(schedule=TEN, period="10 steps"), 5),
    ],
)
def test_a_schedule_that_fits_every_cycle_is_not_refused(schedule: Schedule, steps: int) -> None:
    assert schedule.over(Span(steps)).end() == steps


def test_cycles_longer_than_the_run_are_refused_with_the_arithmetic() -> None:
    with pytest.raises(ScheduleError) as raised:
        Repeat(schedule=Linear(), period="10 steps", count=3, length_mult=2).over(Span(69))
    assert str(raised.value) == (
        "count: 3 cycles need 70 steps of only 69; remove the period to fill the span exactly, or "
        "lower the count"
    )


def test_cycles_that_fill_need_a_length() -> None:
    with pytest.raises(ScheduleError, match="count: cycles that fill the span need a run of known"):
        Repeat(schedule=Linear(), count=3).over(Span(None))


def test_too_many_cycles_of_different_lengths_are_refused_instead_of_hanging() -> None:
    with pytest.raises(ScheduleError, match=r"^length_mult: 1.0001 makes more than 10000 cycles"):
        Repeat(schedule=Linear(), period="10 steps", length_mult=1.0001).over(Span(10**9))
    with pytest.raises(ScheduleError, match=r"^length_mult: 0.5 makes more than 10000 cycles"):
        Repeat(schedule=Linear(), count=10**9, length_mult=0.5)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "period: nothing says how often; write a period or a count"),
        (
            {"period": "5 steps", "length_mult": 0.5},
            "count: cycles that shrink never fill a run; w",
        ),
        ({"period": 5}, "period: 5 has no unit; write '5 steps', '5 epochs' or '5%'"),
        ({"period": "0 steps"}, "period: '0 steps' must be above zero"),
        ({"count": 0}, "count: 0 is not a whole number above 0"),
        ({"count": -1}, "count: -1 is not a whole number above 0"),
        ({"count": 2.0}, "count: 2.0 is not a whole number above 0"),
        ({"count": True}, "count: True is not a whole number above 0"),
        ({"count": 2, "length_mult": 0}, "length_mult: 0 must be above 0"),
        ({"count": 2, "length_mult": math.inf}, "length_mult: inf is not finite"),
        ({"count": 2, "peak_mult": -1}, "peak_mult: -1 must be above 0"),
        ({"count": 2, "floor": math.nan}, "floor: nan is not finite"),
        ({"count": 2, "schedule": 1}, "schedule: 1 is not a mapping; write {kind: cosine, ...}"),
    ],
)
def test_what_cannot_be_repeated_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        load({"kind": "repeat", "schedule": LINEAR, **fields}, key="s")
    assert str(raised.value).startswith(f"s.{problem}")


def test_a_period_shorter_than_a_step_is_refused() -> None:
    with pytest.raises(
        ScheduleError, match=r"^period: '0.5 steps' is 0.5 steps here; write at lea"
    ):
        Repeat(schedule=Linear(), period="0.5 steps").over(Span(10))


@pytest.mark.parametrize("period", ["5%", "3 steps"])
def test_repetitions_of_a_run_of_no_steps_have_a_value(period: str) -> None:
    assert Repeat(schedule=Linear(), period=period, count=2).over(Span(0))(0) == 1


def test_many_equal_cycles_cost_nothing() -> None:
    curve = Repeat(schedule=Constant(), count=10**6).over(Span(10**9))
    assert curve(np.arange(10**9 - 4096, 10**9)).sum() == 4096
