from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import ArrayLike, NDArray

from lr_plugin.schedule import (
    Constant,
    Cosine,
    Exponential,
    Linear,
    Multistep,
    Phase,
    Schedule,
    ScheduleError,
    Sequence,
    Shape,
    Span,
    Sqrt,
)
from lr_plugin.schedule.bound import bound, peak_ratio
from tests.schedule.strategies import laws

Values = NDArray[np.float64]


def cooled(shape: Shape) -> Schedule:
    stable = Phase(schedule=Constant(), duration="80%")
    return Sequence(phases={"stable": stable, "cooldown": Phase(schedule=shape)})


SCHEDULES: dict[str, Schedule] = {
    "constant": Constant(),
    "linear": Linear(),
    "cosine": Cosine(),
    "cosine to a tenth": Cosine(end_value=0.1),
    "wsd 1-sqrt": cooled(Sqrt()),
    "wsd linear": cooled(Linear()),
    "step": Multistep(milestones=("50%", "75%"), factor=0.1),
    "exponential": Exponential(end_value=float(np.exp(-5))),
}


def factors(name: str, steps: int) -> Values:
    return SCHEDULES[name].over(Span(steps))(np.arange(steps))


@pytest.mark.parametrize(
    ("name", "ratio", "loss"),
    [
        ("constant", 1.0, 1.441),
        ("linear", 2.88, 1.0),
        ("cosine", 2.80, 1.028),
        ("cosine to a tenth", 2.48, 1.053),
        ("wsd 1-sqrt", 1.56, 1.065),
        ("wsd linear", 1.48, 1.083),
        ("step", 2.20, 1.244),
        ("exponential", 6.24, 1.160),
    ],
)
def test_rates_and_losses_are_those_that_were_measured_apart(
    name: str, ratio: float, loss: float
) -> None:
    curve = factors(name, 880)

    assert round(peak_ratio(curve, factors("constant", 880)), 2) == ratio
    assert round(bound(curve) / bound(factors("linear", 880)), 3) == loss


@pytest.mark.parametrize(("name", "ratio"), [("cosine", 2.53), ("linear", 2.60)])
def test_a_shorter_run_has_another_ratio(name: str, ratio: float) -> None:
    assert round(peak_ratio(factors(name, 220), factors("constant", 220)), 2) == ratio


def exact_terms(written: list[Fraction]) -> tuple[Fraction, Fraction]:
    """The two sums as they stand in the docstring, in exact fractions and quadratic time."""
    kept = [value for value in written if value]
    tail = [sum(kept[k:]) for k in range(len(kept))]
    squares = [sum(value**2 for value in kept[k:]) for k in range(len(kept))]
    rest = sum(kept[k] / tail[k + 1] * squares[k] / tail[k] for k in range(len(kept) - 1))
    return 1 / (2 * Fraction(tail[0])), squares[0] / (2 * Fraction(tail[0])) + Fraction(rest) / 2


fractions = st.lists(st.fractions(0, 2, max_denominator=64), min_size=1, max_size=30).filter(any)


@laws
@given(fractions, fractions)
def test_the_sums_are_those_of_exact_arithmetic(
    written: list[Fraction], others: list[Fraction]
) -> None:
    (distance, noise), (other_distance, other_noise) = exact_terms(written), exact_terms(others)
    one, other = (np.array(list(map(float, row))) for row in (written, others))
    ratio = float(distance / noise * other_noise / other_distance) ** 0.5

    assert bound(one) == pytest.approx(2 * float(distance * noise) ** 0.5, rel=1e-12)
    assert peak_ratio(one, other) == pytest.approx(ratio, rel=1e-12)


rows = st.lists(st.floats(1e-3, 1), min_size=1, max_size=40).map(np.array)


@laws
@given(rows, rows, rows)
def test_ratios_chain_and_turn(one: Values, other: Values, third: Values) -> None:
    there = peak_ratio(one, other)

    assert peak_ratio(one, one) == 1
    assert peak_ratio(other, one) == pytest.approx(1 / there, rel=1e-12)
    assert there * peak_ratio(other, third) == pytest.approx(peak_ratio(one, third), rel=1e-12)


