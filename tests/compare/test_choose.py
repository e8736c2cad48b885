from math import inf

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, floats, lists, sampled_from

from lr_plugin.compare.choose import Choice, choose


def test_the_smallest_rate_within_one_standard_error_of_the_best_is_chosen() -> None:
    # the best has mean 1.1, standard deviation 0.2828 and so a standard error of 0.2
    costs = {0.03: [1.31, 1.31], 0.1: [1.29, 1.29], 0.3: [0.9, 1.3], 1.0: [2.0, 2.0]}

    assert choose(costs) == Choice(rate=0.1, best=0.3, edge=None)


def test_without_spread_the_best_is_chosen() -> None:
    assert choose({0.1: [1.1, 1.1], 0.3: [1.0, 1.0], 1.0: [2.0, 2.0]}).rate == 0.3


def test_one_seed_has_no_standard_error() -> None:
    assert choose({0.1: [1.01], 0.3: [1.0], 1.0: [2.0]}).rate == 0.3


@pytest.mark.parametrize(
    ("costs", "edge"),
    [
        ({0.1: [1.0], 0.3: [2.0], 1.0: [3.0]}, "lowest"),
        ({0.1: [3.0], 0.3: [2.0], 1.0: [1.0]}, "highest"),
        ({0.1: [2.0], 0.3: [1.0], 1.0: [3.0]}, None),
        ({0.1: [2.0], 0.3: [1.0], 1.0: [inf]}, None),
        ({0.1: [2.0]}, None),
    ],
)
def test_the_end_of_the_grid_at_which_the_best_lies_is_told(
    costs: dict[float, list[float]], edge: str | None
) -> None:
    assert choose(costs).edge == edge


def test_a_rate_at_which_a_seed_diverged_is_not_taken_while_another_is_safe() -> None:
    assert choose({0.1: [5.0, 5.0, 5.0], 0.3: [1.0, 1.0, inf]}).rate == 0.1


def test_if_every_rate_diverged_the_smallest_of_those_with_the_fewest_divergences_is_taken() -> (
    None
):
    costs = {0.1: [inf, inf], 0.3: [9.0, inf], 1.0: [1.0, inf]}

    assert choose(costs) == Choice(rate=0.3, best=0.3, edge=None)


def test_divergences_are_counted_as_shares_where_seeds_are_missing() -> None:
    assert choose({0.1: [1.0, inf], 0.3: [1.0, 1.0, 1.0, inf]}).rate == 0.3


COSTS = dictionaries(
    sampled_from([0.01, 0.1, 1.0, 10.0]),
    lists(floats(-5, 5), min_size=2, max_size=4),
    min_size=1,
)


@given(COSTS)
def test_the_order_of_rates_and_seeds_does_not_matter(costs: dict[float, list[float]]) -> None:
    turned = {rate: sorted(costs[rate]) for rate in sorted(costs, reverse=True)}

    assert choose(turned) == choose({rate: sorted(costs[rate]) for rate in costs})


@given(COSTS)
def test_a_rate_is_never_above_the_best(costs: dict[float, list[float]]) -> None:
    choice = choose(costs)

    assert choice.rate <= choice.best
