"""Decays with a length of time of their own, against torch and loops from their sources."""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from torch.optim.lr_scheduler import ExponentialLR, MultiStepLR, StepLR

from lr_plugin.schedule import (
    Chebyshev,
    ExponentialDecay,
    InversePower,
    InverseSqrt,
    Knots,
    Multistep,
    Noise,
    Schedule,
    ScheduleError,
    Span,
    Step,
    load,
)
from tests.schedule.test_shapes import Build, traced, values

N = 40


@pytest.mark.parametrize(
    ("schedule", "build"),
    [
        (Step(every="7 steps", factor=0.3), lambda opt: StepLR(opt, step_size=7, gamma=0.3)),
        (Step(every="1 steps", factor=0.9), lambda opt: StepLR(opt, step_size=1, gamma=0.9)),
        (
            Multistep(milestones=("1 steps", "10 steps", "37 steps"), factor=0.5),
            lambda opt: MultiStepLR(opt, milestones=[1, 10, 37], gamma=0.5),
        ),
        (
            Multistep(milestones=("5 steps", "5 steps"), factor=0.5),
            lambda opt: MultiStepLR(opt, milestones=[5, 5], gamma=0.5),
        ),
        (ExponentialDecay(every="1 steps", factor=0.9), lambda opt: ExponentialLR(opt, gamma=0.9)),
        (
            ExponentialDecay(every="12.5%", factor=0.5),
            lambda opt: ExponentialLR(opt, gamma=0.5**0.2),
        ),
    ],
)
def test_a_decay_equals_torchs_scheduler(schedule: Schedule, build: Build) -> None:
    assert values(schedule)[:N] == pytest.approx(list(traced(build, N)), rel=1e-12)


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        # transformers: get_inverse_sqrt_schedule, its shift being timescale - warm-up
        (InverseSqrt(timescale="7 steps"), lambda k: 1 / math.sqrt((k + 7) / 7)),
        # scikit-learn: invscaling of the MLP, learning_rate_init / (t + 1) ** power_t
        (InversePower(timescale="1 steps", power=0.5), lambda k: 1 / (k + 1) ** 0.5),
        # Keras: InverseTimeDecay with decay_rate 1, initial / (1 + step / decay_steps)
        (InversePower(timescale="7 steps"), lambda k: 1 / (1 + k / 7)),
        # timm: WSD's stable_fn "power"
        (InversePower(timescale="4 steps", power=0.3), lambda k: (1 + k / 4) ** -0.3),
    ],
)
def test_a_power_of_time_follows_its_source(
    schedule: Schedule, formula: Callable[[int], float]
) -> None:
    expected = [formula(k) for k in range(N)]
    assert values(schedule)[:N] == pytest.approx(expected, rel=1e-14)
    assert list(schedule.over(Span(None))(np.arange(N))) == values(schedule)[:N]


@pytest.mark.parametrize(
    ("every", "drops"),
    [("2.5 steps", [3, 5, 8, 10]), ("1 epochs", [4, 7, 11]), ("25%", [3, 6, 9]), ("40%", [5, 10])],
)
def test_drops_are_at_multiples_rounded_to_the_nearest_step(every: str, drops: list[int]) -> None:
    span = Span(12, steps_per_epoch=Fraction(7, 2))
    curve = Step(every=every, factor=0.5).over(span)
    assert [k for k in range(1, 12) if curve(k) < curve(k - 1)] == drops


@pytest.mark.parametrize("schedule", [Step(every="5 steps"), Multistep(milestones=("50%", "100%"))])
def test_a_drop_on_the_end_is_not_taken(schedule: Schedule) -> None:
    curve = schedule.over(Span(10))
    assert [curve(4), curve(5), curve(9), curve(10), curve(11)] == [1, 0.1, 0.1, 0.1, 0.1]


@pytest.mark.parametrize("milestone", ["100%", "150%", "11 steps", "1e15 steps"])
def test_a_milestone_after_the_run_is_never_reached(milestone: str) -> None:
    assert values(Multistep(milestones=(milestone,)), 10) == [1.0] * 11


@pytest.mark.parametrize(
    "schedule",
    [
        *(Step(), Multistep(), ExponentialDecay(), InverseSqrt(), InversePower(), Noise()),
        *(Knots(), Chebyshev(), InversePower()),
    ],
)
def test_a_run_of_no_steps_has_a_value(schedule: Schedule) -> None:
    assert math.isfinite(schedule.over(Span(0))(0))


@pytest.mark.parametrize("every", ["0.999 steps", "0.1 epochs", "1 samples"])
@pytest.mark.parametrize("node", [Step, Noise])
def test_jumps_closer_than_a_step_are_refused(node: Any, every: str) -> None:  # noqa: ANN401 - a class
    with pytest.raises(ScheduleError, match=r"^every: '.*' is .* steps here; write at least '1 st"):
        node(every=every).over(Span(10, steps_per_epoch=9, samples_per_step=2))