@laws
@given(rows, rows, st.floats(1e-150, 1e150))
def test_a_scale_moves_the_configured_rate_and_not_the_loss(
    one: Values, other: Values, scale: float
) -> None:
    assert bound(one * scale) == pytest.approx(bound(one), rel=1e-12)
    assert peak_ratio(one * scale, other) == pytest.approx(
        peak_ratio(one, other) / scale, rel=1e-12
    )


@laws
@given(rows, st.integers(0, 5), st.integers(0, 5), st.integers(0, 40))
def test_steps_at_zero_count_for_nothing(row: Values, before: int, after: int, at: int) -> None:
    padded = np.concatenate([np.zeros(before), np.insert(row, min(at, row.size), 0.0)])
    padded = np.concatenate([padded, np.zeros(after)])

    assert bound(padded) == bound(row)
    assert peak_ratio(padded, row) == 1


@laws
@given(rows, st.integers(0, 2**32 - 1))
def test_no_descent_on_a_convex_function_ends_above_the_bound(row: Values, seed: int) -> None:
    draw = np.random.default_rng(seed)
    normals = draw.normal(size=(8, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    position = draw.normal(size=3)
    position /= np.linalg.norm(position)
    distance, noise = (float(term) for term in exact_terms([Fraction(x) for x in row]))

    # The largest of |a . x| has gradients of norm 1, its minimum 0 at the origin, at distance 1.
    for factor in row:
        heights = normals @ position
        steepest = int(np.abs(heights).argmax())
        position = position - (distance / noise) ** 0.5 * factor * (
            np.sign(heights[steepest]) * normals[steepest]
        )

    assert float(np.abs(normals @ position).max()) <= bound(row)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_million_steps_are_as_stable_as_a_few(name: str) -> None:
    long = peak_ratio(factors(name, 1_000_000), factors(name, 999_999))

    assert long == pytest.approx((999_999 / 1_000_000) ** 0.5, rel=1e-6)


def test_a_longer_constant_run_wants_a_rate_that_falls_with_the_root_of_its_length() -> None:
    assert peak_ratio(np.ones(10**6), np.ones(10**4)) == pytest.approx(0.1, rel=0.25)


def test_a_cosine_that_ends_on_zero_is_the_one_without_its_last_step() -> None:
    down = Cosine().over(Span(100))(np.arange(101))

    assert down[-1] == 0
    assert bound(down) == bound(down[:-1])


def test_a_zero_that_was_rounded_is_a_zero() -> None:
    down = np.linspace(1, 0, 101)
    rounded = down.copy()
    rounded[-1] = 1 - 0.1 * 10 + 2**-53

    assert rounded[-1] > 0
    assert bound(rounded) == bound(down)


def test_warming_up_from_zero_changes_little() -> None:
    warm = np.concatenate([np.linspace(0, 1, 50, endpoint=False), factors("linear", 950)])

    assert peak_ratio(warm, factors("linear", 1000)) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("one", [[1], [1.0, 1.0], range(3, 0, -1), np.array([1, 0.5], np.float32)])
def test_whatever_holds_numbers_is_a_row(one: ArrayLike) -> None:
    assert peak_ratio(one, one) == 1


def test_a_single_step_goes_all_the_way() -> None:
    # One step of D / G on the absolute value: the average of its two ends bounds the loss by D G.
    assert bound([1.0]) == 1


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([0.0, 0.0], "no value is above 0, so that no rate is best; give one that is"),
        ([1.0, np.nan], "nan at step 1 is no factor of a rate; give finite values from 0"),
        ([np.inf], "inf at step 0 is no factor of a rate; give finite values from 0"),
        ([1.0, 0.5, -0.1], "-0.1 at step 2 is no factor of a rate; give finite values from 0"),
        ([], "no value is above 0, so that no rate is best; give one that is"),
        ([[1.0]], "these are not numbers in one row; give a schedule's values"),
        (1.0, "these are not numbers in one row; give a schedule's values"),
        (["1"], "these are not numbers in one row; give a schedule's values"),
        ([1j], "these are not numbers in one row; give a schedule's values"),
        ([True], "these are not numbers in one row; give a schedule's values"),
    ],
)
def test_what_is_no_schedule_is_refused(values: ArrayLike, problem: str) -> None:
    with pytest.raises(ScheduleError) as error:
        bound(values)
    assert str(error.value) == f"factors: {problem}"

    with pytest.raises(ScheduleError) as error:
        peak_ratio([1.0], reference=values)
    assert str(error.value) == f"reference: {problem}"
