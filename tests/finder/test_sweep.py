from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from lr_plugin.finder.sweep import read_sweep

Values = NDArray[np.float64]
RATES = np.geomspace(1e-6, 10, 200)
quickly = settings(max_examples=30, derandomize=True, deadline=None, database=None)


@pytest.mark.parametrize("lowest", [1e-4, 3e-3, 0.1, 0.5])
def test_the_bottom_of_a_valley_is_found(curve: Callable[..., Values], lowest: float) -> None:
    found = read_sweep(RATES, curve(RATES, lowest)).minimum

    assert found == pytest.approx(lowest, rel=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_noise_of_a_fifth_moves_it_by_less_than_half(
    curve: Callable[..., Values], seed: int
) -> None:
    found = read_sweep(RATES, curve(RATES, 0.02, noise=0.2, seed=seed)).minimum

    assert found == pytest.approx(0.02, rel=0.5)


@quickly
@given(st.floats(1e-3, 1e3))
def test_a_factor_of_the_loss_changes_nothing(factor: float) -> None:
    losses = 2 - 1.5 / (1 + np.log10(RATES / 0.1) ** 2)
    one, other = read_sweep(RATES, losses), read_sweep(RATES, losses * factor)

    assert one.minimum == other.minimum


def test_a_factor_of_the_rates_is_a_factor_of_the_answer(curve: Callable[..., Values]) -> None:
    losses = curve(RATES, 0.1)
    one, other = read_sweep(RATES, losses), read_sweep(RATES * 7, losses)

    assert other.minimum == pytest.approx(7 * (one.minimum or 0))


@pytest.mark.parametrize("where", [5, 60, 140])
def test_a_loss_that_is_missing_on_the_way_does_not_matter(
    curve: Callable[..., Values], where: int
) -> None:
    losses = curve(RATES, 0.1)
    holed = losses.copy()
    holed[where : where + 2] = np.nan, np.inf

    assert read_sweep(RATES, holed).minimum == pytest.approx(
        read_sweep(RATES, losses).minimum, rel=0.1
    )


def test_what_comes_after_divergence_is_not_looked_at(curve: Callable[..., Values]) -> None:
    losses = curve(RATES, 0.01)
    back = losses.copy()
    back[-20:] = 1e-9
    found = read_sweep(RATES, back)

    assert found.minimum == read_sweep(RATES, losses).minimum
    assert np.isnan(found.curve[-20:]).all()


def test_a_run_that_broke_off_is_read_to_its_end(curve: Callable[..., Values]) -> None:
    losses = np.where(RATES > 0.3, np.nan, curve(RATES, 0.1))

    assert read_sweep(RATES, losses).minimum == pytest.approx(0.1, rel=0.1)


def test_a_loss_below_zero_has_a_valley_too(curve: Callable[..., Values]) -> None:
    losses = curve(RATES, 0.01) - 3

    assert losses[0] < 0 < losses[-1]
    assert read_sweep(RATES, losses).minimum == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize("first", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_from_the_first_step_is_not_the_fault_of_a_rate(
    first: float,
) -> None:
    found = read_sweep(RATES, np.full(200, first))

    assert found.minimum is None
    assert found.problem == (
        f"the loss is {first} at the first step, before any rate could matter (it begins at "
        "1e-06): look at the data and the model"
    )
    assert np.isnan(found.curve).all()


def test_noise_alone_is_no_valley() -> None:
    refused = 0
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(scale=0.1, size=200)
        refused += read_sweep(RATES, np.exp(noise)).minimum is None

    assert refused >= 18


def test_a_flat_loss_is_no_valley() -> None:
    assert read_sweep(RATES, np.ones(200)).problem == "the loss falls by no more than its noise"


def test_a_loss_that_only_rises_is_no_valley() -> None:
    found = read_sweep(RATES, 1 + RATES)

    assert found.problem == "the loss falls by no more than its noise"


def test_a_loss_that_falls_to_the_end_asks_for_higher_rates() -> None:
    found = read_sweep(RATES, 2 - np.linspace(0, 1, 200))

    assert found.problem == "the loss still falls at 10: raise highest"
