from collections.abc import Callable
from pathlib import Path

from lr_plugin.compare.family import families, questions
from lr_plugin.compare.record import RunRecord

Make = Callable[..., RunRecord]


def names(records: list[RunRecord]) -> list[str]:
    return [family.name for family in families(records)]


def test_runs_are_gathered_by_schedule_by_rate_and_by_seed(run: Make) -> None:
    (wsd, cosine) = families(
        [
            run("wsd", 0.3, 1, 0.5),
            run("cosine", 0.1, 0, 0.25),
            run("wsd", 0.1, 0, 0.75),
            run("wsd", 0.3, 0, None),
        ]
    )

    assert [(cell.rate, cell.outcomes()) for cell in wsd.cells] == [
        (0.1, {0: 0.75}),
        (0.3, {0: None, 1: 0.5}),
    ]
    assert (cosine.name, cosine.cells[0].outcomes()) == ("cosine", {0: 0.25})


def test_only_results_are_gathered(run: Make) -> None:
    (wsd,) = families(
        [
            run("wsd", 0.1, 0, 0.5, status="failed"),
            run("wsd", 0.1, 1, None, status="running"),
            run("wsd", 0.1, 2, None, status="finished"),
            run("wsd", 0.1, 3, float("nan")),
            run("wsd", 0.1, 4, 0.5),
        ]
    )

    assert wsd.cells[0].outcomes() == {3: None, 4: 0.5}


def test_a_run_without_a_recipe_has_a_name_too(run: Make) -> None:
    assert names([run(None, 0.1, 0, 0.5)]) == ["own"]


def test_the_hash_of_a_family_decides_where_there_is_one(run: Make) -> None:
    records = [
        run("wsd", 0.1, 0, 0.5, family_hash="a", overrides=("optimizer.lr=0.1", "x=1")),
        run("wsd", 0.3, 0, 0.5, family_hash="a", overrides=("+optimizer.lr=0.3", "x=2")),
        run("wsd", 0.3, 0, 0.5, family_hash="b", overrides=("optimizer.lr=0.3", "x=2")),
    ]

    assert names(records) == ["wsd", "wsd x=2"]


def test_configs_that_differ_in_more_than_overrides_say_are_numbered(run: Make) -> None:
    records = [run("wsd", 0.1, 0, 0.5, family_hash=name) for name in "ab"]

    assert names(records) == ["wsd #1", "wsd #2"]


def test_of_runs_with_the_same_seed_and_rate_the_first_counts(run: Make) -> None:
    first, again = run("wsd", 0.1, 0, 0.5), run("wsd", 0.1, 0, 0.9, folder="again")
    (wsd,) = families([first, again])

    assert wsd.cells[0].outcomes() == {0: 0.5}
    assert wsd.repeated == (again,)


def test_runs_that_measure_different_things_are_different_questions(run: Make) -> None:
    found = questions(
        [
            run("wsd", 0.1, 0, 0.5, folder="c"),
            run("wsd", 0.1, 0, 0.5, folder="b", metric="val/acc", mode="max"),
            run("wsd", 0.1, 0, 0.5, folder="a", task="mnist"),
            run("wsd", 0.1, 1, 0.5, folder="d"),
        ]
    )

    assert [[record.folder for record in group] for group in found] == [
        [Path("a")],
        [Path("b")],
        [Path("c"), Path("d")],
    ]


def test_a_run_that_was_refused_for_its_metric_is_told_with_the_others_of_its_task(
    run: Make,
) -> None:
    refused = run("wsd", 0.1, 2, None, folder="a", metric="", status="failed")
    others = [run("wsd", 0.1, seed, 0.5, folder=f"b{seed}") for seed in (0, 1)]

    assert questions([refused, *others]) == [[*others, refused]]
    assert questions([refused]) == [[refused]]
