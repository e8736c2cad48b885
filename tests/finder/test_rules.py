import numpy as np
import pytest

from lr_plugin.finder.rules import other_answers

RATES = np.geomspace(1e-6, 10, 29)


def test_each_rule_answers_as_it_is_known_to() -> None:
    places = np.log10(RATES)
    losses = np.where(places < -4, 2.0, np.maximum(2 - (places + 4), 0.0) + (places > -2))

    assert other_answers(RATES, losses) == pytest.approx(
        {"valley": 1e-3, "steep": 1e-3, "minimum / 10": 1e-3}, rel=1
    )


def test_the_valley_is_the_middle_of_the_longest_fall_however_bumpy() -> None:
    losses = np.concatenate([np.full(9, 5.0), np.linspace(4, 1, 11), np.full(9, 9.0)])
    losses[12] = 6.0

    assert other_answers(RATES, losses)["valley"] == pytest.approx(RATES[13], rel=1e-9)


def test_the_steepest_place_is_steep_over_the_logarithm_of_the_rate() -> None:
    losses = np.where(np.arange(29) < 15, 3.0, 1.0)

    assert other_answers(RATES, losses)["steep"] in (RATES[14], RATES[15])


def test_places_without_a_loss_are_left_out() -> None:
    losses = np.linspace(3, 1, 29)
    losses[20:] = np.nan

    assert other_answers(RATES, losses)["minimum / 10"] == pytest.approx(RATES[19] / 10)


@pytest.mark.parametrize("known", [0, 1])
def test_too_few_losses_have_no_answers(known: int) -> None:
    losses = np.full(29, np.nan)
    losses[:known] = 1.0

    assert other_answers(RATES, losses) == {}
