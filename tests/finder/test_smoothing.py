import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lr_plugin.finder.smoothing import Scale, Values, smooth, spread_around

PLACES = np.linspace(-6, 1, 100)
quickly = settings(max_examples=40, derandomize=True, deadline=None, database=None)
losses = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20).map(np.array)


@quickly
@given(losses)
def test_a_scale_gives_back_what_it_takes_and_keeps_the_order(row: Values) -> None:
    scale = Scale.of(row)
    there = scale.to(row)

    assert np.allclose(scale.back(there), row, rtol=1e-9, atol=1e-9 * np.abs(row).max())
    assert (np.diff(there[np.argsort(row, kind="stable")]) >= 0).all()


def test_losses_above_zero_are_seen_in_logarithms() -> None:
    assert Scale.of(np.array([1.0, np.nan, np.inf, 4.0])) == Scale(None)


@pytest.mark.parametrize(("row", "unit"), [([-1.0, 2.0, 3.0], 2.0), ([0.0, 0.0], 1.0)])
def test_others_are_seen_in_units_of_their_size(row: list[float], unit: float) -> None:
    assert Scale.of(np.array(row)) == Scale(unit)


def test_no_finite_loss_is_no_problem() -> None:
    assert Scale.of(np.array([np.nan])).to(np.array([np.nan, -np.inf])).tolist() == pytest.approx(
        [np.nan, np.nan], nan_ok=True
    )


@quickly
@given(st.floats(-5, 5), st.floats(0.05, 1))
def test_what_is_flat_stays_as_it_is(height: float, width: float) -> None:
    assert smooth(PLACES, np.full(100, height), width) == pytest.approx(np.full(100, height))


def test_nothing_lags() -> None:
    peak = np.exp(-(((PLACES - PLACES[40]) / 0.5) ** 2))

    assert smooth(PLACES, peak, 0.2).argmax() == peak.argmax()


def test_noise_shrinks_with_the_root_of_the_points_that_are_averaged() -> None:
    noise = np.random.default_rng(0).normal(size=100)
    points = 2 * np.sqrt(np.pi) * 0.5 / (PLACES[1] - PLACES[0])

    assert smooth(PLACES, noise, 0.5)[20:80].std() < 2 / np.sqrt(points)


def test_a_gap_is_bridged_and_the_end_is_not() -> None:
    values = np.where(np.arange(100) % 7 == 3, np.nan, 1.0)
    values[90:] = np.nan

    assert np.isfinite(smooth(PLACES, values, 0.2)).tolist() == [True] * 90 + [False] * 10


def test_nothing_known_is_nothing_smoothed() -> None:
    assert np.isnan(smooth(PLACES, np.full(100, np.nan), 0.2)).all()


def test_a_few_wild_losses_do_not_count_as_noise() -> None:
    noise = np.random.default_rng(0).normal(scale=0.1, size=1000)
    noise[::50] = 100

    assert spread_around(noise, np.zeros(1000)) == pytest.approx(0.1, rel=0.1)
