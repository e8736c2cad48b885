from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lr_plugin.finder import fitted
from lr_plugin.finder.answer import answer_grid, answer_sweep

Values = NDArray[np.float64]
SWEPT = np.geomspace(1e-6, 10, 200)
GRID = np.geomspace(1e-6, 10, 15)


def sweeps(curve: Callable[..., Values], *lowest: float) -> Values:
    return np.stack([curve(SWEPT, each) for each in lowest])


def test_a_sweep_answers_with_a_share_of_the_median_of_the_minima(
    curve: Callable[..., Values],
) -> None:
    answer = answer_sweep(SWEPT, sweeps(curve, 0.01, 0.3, 0.02))

    assert answer.learning_rate == pytest.approx(fitted.SWEEP_FACTOR * 0.02, rel=0.1)
    assert answer.spread == pytest.approx(30, rel=0.1)


def test_a_grid_answers_with_a_share_of_the_median_of_the_centres() -> None:
    away = [np.log10(GRID) - place for place in (-2.5, -2.0, -1.5)]
    answer = answer_grid(GRID, np.stack([2 - 1 / (1 + each**4) for each in away]))

    assert answer.learning_rate == pytest.approx(fitted.GRID_FACTOR * 0.01, rel=0.05)
    assert answer.spread == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("ratio", [0.5, 2.8])
def test_the_ratio_of_the_schedule_is_a_factor(curve: Callable[..., Values], ratio: float) -> None:
    losses = sweeps(curve, 0.01, 0.01, 0.01)
    plain, scaled = answer_sweep(SWEPT, losses), answer_sweep(SWEPT, losses, ratio=ratio)

    assert scaled.learning_rate == pytest.approx(ratio * (plain.learning_rate or 0))
    assert (plain.ratio, scaled.ratio) == (1.0, ratio)


@pytest.mark.parametrize(
    ("lowest", "confidence"),
    [
        ((0.01, 0.012, 0.015), "high"),
        ((0.01, 0.012, 0.035), "medium"),
        ((0.01, 0.012, 0.1), "low"),
    ],
)
def test_confidence_is_how_well_the_repeats_agree(
    curve: Callable[..., Values], lowest: tuple[float, ...], confidence: str
) -> None:
    assert answer_sweep(SWEPT, sweeps(curve, *lowest)).confidence == confidence


def test_one_repeat_without_a_valley_lowers_the_confidence(curve: Callable[..., Values]) -> None:
    losses = sweeps(curve, 0.01, 0.01, 0.01)
    losses[1] = 1.0
    answer = answer_sweep(SWEPT, losses)

    assert answer.learning_rate == pytest.approx(fitted.SWEEP_FACTOR * 0.01, rel=0.1)
    assert answer.confidence == "low"


def test_most_repeats_without_a_valley_are_a_refusal(curve: Callable[..., Values]) -> None:
    losses = sweeps(curve, 0.01, 0.01, 0.01)
    losses[1:] = 1.0
    losses[2] = np.linspace(2, 1, 200)
    answer = answer_sweep(SWEPT, losses)

    assert (answer.learning_rate, answer.spread, answer.confidence) == (None, None, None)
    assert answer.refusal == (
        "no valley between 1e-06 and 10: the loss falls by no more than its noise; "
        "the loss still falls at 10: raise highest"
    )
