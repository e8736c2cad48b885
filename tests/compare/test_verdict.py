"""What is said is true: of hand-made results, which are told apart and why others are not."""

from collections.abc import Callable, Sequence

import pytest

from lr_plugin.compare.baseline import UnknownBaselineError, refuse_unknown
from lr_plugin.compare.comparison import Comparison, compare
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.verdict import verdict

Make = Callable[..., RunRecord]
NOISE = (0.0, 0.3, -0.2, 0.1, -0.1, 0.2, -0.3, 0.4, -0.4, 0.05)


def results(
    run: Make, levels: dict[str, float], seeds: Sequence[int] = range(10)
) -> list[RunRecord]:
    """Seeds of a schedule lie around its level; schedules of equal level are a coin flip apart."""
    return [
        run(name, 0.1, seed, level + 0.01 * NOISE[(seed * (place + 1)) % 10], mode="max")
        for place, (name, level) in enumerate(levels.items())
        for seed in seeds
    ]


def said(records: list[RunRecord], baseline: str | None = None) -> list[str]:
    return verdict(compare(records, baseline))


def test_the_sentence_tells_who_is_separable_and_who_is_not(run: Make) -> None:
    assert said(results(run, {"cosine": 0.9, "wsd": 0.9, "constant": 0.5})) == [
        "cosine and wsd are not separable with 10 seeds.",
        "constant is worse than both others.",
    ]


def test_a_winner_of_all_is_told_by_who_is_worse(run: Make) -> None:
    assert said(results(run, {"cosine": 0.9, "wsd": 0.8, "step": 0.7, "constant": 0.7})) == [
        "wsd is worse than cosine.",
        "step is worse than cosine and wsd.",
        "constant is worse than cosine and wsd.",
        "The other pairs are not separable with 10 seeds.",
    ]


def test_the_last_of_many_is_worse_than_all_others(run: Make) -> None:
    assert said(results(run, {"cosine": 0.9, "wsd": 0.8, "step": 0.7, "constant": 0.6}))[-1] == (
        "constant is worse than all others."
    )


def test_not_separable_is_not_passed_on(run: Make) -> None:
    # the best has a lucky seed and is apart from neither, and yet b is always better than c
    finals = {"a": [0.5] * 9 + [9.0], "b": [0.52] * 10, "c": [0.51] * 10}
    records = [
        run(name, 0.1, seed, final, mode="max")
        for name, row in finals.items()
        for seed, final in enumerate(row)
    ]

    assert said(records) == [
        "a is not separable from b and c with 10 seeds.",
        "c is worse than b.",
    ]


def test_against_a_baseline_only_the_baseline_is_spoken_of(run: Make) -> None:
    levels = {"cosine": 0.9, "wsd": 0.9, "constant": 0.5, "step": 0.5, "exp": 0.1}

    assert said(results(run, levels), "constant") == [
        "cosine and wsd are better than constant.",
        "exp is worse than constant.",
        "step is not separable from constant with 10 seeds.",
    ]


def test_too_few_seeds_are_told_with_how_many_could(run: Make) -> None:
    levels = {"cosine": 0.9, "wsd": 0.7, "constant": 0.5}

    (sentence,) = said(results(run, levels, range(5)))
    assert sentence == (
        "5 seeds cannot decide 3 comparisons, whatever the numbers: the least p value of the exact "
        "test is 0.062, and 0.017 is needed (Holm). 7 seeds could; 7 could decide the 2 "
        "comparisons with a schedule named before as --baseline."
    )
    (sentence,) = said(results(run, levels, range(5)), "wsd")
    assert sentence == (
        "5 seeds cannot decide 2 comparisons, whatever the numbers: the least p value of the exact "
        "test is 0.062, and 0.025 is needed (Holm). 7 seeds could."
    )


def test_seeds_are_enough_exactly_where_an_exact_test_can_be_significant(run: Make) -> None:
    levels = {"cosine": 0.9, "constant": 0.5}

    assert said(results(run, levels, range(5)))[0].startswith("5 seeds cannot decide 1 comparison,")
    assert said(results(run, levels, range(6))) == ["constant is worse than cosine."]


