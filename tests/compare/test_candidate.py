from collections.abc import Callable
from dataclasses import replace
from math import exp

import pytest

from lr_plugin.compare.candidate import Candidate, candidate
from lr_plugin.compare.family import families
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.scale import Scale
from lr_plugin.compare.tried import tried

Make = Callable[..., RunRecord]
LINEAR = Scale(mode="min", logarithmic=False)


def of(records: list[RunRecord], scale: Scale = LINEAR) -> Candidate:
    (family,) = families(records)
    return candidate(family, scale)


def grid(run: Make, values: dict[float, list[float | None]], first: int = 0) -> list[RunRecord]:
    return [
        run("wsd", rate, seed, value)
        for rate, finals in values.items()
        for seed, value in enumerate(finals, first)
    ]


def test_one_rate_is_no_choice_and_all_its_seeds_report(run: Make) -> None:
    one = of(grid(run, {0.1: [1.0, 2.0, 6.0]}))

    assert (one.choice, one.tuning, one.report, one.fresh) == (None, (), (0, 1, 2), True)
    assert (one.mean, one.median, one.worst) == (3.0, 2.0, 6.0)


def test_tuning_seeds_choose_and_fresh_seeds_report(run: Make) -> None:
    tuning = grid(run, {0.1: [2.0, 2.0], 0.3: [1.0, 1.0], 1.0: [3.0, 3.0]})
    one = of(tuning + grid(run, {0.3: [5.0, 7.0]}, first=10))

    assert one.choice is not None
    assert (one.choice.rate, one.tuning, one.report, one.fresh) == (0.3, (0, 1), (10, 11), True)
    assert one.mean == 6.0


def test_fresh_seeds_have_no_say_in_the_choice(run: Make) -> None:
    tuning = grid(run, {0.1: [2.0, 2.0], 0.3: [1.0, 1.0], 1.0: [3.0, 3.0]})
    one = of(tuning + grid(run, {0.3: [900.0, 900.0]}, first=10))

    assert one.cell.rate == 0.3


def test_without_fresh_seeds_those_that_chose_report_and_it_is_known(run: Make) -> None:
    one = of(grid(run, {0.1: [2.0, 2.0], 0.3: [1.0, 1.0], 1.0: [3.0, 3.0]}))

    assert (one.report, one.fresh) == ((0, 1), False)


def study(
    run: Make, values: dict[float, list[float | None]], report: list[float]
) -> list[RunRecord]:
    """Tune with seeds 1000 and 1001, and report with seeds 0, 1, 2 at some of the rates."""
    tuning = [replace(one, tuning=True) for one in grid(run, values, first=1000)]
    return [*tuning, *grid(run, {rate: [5.0, 7.0, 9.0] for rate in report})]


@pytest.mark.parametrize("report", [[0.3], [0.1, 0.3], [0.1, 0.3, 1.0]])
def test_the_seeds_with_which_a_study_tunes_choose_wherever_the_others_ran(
    run: Make, report: list[float]
) -> None:
    one = of(study(run, {0.1: [2.0, 2.0], 0.3: [1.0, 1.0], 1.0: [3.0, 3.0]}, report))

    assert (one.cell.rate, one.tuning, one.report) == (0.3, (1000, 1001), (0, 1, 2))
    assert (one.fresh, one.mean) == (True, 7.0)


def test_the_seed_with_which_a_study_would_have_chosen_does_not_report(run: Make) -> None:
    one = of(study(run, {0.1: [2.0, 3.0]}, [0.1]))

    assert (one.choice, one.report, one.fresh) == (None, (0, 1, 2), True)


def test_a_study_that_has_not_come_to_its_report_shows_what_it_tuned_with(run: Make) -> None:
    one = of(study(run, {0.1: [2.0, 2.0], 0.3: [1.0, 1.0]}, []))

    assert (one.report, one.fresh) == ((1000, 1001), False)


def test_a_seed_that_is_missing_at_a_rate_does_not_choose(run: Make) -> None:
    one = of([*grid(run, {0.1: [2.0, 2.0], 0.3: [3.0, 3.0]}), run("wsd", 0.3, 2, -100.0)])

    assert (one.tuning, one.cell.rate) == ((0, 1), 0.1)


def test_without_a_seed_at_all_rates_all_of_them_choose(run: Make) -> None:
    one = of([run("wsd", 0.1, 0, 2.0), run("wsd", 0.3, 1, 1.0), run("wsd", 1.0, 2, 4.0)])

    assert (one.tuning, one.cell.rate, one.report) == ((0, 1, 2), 0.3, (1,))


def test_the_mean_of_what_has_logarithms_is_geometric(run: Make) -> None:
    one = of(grid(run, {0.1: [exp(1), exp(3)]}), Scale(mode="min", logarithmic=True))

    assert one.mean == pytest.approx(exp(2))


def test_with_a_divergence_there_is_no_mean_and_the_worst_is_no_number(run: Make) -> None:
    one = of(grid(run, {0.1: [1.0, None, 2.0]}))

    assert (one.mean, one.median, one.worst, one.diverged) == (None, 2.0, None, 1)


def test_a_median_that_falls_on_a_divergence_is_no_number(run: Make) -> None:
    assert of(grid(run, {0.1: [1.0, None]})).median is None


def test_any_schedule_with_a_divergence_comes_after_all_without(run: Make) -> None:
    steady, lucky = of(grid(run, {0.1: [9.0, 9.0, 9.0]})), of(grid(run, {0.1: [1.0, 1.0, None]}))

    assert steady.order < lucky.order < of(grid(run, {0.1: [0.0, None, None]})).order


def test_every_rate_that_was_tried_is_told_over_the_tuning_seeds(run: Make) -> None:
    records = grid(run, {0.1: [2.0, 4.0], 0.3: [1.0, 1.5], 1.0: [3.0, None], 3.0: [None, None]})
    one = of([*records, run("wsd", 0.3, 10, 77.0)])

    assert [
        (t.rate, t.chosen, t.seeds, t.diverged, t.median, t.least, t.most) for t in tried(one)
    ] == [
        (0.1, False, 2, 0, 3.0, 2.0, 4.0),
        (0.3, True, 2, 0, 1.25, 1.0, 1.5),
        (1.0, False, 2, 1, None, 3.0, 3.0),
        (3.0, False, 2, 2, None, None, None),
    ]


def test_a_rate_that_nobody_knows_is_at_no_end_of_a_grid(run: Make) -> None:
    unknown = [run("wsd", None, seed, 0.5) for seed in range(2)]
    one = of([*grid(run, {0.1: [2.0, 2.0], 0.3: [1.0, 1.0]}), *unknown])

    assert one.choice is not None
    assert (one.cell.rate, one.choice.edge) == (None, None)


def test_a_rate_that_nobody_knows_is_one_rate(run: Make) -> None:
    one = of([run("wsd", None, seed, 1.0) for seed in range(2)])

    assert (one.cell.rate, tried(one)[0].rate) == (None, None)