def test_jumps_of_a_share_that_is_less_than_a_step_fall_together() -> None:
    assert Step(every="1%", factor=0.5).over(Span(10))(3) == 0.5**34


@pytest.mark.parametrize("node", [Step, ExponentialDecay, InverseSqrt, InversePower, Multistep])
def test_a_share_needs_a_length(node: Any) -> None:  # noqa: ANN401 - a class
    with pytest.raises(ScheduleError, match="%' needs a run of known length; set the total"):
        node().over(Span(None))


# Knots


@pytest.mark.parametrize(
    ("interpolation", "expected"),
    [
        ("linear", lambda k: np.interp(k, [4, 10, 30], [2.0, 1.0, 4.0])),
        ("step", lambda k: 2.0 if k < 10 else 1.0 if k < 30 else 4.0),
        (
            "cosine",
            lambda k: (
                2 - math.sin(math.pi * (max(k, 4) - 4) / 12) ** 2
                if k < 10
                else 1 + 3 * math.sin(math.pi * (min(k, 30) - 10) / 40) ** 2
            ),
        ),
    ],
)
def test_knots_are_interpolated(interpolation: str, expected: Callable[[int], float]) -> None:
    knots = Knots(
        positions=("10%", "10 steps", "75%"), values=(2, 1, 4), interpolation=interpolation
    )
    assert values(knots) == pytest.approx([expected(k) for k in range(N + 1)], rel=1e-12)


def test_a_knot_is_met_exactly() -> None:
    knots = Knots(positions=("0%", "30%", "100%"), values=(0.1, 0.3, 1 / 3)).over(Span(10))
    assert [knots(0), knots(3), knots(10)] == [0.1, 0.3, 1 / 3]


def test_two_knots_at_one_step_make_a_jump() -> None:
    knots = Knots(positions=("0%", "50%", "50%", "100%"), values=(1, 1, 0, 0)).over(Span(4))
    assert list(knots([0, 1, 2, 3])) == [1, 1, 0, 0]


def test_a_knot_after_the_end_is_gone_towards_and_never_reached() -> None:
    knots = Knots(positions=("0%", "200%"), values=(1, 0)).over(Span(10))
    assert list(knots([0, 5, 10, 15, 20])) == [1, 0.75, 0.5, 0.5, 0.5]


# Noise


def split_mix(seed: int, draws: int) -> float:
    """Draw one number of SplitMix64, with Python's integers as in its paper."""
    mask, state = 2**64 - 1, seed
    for _ in range(draws + 1):
        state = (state + 0x9E3779B97F4A7C15) & mask
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
    return ((state ^ (state >> 31)) >> 11) / 2**53


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**64 - 1])
def test_noise_is_split_mix_of_seed_and_step(seed: int) -> None:
    expected = [0.8 + 0.4 * split_mix(seed, k) for k in range(50)]
    noise = Noise(amplitude=0.2, seed=seed).over(Span(50))
    assert list(noise(np.arange(50))) == pytest.approx(expected, rel=1e-15)


def test_noise_is_bounded_and_centred() -> None:
    drawn = Noise(amplitude=0.1).over(Span(10**9))(np.arange(10**8, 10**8 + 100_000))
    assert 0.9 <= drawn.min() < drawn.max() < 1.1
    assert drawn.mean() == pytest.approx(1, abs=1e-3)
    assert drawn.std() == pytest.approx(0.1 / math.sqrt(3), rel=0.01)


def test_noise_holds_each_value_for_a_while() -> None:
    noise = values(Noise(every="25%"))
    assert [k for k, (one, other) in enumerate(pairwise(noise)) if one != other] == [9, 19, 29]


# Chebyshev