def test_no_result_is_nothing_to_compare(run: Make) -> None:
    assert said([run("wsd", 0.1, 0, None, status="failed")]) == [
        "No run has a result: there is nothing to compare."
    ]


def test_of_runs_that_all_diverged_nothing_is_compared(run: Make) -> None:
    records = [run(name, 0.1, seed, None) for name in ("wsd", "step") for seed in range(9)]

    assert said(records) == ["Every run that reports diverged: there is nothing to compare."]


def test_one_schedule_has_nothing_beside_it(run: Make) -> None:
    assert said([run("wsd", 0.1, seed, 0.5) for seed in range(9)]) == [
        "One schedule, wsd: there is nothing to compare it with."
    ]


def test_one_seed_is_told_with_how_many_could(run: Make) -> None:
    levels = {"cosine": 0.9, "wsd": 0.7, "constant": 0.5}

    (sentence,) = said(results(run, levels, [3]))
    assert sentence == (
        "One seed each: nothing tells a difference between schedules from one between seeds, so no "
        "schedules are compared. 7 seeds could decide 3 comparisons."
    )
    assert said(results(run, levels, [3]), "wsd")[0].endswith("7 seeds could decide 2 comparisons.")


def test_different_budgets_are_not_compared(run: Make) -> None:
    records = [run("wsd", 0.1, seed, 0.5, planned_steps=100) for seed in range(9)]
    records += [run("step", 0.1, seed, 0.9, planned_steps=200) for seed in range(9)]
    found = compare(records)

    assert found.pairs == ()
    (sentence,) = verdict(found)
    assert sentence == (
        "The runs were not given the same budget (100 and 200 optimizer steps): a difference would "
        "be one of the budget too, so no schedules are compared."
    )


def test_a_schedule_alone_is_told_that_its_budgets_differ(run: Make) -> None:
    few, many = (
        [run("a", 0.1, seed, 0.5, planned_steps=10 + seed) for seed in range(n)] for n in (2, 9)
    )

    assert said(few)[0].endswith(
        "Its runs were not given the same budget (10 and 11 optimizer steps)."
    )
    assert said(many)[0].endswith("(10 to 18 optimizer steps).")


def budgets(*records: RunRecord) -> tuple[int, ...]:
    return compare(records).budgets


def test_a_run_that_stopped_early_had_the_budget_that_was_planned(run: Make) -> None:
    assert budgets(
        run("wsd", 0.1, 0, 0.5, planned_steps=100, steps=70),
        run("wsd", 0.1, 1, 0.5, planned_steps=100),
    ) == (100,)


def test_a_run_that_diverged_says_nothing_of_its_budget_unless_it_was_planned(run: Make) -> None:
    known, unknown = run("wsd", 0.1, 0, 0.5, planned_steps=100), run("wsd", 0.1, 1, None, steps=11)

    assert (budgets(known, unknown), compare([known, unknown]).taken) == ((100,), ())
    assert budgets(known, run("wsd", 0.1, 1, None, planned_steps=300)) == (100, 300)


def timed(run: Make, seconds: dict[str, float]) -> list[RunRecord]:
    return [
        run(name, 0.1, seed, place + seed / 99, planned_seconds=time, steps=200 + 7 * seed + place)
        for place, (name, time) in enumerate(seconds.items())
        for seed in range(9)
    ]


def test_runs_that_had_the_same_time_are_compared_however_many_steps_they_took(run: Make) -> None:
    found = compare(timed(run, {"wsd": 60.0, "step": 60.0}))

    assert verdict(found) == ["step is worse than wsd."]
    assert (found.budgets, found.times, found.taken) == ((), (60.0,), ())


def test_runs_that_had_different_times_or_some_so_many_steps_are_not_compared(run: Make) -> None:
    records = timed(run, {"wsd": 60.0, "step": 90.5})
    steps = run("rex", 0.1, 0, 0.5, planned_steps=100)

    assert "the same budget (60 and 90.5 seconds): a" in said(records)[0]
    assert "(100 optimizer steps and 60 seconds): a" in said([*records[:9], steps])[0]


