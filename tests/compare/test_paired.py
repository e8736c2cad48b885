from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, lists
from scipy import stats

from lr_plugin.compare.flips import least_p
from lr_plugin.compare.holm import can_decide, holm, least_seeds
from lr_plugin.compare.paired import Paired, paired


def compare(first: list[float], second: list[float]) -> Paired:
    costs = {"a": dict(enumerate(first)), "b": dict(enumerate(second))}
    found = paired("a", "b", costs)
    assert found is not None
    return found


def with_p(p: float, seeds: int = 10) -> Paired:
    one = compare([0.0, 1.0], [1.0, 3.0])
    return Paired(
        **{name: getattr(one, name) for name in one.__annotations__}
        | {"p": p, "seeds": tuple(range(seeds))}
    )


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1.0, 2.0, 3.0], 2 / 8),
        ([-1.0, 2.0, 3.0], 4 / 8),  # as large or larger: +1+2+3 and -1+2+3, and their mirrors
        ([-1.0, -2.0, -3.0, -4.0], 2 / 16),
        ([1.0] * 10, 2 / 1024),
        ([0.0, 0.0, 0.0], 1.0),
    ],
)
def test_the_test_flips_signs_in_all_ways(differences: list[float], p: float) -> None:
    assert compare(differences, [0.0] * len(differences)).p == pytest.approx(p)


def test_the_test_agrees_with_a_t_test_where_differences_are_normal() -> None:
    differences = np.random.default_rng(0).normal(0.4, 1, 14)

    assert compare([*differences], [0.0] * 14).p == pytest.approx(
        stats.ttest_1samp(differences, 0).pvalue, abs=0.01
    )


@pytest.mark.parametrize("seeds", [3, 8, 11])
def test_the_test_is_that_of_scipy(seeds: int) -> None:
    differences = np.random.default_rng(seeds).normal(0.4, 1, seeds).round(1)  # some ways tie
    expected = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    ).pvalue

    assert compare([*differences], [0.0] * seeds).p == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seeds", [13, 15, 16, 30, 31])
def test_a_difference_on_every_seed_has_the_least_p_that_there_is(seeds: int) -> None:
    one = compare([1000.0 + seed for seed in range(seeds)], [0.0] * seeds)

    assert one.p == least_p(seeds) == (2.0 ** (1 - seeds) if seeds <= 30 else 1e-5)
    assert can_decide([one] * 300) == (seeds >= 14)
    assert one.p * 300 <= 0.05 or seeds < 14


def test_many_seeds_are_tested_by_random_flips_that_are_the_same_every_time() -> None:
    differences = [*np.random.default_rng(0).normal(0.3, 1, 31)]
    first, again = (compare(differences, [0.0] * 31).p for _ in range(2))

    assert first == again == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)


def test_a_difference_has_its_mean_its_effect_and_the_share_of_seeds_that_it_improves() -> None:
    one = compare([1.0, 2.0, 3.0, 5.0], [2.0, 4.0, 6.0, 5.0])

    assert one.difference == -1.5
    assert one.effect == pytest.approx(-1.5 / sqrt(5 / 3))
    assert one.improved == (3 + 0.5) / 4
    assert one.better


def test_equal_differences_have_no_effect_size_and_an_interval_without_width() -> None:
    one = compare([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])

    assert one.effect is None
    assert one.interval == pytest.approx((-0.1, -0.1))


@pytest.mark.parametrize(("seeds", "method"), [(3, "percentile"), (9, "percentile"), (10, "BCa")])
def test_the_interval_is_that_of_scipy(seeds: int, method: str) -> None:
    differences = np.random.default_rng(1).gamma(1, 1, seeds)
    expected = stats.bootstrap(
        (differences,), np.mean, method=method, n_resamples=9999, rng=np.random.default_rng(0)
    ).confidence_interval

    assert compare([*differences], [0.0] * seeds).interval == pytest.approx((*expected,))


def test_two_pairs_have_no_interval() -> None:
    assert compare([1.0, 2.0], [0.0, 0.0]).interval is None


@pytest.mark.parametrize(
    "differences",
    [
        pytest.param([1.0, -2.0, 3.0, 4.0, 5.5], id="all differ"),
        pytest.param([1.0, -1.0, 2.0, 2.0, -2.0, 3.0], id="ties"),
        pytest.param([0.0, -1.0, 2.0, 0.0, -4.0, 3.0, 3.0], id="zeros"),
        pytest.param([*np.random.default_rng(0).normal(size=31)], id="many"),
        pytest.param([*np.random.default_rng(0).normal(size=30)], id="fewer"),
    ],
)
def test_wilcoxon_is_that_of_scipy(differences: list[float]) -> None:
    found = compare(differences, [0.0] * len(differences)).wilcoxon

    assert found == pytest.approx(stats.wilcoxon(differences).pvalue)


@pytest.mark.parametrize("seeds", [2, 30, 31])
def test_wilcoxon_is_one_where_nothing_differs(seeds: int) -> None:
    assert compare([1.0] * seeds, [1.0] * seeds).wilcoxon == 1.0


