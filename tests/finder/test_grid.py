import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from lr_plugin.finder.grid import read_grid

RATES = np.geomspace(1e-6, 10, 15)
quickly = settings(max_examples=40, derandomize=True, deadline=None, database=None)


@quickly
@given(st.floats(-4.5, -0.5), st.floats(0.05, 2))
def test_the_vertex_of_a_parabola_is_found_between_the_rates(place: float, bend: float) -> None:
    losses = np.exp(bend * (np.log10(RATES) - place) ** 2)

    assert np.log10(read_grid(RATES, losses).minimum or 0) == pytest.approx(place, abs=1e-6)


def test_beside_a_run_that_diverged_the_lowest_rate_itself_is_taken() -> None:
    losses = np.where(RATES > 0.1, np.nan, 1 / (1 + RATES))

    assert read_grid(RATES, losses).minimum == pytest.approx(RATES[RATES <= 0.1][-1])


def test_losses_below_zero_have_a_vertex_too() -> None:
    losses = (np.log10(RATES) + 2) ** 2 - 3

    assert np.log10(read_grid(RATES, losses).minimum or 0) == pytest.approx(-2, abs=0.1)


def test_a_plateau_has_its_lowest_rate() -> None:
    losses = np.full(15, 2.0)
    losses[6:9] = 1.0, 1.0, 1.0

    assert read_grid(RATES, losses).minimum == pytest.approx(RATES[6], rel=2)


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
