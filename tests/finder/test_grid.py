import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lr_plugin.finder.grid import read_grid

RATES = np.geomspace(1e-6, 10, 15)
quickly = settings(max_examples=40, derandomize=True, deadline=None, database=None)


def valley(place: float) -> np.ndarray:
    return np.asarray(2 - 1.5 / (1 + (np.log10(RATES) - place) ** 4))


@quickly
@given(st.floats(-4.5, -0.5))
def test_the_centre_of_a_valley_is_found_between_the_rates(place: float) -> None:
    assert np.log10(read_grid(RATES, valley(place)).minimum or 0) == pytest.approx(place, abs=0.06)


@quickly
@given(st.floats(1e-6, 1e6), st.floats(-4.5, -0.5))
def test_a_factor_of_the_loss_changes_nothing(factor: float, place: float) -> None:
    one, other = (read_grid(RATES, valley(place) * each).minimum for each in (1, factor))

    assert one == pytest.approx(other)


@pytest.mark.parametrize("diverged", [np.nan, np.inf, 1e30, 2.5])
def test_how_badly_the_other_runs_diverged_does_not_matter(diverged: float) -> None:
    losses = np.where(np.log10(RATES) > -1.2, diverged, valley(-2))
    away = np.where(np.log10(RATES) > -1.2, 3.0, valley(-2))

    assert read_grid(RATES, losses).minimum == read_grid(RATES, away).minimum


def test_losses_below_zero_have_a_centre_too() -> None:
    losses = 3 * valley(-2) - 4

    assert losses.min() < 0 < losses.max()
    assert np.log10(read_grid(RATES, losses).minimum or 0) == pytest.approx(-2, abs=0.1)


@pytest.mark.parametrize(
    ("losses", "problem"),
    [
        (np.linspace(2, 1, 15), "the loss still falls at 10: raise highest"),
        (np.linspace(1, 2, 15), "the loss is lowest after the run at 1e-06: lower lowest"),
        (1 - 0.004 * (np.arange(15) == 7), "the loss falls by less than 0.5% at every rate"),
        (
            np.full(15, np.nan),
            "the loss is not finite after the runs at the two lowest rates, 1e-06 and 3.16228e-06",
        ),
    ],
)
def test_what_is_no_valley_says_why(losses: np.ndarray, problem: str) -> None:
    found = read_grid(RATES, losses)

    assert found.minimum is None
    assert found.problem == problem