def fractal(count: int) -> list[int]:
    """Build the order of definition 2: each half interlaced with its mirror image."""
    if count == 1:
        return [0]
    half = fractal(count // 2)
    return [
        index for pair in zip(half, (count - 1 - i for i in half), strict=True) for index in pair
    ]


@pytest.mark.parametrize("count", [1, 2, 4, 8, 32])
def test_chebyshev_steps_follow_the_paper(count: int) -> None:
    low, high = 0.05, 1.0
    nodes = [(2 * i + 1) * math.pi / (2 * count) for i in fractal(count)]
    expected = [2 / ((high + low) - (high - low) * math.cos(node)) for node in nodes]
    curve = Chebyshev(count=count, low=low, high=high).over(Span(3 * count))
    assert list(curve(np.arange(3 * count))) == pytest.approx(np.repeat(expected, 3), rel=1e-14)


def test_chebyshev_steps_undo_each_others_errors() -> None:
    sizes = Chebyshev(count=8, low=0.1).over(Span(8))(np.arange(8))
    shrunk = [abs(np.prod([1 - size * curvature for size in sizes])) for curvature in (0.1, 0.5, 1)]
    assert max(shrunk) < 0.05


# Bad input


@pytest.mark.parametrize(
    ("kind", "field", "value", "problem"),
    [
        ("step", "every", 30, "every: 30 has no unit; write '30 steps', '30 epochs' or '30%'"),
        ("step", "every", "0 steps", "every: '0 steps' must be above zero, such as '5%' or '500"),
        ("step", "every", "-1 epochs", "every: '-1 epochs' must be above zero"),
        ("step", "factor", 0, "factor: 0 must be above 0; write for example 0.5"),
        ("step", "factor", math.nan, "factor: nan is not finite"),
        ("exponential_decay", "every", "0%", "every: '0%' must be above zero"),
        ("exponential_decay", "factor", -0.5, "factor: -0.5 must be above 0"),
        ("inverse_sqrt", "timescale", "x", "timescale: 'x' is not a duration"),
        ("inverse_power", "power", 0, "power: 0 must be above 0"),
        (
            "multistep",
            "milestones",
            [],
            "milestones: () is not a list (in Python: a tuple); write [",
        ),
        (
            "multistep",
            "milestones",
            "50%",
            "milestones: '50%' is not a list (in Python: a tuple); w",
        ),
        ("multistep", "milestones", {"50%": 1}, "milestones: {'50%': 1} is not a list"),
        ("multistep", "milestones", [30], "milestones: 30 does not belong here; write ['50%', '75"),
        ("multistep", "milestones", ["30"], "milestones: '30' is not a duration; write '30 steps'"),
        ("multistep", "factor", 0, "factor: 0 must be above 0"),
        ("knots", "values", [1, math.nan], "values: nan is not finite"),
        ("knots", "values", [1, "0"], "values: '0' does not belong here; write [0.0, 1.0, 0.0]"),
        ("knots", "values", [1, True], "values: True does not belong here"),
        ("knots", "values", [1.0], "values: 1 values for 2 positions; write one for each, at lea"),
        ("knots", "positions", ["5%"], "values: 2 values for 1 positions; write one for each"),
        ("knots", "positions", [0, 1], "positions: 0 does not belong here; write ['0%', '10%', "),
        ("knots", "interpolation", "cosin", "interpolation: 'cosin' is not a choice; did you mean"),
        ("knots", "interpolation", ["step"], "interpolation: ['step'] is not a choice; did you"),
        ("noise", "amplitude", 1, "amplitude: 1 could turn the sign; write 0.1"),
        ("noise", "amplitude", 0, "amplitude: 0 must be above 0"),
        ("noise", "seed", -1, "seed: -1 is not a whole number from 0 to 2**64 - 1"),
        ("noise", "seed", 2**64, f"seed: {2**64} is not a whole number from 0 to 2**64 - 1"),
        ("noise", "seed", 1.0, "seed: 1.0 is not a whole number from 0 to 2**64 - 1"),
        ("noise", "seed", True, "seed: True is not a whole number from 0 to 2**64 - 1"),
        ("noise", "every", "0 steps", "every: '0 steps' must be above zero"),
        ("chebyshev", "count", 6, "count: 6 is not a power of two; write 8 or 16"),
        ("chebyshev", "count", 0, "count: 0 is not a whole number above 0"),
        ("chebyshev", "count", 8.0, "count: 8.0 is not a whole number above 0"),
        ("chebyshev", "low", 0, "low: 0 must be above 0"),
        ("chebyshev", "high", 0.05, "high: 0.05 must be above 0.05"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    kind: str, field: str, value: object, problem: str
) -> None:
    with pytest.raises(ScheduleError) as raised:
        load({"kind": kind, field: value}, key="s")
    assert str(raised.value).startswith(f"s.{problem}")


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        (
            Multistep(milestones=("50%", "10%")),
            "milestones: ['50%', '10%'] must be from zero on and",
        ),
        (
            Multistep(milestones=("-5%",)),
            "milestones: ['-5%'] must be from zero on and in ascending order; write for example [",
        ),
        (
            Knots(positions=("50%", "10 steps")),
            "positions: ['50%', '10 steps'] must be from zero on",
        ),
        (Multistep(milestones=("3 epochs",)), "milestones: '3 epochs' needs an epoch of known"),
    ],
)
def test_positions_are_checked_against_the_span(schedule: Schedule, problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        schedule.over(Span(100))
    assert str(raised.value).startswith(problem)


def test_chebyshev_needs_a_length() -> None:
    with pytest.raises(ScheduleError, match="its parts fill a run of known length; set the total"):
        Chebyshev().over(Span(None))
