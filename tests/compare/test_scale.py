from math import e, inf, log

import pytest

from lr_plugin.compare.scale import Scale


def test_a_metric_that_is_maximised_costs_its_negative() -> None:
    scale = Scale.of("max", [0.25, 0.75])

    assert scale == Scale(mode="max", logarithmic=False)
    assert (scale.cost(0.75), scale.value(-0.75)) == (-0.75, 0.75)
    assert str(scale.value(scale.cost(0.0))) == str(scale.value(0.0)) == "0.0"


def test_a_loss_that_is_always_positive_costs_its_logarithm() -> None:
    scale = Scale.of("min", [e, 2.0])

    assert scale.cost(e) == 1.0
    assert scale.value(scale.cost(2.0)) == pytest.approx(2.0)
    assert scale.value(scale.cost(2.0) - scale.cost(0.5)) == pytest.approx(4.0)


@pytest.mark.parametrize("values", [[0.0, 1.0], [-1.0, 2.0], []])
def test_no_logarithm_is_taken_of_a_loss_that_is_not_positive(values: list[float]) -> None:
    scale = Scale.of("min", values)

    assert [scale.cost(value) for value in values] == values
    assert scale.value(0.5) == 0.5


def test_no_logarithm_is_taken_of_what_is_maximised() -> None:
    assert Scale.of("max", [log(2)]).logarithmic is False


@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_run_that_diverged_costs_more_than_any_other(mode: str) -> None:
    assert Scale.of(mode, [1.0]).cost(None) == inf