def test_runs_of_which_nobody_knows_the_budget_are_compared(run: Make) -> None:
    found = compare(timed(run, {"wsd": 0.0, "step": 0.0}))

    assert verdict(found) == ["step is worse than wsd."]
    assert found.taken[::17] == (200, 257)


def test_unpaired_seeds_are_not_compared(run: Make) -> None:
    records = [run("wsd", 0.1, seed, 0.5) for seed in range(9)]
    records += [run("step", 0.1, seed, 0.9) for seed in range(10, 19)]

    (sentence,) = said(records)
    assert sentence == (
        "Too few seeds are paired: no two schedules have two in common, so none are compared. Run "
        "all of them with the same seeds."
    )


def test_a_baseline_on_seeds_of_its_own_is_compared_to_nothing(run: Make) -> None:
    records = results(run, {"wsd": 0.9, "step": 0.5})
    records += [run("cosine", 0.1, seed, 0.9, mode="max") for seed in range(30, 39)]

    (sentence,) = said(records, "cosine")
    assert sentence.startswith(
        "Too few seeds are paired: no other schedule has two in common with cosine, so none"
    )


@pytest.mark.parametrize(
    ("levels", "first"),
    [
        ({"wsd": 0.8, "step": 0.5}, "step is worse than wsd."),
        ({"wsd": 0.8, "step": 0.8}, "wsd and step are not separable with 10 seeds."),
    ],
)
def test_others_are_compared_to_the_best_that_shares_seeds(
    run: Make, levels: dict[str, float], first: str
) -> None:
    records = results(run, levels)
    records += [run("cosine", 0.1, seed, 0.99, mode="max") for seed in range(30, 39)]

    assert said(records)[0] == first
    assert "2 of 3 comparisons are left out" in said(records)[1]
    assert compare(records).reference in levels


def test_comparisons_that_could_not_be_paired_are_counted(run: Make) -> None:
    records = results(run, {"cosine": 0.9, "constant": 0.5})
    records += [run("wsd", 0.1, seed, 0.7, mode="max") for seed in range(20, 30)]
    left_out = "those schedules are unpaired, they have fewer than two seeds in common."

    assert said(records) == [
        "constant is worse than cosine.",
        f"2 of 3 comparisons are left out: {left_out}",
    ]
    assert said(records, "constant")[-1] == f"1 of 2 comparisons are left out: {left_out}"


def test_seeds_that_differ_from_pair_to_pair_are_told_as_a_range(run: Make) -> None:
    records = results(run, {"cosine": 0.9, "wsd": 0.9})
    records += results(run, {"x": 0, "y": 0, "sgdr": 0.9}, range(4))[8:]

    assert said(records)[0].endswith("are not separable with 4 to 10 seeds.")


def test_a_divergence_loses(run: Make) -> None:
    records = results(run, {"cosine": 0.5})
    records += [run("wild", 0.1, seed, None if seed < 9 else 0.9, mode="max") for seed in range(10)]

    assert said(records) == ["wild is worse than cosine."]


def test_a_baseline_that_is_not_there_is_refused_with_a_guess(run: Make) -> None:
    records = results(run, {"cosine": 0.9, "constant": 0.5}, [0])

    with pytest.raises(UnknownBaselineError, match="did you mean 'constant'"):
        refuse_unknown(records, "constnat")
    with pytest.raises(UnknownBaselineError, match=r"there are constant, cosine$"):
        refuse_unknown(records, "zzz")


def test_a_baseline_among_no_results_is_refused(run: Make) -> None:
    with pytest.raises(UnknownBaselineError, match="there are none"):
        refuse_unknown([run("wsd", 0.1, 0, None, status="failed")], "wsd")


def test_a_comparison_is_found_from_both_sides(run: Make) -> None:
    found: Comparison = compare(results(run, {"cosine": 0.9, "constant": 0.5}))
    there, back = found.against("cosine", "constant"), found.against("constant", "cosine")

    assert there is not None
    assert back == there.mirrored()
    assert found.against("cosine", "cosine") is None
