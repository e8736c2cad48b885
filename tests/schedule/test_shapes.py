"""Each ramp against somebody else's scheduler, or a loop written from its paper."""

import math
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    PolynomialLR,
)

from lr_plugin.schedule import (
    Constant,
    Cosine,
    Exponential,
    Linear,
    Polynomial,
    Power,
    Rex,
    Schedule,
    ScheduleError,
    Shape,
    Span,
    Sqrt,
    Tanh,
    Warp,
    load,
)

N = 40
RAMPS = [Linear, Cosine, Polynomial, Power, Sqrt, Rex, Exponential]
Build = Callable[[torch.optim.Optimizer], LRScheduler]


def traced(build: Build, steps: int) -> Iterator[float]:
    """The learning rate of each step of a torch scheduler that starts at 1."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = build(optimizer)
    for _ in range(steps):
        yield optimizer.param_groups[0]["lr"]
        with warnings.catch_warnings(action="ignore"):  # torch wants optimizer.step() before
            scheduler.step()


def values(schedule: Schedule, steps: int = N) -> list[float]:
    """Values of all steps and the end value."""
    return list(schedule.over(Span(steps))(np.arange(steps + 1)))


@pytest.mark.parametrize(
    ("shape", "build"),
    [
        (
            Linear(start_value=0.25, end_value=1.0),
            lambda opt: LinearLR(opt, start_factor=0.25, total_iters=N),
        ),
        (
            Linear(start_value=1.0, end_value=0.1),
            lambda opt: LinearLR(opt, start_factor=1.0, end_factor=0.1, total_iters=N),
        ),
        (Cosine(), lambda opt: CosineAnnealingLR(opt, T_max=N)),
        (Cosine(end_value=0.1), lambda opt: CosineAnnealingLR(opt, T_max=N, eta_min=0.1)),
        (Polynomial(), lambda opt: PolynomialLR(opt, total_iters=N)),
        (Polynomial(power=2.5), lambda opt: PolynomialLR(opt, total_iters=N, power=2.5)),
        (Exponential(end_value=0.01), lambda opt: ExponentialLR(opt, gamma=0.01 ** (1 / N))),
    ],
)
def test_a_ramp_equals_torchs_scheduler(shape: Shape, build: Build) -> None:
    assert values(shape) == pytest.approx(list(traced(build, N + 1)), rel=1e-12, abs=1e-12)


def loop(formula: Callable[[float], float], start: float, end: float) -> list[float]:
    """Walk down from start to end along what is left of the way at each progress."""
    return [end + (start - end) * formula(k / N) for k in range(N + 1)]


@pytest.mark.parametrize(("start", "end"), [(1.0, 0.0), (0.2, 3.0), (-1.0, 1.0)])
@pytest.mark.parametrize(
    ("build", "left"),
    [
        (Linear, lambda u: 1 - u),
        (Cosine, lambda u: math.cos(math.pi * u / 2) ** 2),  # the half-angle form of the paper's
        (lambda **ends: Cosine(power=3, **ends), lambda u: math.cos(math.pi * u / 2) ** 6),
        (lambda **ends: Polynomial(power=0.5, **ends), lambda u: math.sqrt(1 - u)),
        (lambda **ends: Power(power=2, **ends), lambda u: 1 - u * u),
        (lambda **ends: Power(power=0.5, **ends), lambda u: 1 - math.sqrt(u)),
        (Sqrt, lambda u: 1 - math.sqrt(u)),
        (Rex, lambda u: (1 - u) / (0.5 + 0.5 * (1 - u))),
        (lambda **ends: Exponential(ratio=0.1, **ends), lambda u: (0.1**u - 0.1) / 0.9),
        (lambda **ends: Exponential(ratio=4, **ends), lambda u: (4 - 4**u) / 3),
        (Tanh, lambda u: (1 - math.tanh(-7 * (1 - u) + 3 * u)) / 2),
        (
            lambda **ends: Tanh(lower=-2, upper=0.5, **ends),
            lambda u: 1 / (1 + math.exp(2 * (-2 + 2.5 * u))),
        ),
        (
            lambda **ends: Warp(schedule=Cosine(**ends), power=3),
            lambda u: (1 + math.cos(math.pi * u**3)) / 2,
        ),
        (lambda **ends: Warp(schedule=Polynomial(power=2, **ends)), lambda u: (1 - u * u) ** 2),
    ],
)
def test_a_ramp_follows_its_formula(
    build: Callable[..., Shape], left: Callable[[float], float], start: float, end: float
) -> None:
    shape = build(start_value=start, end_value=end)
    assert values(shape) == pytest.approx(loop(left, start, end), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("node", RAMPS)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (1.0, 0.0),
        (0.01, 1.0),
        (0.1, 0.3),
        (1 / 3, 2 / 3),
        (0.7, 0.7),
        (-0.1, 0.3),
        (0, 1),
        (5, 5e-9),
    ],
)
def test_both_ends_of_a_ramp_are_met_exactly(node: type, start: float, end: float) -> None:
    curve = node(start_value=start, end_value=end).over(Span(7))
    assert [curve(0), curve(7), curve(8), curve(10**9)] == [start, end, end, end]


@pytest.mark.parametrize("node", RAMPS)
def test_every_ramp_falls_from_one_to_zero_by_default_and_never_rises(node: type) -> None:
    falling = values(node(), 1000)
    assert (falling[0], falling[-1]) == (1.0, 0.0)
    assert all(late <= early for early, late in pairwise(falling))


@pytest.mark.parametrize("node", [*RAMPS, Tanh])
def test_a_ramp_of_one_step_is_at_its_start_and_then_at_its_end(node: type) -> None:
    curve = node(start_value=0.25, end_value=0.5).over(Span(1))
    assert [curve(0), curve(1)] == pytest.approx([0.25, 0.5], abs=1e-3)


@pytest.mark.parametrize("node", [*RAMPS, Tanh])
def test_a_ramp_of_no_steps_is_at_its_end(node: type) -> None:
    assert node(start_value=0.25, end_value=0.5).over(Span(0))(0) == pytest.approx(0.5, abs=1e-3)


def test_a_constant_needs_no_length() -> None:
    assert list(Constant(value=2).over(Span(None))([0, 10**12])) == [2.0, 2.0]


@pytest.mark.parametrize("node", [*RAMPS, Tanh])
def test_a_ramp_needs_a_length(node: type) -> None:
    with pytest.raises(ScheduleError, match="give the phase a duration in steps"):
        node().over(Span(None))


def test_an_exponential_towards_zero_is_shifted_to_meet_it() -> None:
    assert values(Exponential()) == values(Exponential(ratio=0.01))
    assert values(Exponential(start_value=-1, end_value=1)) == values(
        Exponential(start_value=-1, end_value=1, ratio=0.01)
    )


def test_a_geometric_exponential_falls_by_one_factor() -> None:
    falling = np.array(values(Exponential(start_value=0.5, end_value=0.002)))
    assert falling[1:] / falling[:-1] == pytest.approx((0.002 / 0.5) ** (1 / N), rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "field", "value", "problem"),
    [
        ("linear", "start_value", math.nan, "nan is not finite; write for example 0.1"),
        ("linear", "end_value", math.inf, "inf is not finite; write for example 0.1"),
        ("linear", "end_value", 10**400, f"1{'0' * 400} is not finite; write for example 0.1"),
        ("linear", "end_value", "0.1", "'0.1' is not a number; write for example 0.1"),
        ("linear", "end_value", None, "None is not a number; write for example 0.1"),
        ("linear", "end_value", True, "True is not a number; write for example 0.1"),
        ("constant", "value", math.nan, "nan is not finite; write for example 0.1"),
        ("cosine", "start_value", "a", "'a' is not a number; write for example 0.1"),
        ("cosine", "power", 0, "0 must be above 0; write for example 0.5"),
        ("sqrt", "start_value", None, "None is not a number; write for example 0.1"),
        ("rex", "end_value", [1], "[1] is not a number; write for example 0.1"),
        ("polynomial", "power", 0, "0 must be above 0; write for example 0.5"),
        ("polynomial", "power", -1, "-1 must be above 0; write for example 0.5"),
        ("polynomial", "power", math.inf, "inf is not finite; write for example 0.1"),
        ("power", "power", 0.0, "0.0 must be above 0; write for example 0.5"),
        ("exponential", "ratio", 0, "0 must be above 0; write for example 0.5"),
        ("exponential", "ratio", 1, "a ratio of 1 is a straight line; write kind: linear"),
        ("exponential", "ratio", "1%", "'1%' is not a number; write for example 0.1"),
        ("tanh", "upper", -7.0, "-7.0 must be above -7; write for example -6.5"),
        ("tanh", "upper", math.nan, "nan is not finite; write for example 0.1"),
        ("tanh", "lower", math.nan, "nan is not finite; write for example 0.1"),
        ("warp", "power", 0, "0 must be above 0; write for example 0.5"),
        (
            "warp",
            "schedule",
            {"kind": "constant"},
            "Constant does not look at progress alone; write a cosine, say",
        ),
    ],
)
def test_what_cannot_be_a_shape_is_refused_with_its_field(
    kind: str, field: str, value: object, problem: str
) -> None:
    inner = {"schedule": {"kind": "linear"}} if kind == "warp" else {}
    with pytest.raises(ScheduleError) as raised:
        load({"kind": kind, **inner, field: value}, key="s")
    assert str(raised.value) == f"s.{field}: {problem}"


def test_a_warp_of_what_is_no_schedule_says_how_to_build_one() -> None:
    with pytest.raises(ScheduleError, match="'cosine' is not a Schedule; build it"):
        Warp(schedule="cosine")  # type: ignore[arg-type] # wrong on purpose