def test_with_a_divergence_there_is_a_test_of_ranks_and_no_mean() -> None:
    one = compare([1.0, 2.0, inf, inf], [1.5, 1.0, 3.0, inf])

    assert (one.difference, one.interval, one.effect) == (None, None, None)
    # signed ranks -1, 2, 3 and a draw; as large or larger are 1+2+3 and -1+2+3, and their mirrors
    assert one.p == pytest.approx(4 / 8)
    assert one.improved == (1 + 0.5) / 4
    assert not one.better


def test_what_both_diverged_on_is_averaged_with_nothing() -> None:
    one = compare([1.0, inf], [2.0, inf])

    assert (one.difference, one.interval, one.effect, one.improved) == (None, None, None, 0.75)


def test_ranks_make_a_divergence_the_largest_difference_however_large_the_others_are() -> None:
    assert compare([1e9, inf, 3.0], [0.0, 5.0, 2.0]).p == pytest.approx(2 / 8)
    assert compare([-1e9, inf, 3.0], [0.0, 5.0, 2.0]).p == pytest.approx(6 / 8)


def test_only_shared_seeds_are_paired() -> None:
    found = paired("a", "b", {"a": {1: 0.0, 2: 0.0, 3: 0.0}, "b": {2: 1.0, 3: 3.0, 4: 100.0}})

    assert found is not None
    assert (found.seeds, found.difference) == ((2, 3), -2.0)


@pytest.mark.parametrize("second", [{}, {1: 0.0}, {7: 0.0, 8: 0.0}])
def test_fewer_than_two_shared_seeds_are_no_comparison(second: dict[int, float]) -> None:
    assert paired("a", "b", {"a": {1: 0.0, 2: 0.0}, "b": second}) is None


def test_holm_multiplies_the_smallest_p_by_their_number_and_never_falls() -> None:
    adjusted = [one.adjusted for one in holm([with_p(0.01), with_p(0.04), with_p(0.03)])]

    assert adjusted == pytest.approx([0.03, 0.06, 0.06])


def test_holm_stops_at_one_and_leaves_a_single_p_as_it_is() -> None:
    assert [one.adjusted for one in holm([with_p(0.6), with_p(0.7)])] == [1.0, 1.0]
    assert [one.adjusted for one in holm([with_p(0.04)])] == [0.04]
    assert holm([]) == []


@pytest.mark.parametrize(("comparisons", "seeds"), [(1, 6), (5, 8), (8, 9), (15, 10), (190, 13)])
def test_the_least_seeds_are_the_first_whose_smallest_p_survives_holm(
    comparisons: int, seeds: int
) -> None:
    assert least_seeds(comparisons) == seeds
    assert 2.0 ** (1 - seeds) * comparisons <= 0.05 < 2.0 ** (2 - seeds) * comparisons


def test_seeds_decide_if_one_comparison_has_enough_of_them() -> None:
    assert not can_decide([])
    assert not can_decide([with_p(0.1, seeds=5)])
    assert not can_decide([with_p(0.1, seeds=6), with_p(0.1, seeds=6)])
    assert can_decide([with_p(0.1, seeds=7), with_p(0.1, seeds=2)])


VALUES = lists(floats(-10, 10, width=16), min_size=4, max_size=4)


@settings(max_examples=25, deadline=None)
@given(VALUES, VALUES)
def test_what_is_said_of_the_second_mirrors_what_is_said_of_the_first(
    first: list[float], second: list[float]
) -> None:
    one, other = compare(first, second).mirrored(), compare(second, first)

    assert (one.p, one.wilcoxon, one.improved) == pytest.approx(
        (other.p, other.wilcoxon, other.improved)
    )
    assert one.difference == pytest.approx(other.difference)
    assert one.effect == pytest.approx(other.effect)


def test_a_mirrored_interval_begins_at_its_lower_end() -> None:
    one = compare([1.0, 2.0, 6.0], [0.0, 0.0, 0.0])

    assert one.interval == (1.0, 6.0)
    assert one.mirrored().interval == (-6.0, -1.0)


def test_a_mirrored_comparison_of_divergences_has_no_numbers_either() -> None:
    one = compare([1.0, inf], [2.0, 3.0]).mirrored()

    assert (one.first, one.second, one.difference, one.effect) == ("b", "a", None, None)
    assert one.interval is None


def test_intervals_of_few_seeds_hold_the_truth_less_often_than_they_say() -> None:
    random = np.random.default_rng(0)
    found = [compare([*random.normal(0, 1, 5)], [0.0] * 5).interval for _ in range(200)]

    held = np.mean([one is not None and one[0] <= 0 <= one[1] for one in found])
    assert 0.7 < held < 0.9


def test_of_schedules_that_are_the_same_few_are_told_apart() -> None:
    random = np.random.default_rng(0)

    def any_told_apart() -> bool:
        costs = {name: dict(enumerate(random.normal(0, 1, 8))) for name in "abc"}
        pairs = [paired(*names, costs) for names in (("a", "b"), ("a", "c"), ("b", "c"))]
        return any(one.separable for one in holm([one for one in pairs if one is not None]))

    assert np.mean([any_told_apart() for _ in range(150)]) < 0.1  # 0.05 at most, and chance
