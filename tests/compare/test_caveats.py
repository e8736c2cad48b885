import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lr_plugin.compare.caveats import caveats
from lr_plugin.compare.comparison import compare
from lr_plugin.compare.expected import expected_rates, factors
from lr_plugin.compare.record import RunRecord
from lr_plugin.schedule import Cosine, Firing, Schedule, Span, dump
from lr_plugin.schedule.bound import peak_ratio

Make = Callable[..., RunRecord]


def said(records: Iterable[RunRecord]) -> list[str]:
    return caveats(compare([*records]))


def one(sentences: list[str], start: str) -> str:
    (found,) = (sentence for sentence in sentences if sentence.startswith(start))
    return found


def plan(folder: Path, schedule: object, steps: int | None = 100, **more: object) -> None:
    folder.mkdir()
    rule = {"schedule": schedule, "steps": steps, "end": steps, "events": [], **more}
    (folder / "schedule.json").write_text(json.dumps({"rules": {"lr": rule}}))


def test_one_shared_learning_rate_is_told(run: Make) -> None:
    sentence = (
        "All ran at one shared learning rate, 0.1: nothing here says that it is near the best"
    )

    assert said(run(name, 0.1, seed, 1.0) for name in "ab" for seed in (0, 1)) == [
        f"{sentence} of any."
    ]


def test_a_shared_rate_that_nobody_knows_is_told_without_a_number(run: Make) -> None:
    assert one(said(run(name, None, 0, 1.0) for name in "ab"), "All ran at one shared").startswith(
        "All ran at one shared learning rate: nothing"
    )


def test_by_theory_the_best_rates_at_a_shared_rate_differ(run: Make, tmp_path: Path) -> None:
    cosine = {"kind": "sequence", "phases": {"main": {"kind": "cosine"}}}
    plan(tmp_path / "c", cosine)
    plan(tmp_path / "k", {"kind": "constant"})
    records = [run("cosine", 0.1, 0, 1.0, folder=tmp_path / "c")]
    records += [run("constant", 0.1, 0, 1.0, folder=tmp_path / "k")]
    ratio = peak_ratio(Cosine().over(Span(100))(np.arange(100)), np.ones(100))

    assert expected_rates(compare(records).candidates) == {
        "constant": 1.0,
        "cosine": pytest.approx(ratio),
    }
    assert one(said(records), "By a bound") == (
        f"By a bound of convex theory the best learning rate of cosine is {ratio:.2g} times that "
        "of constant."
    )


def test_theory_has_no_say_where_budgets_differ(run: Make, tmp_path: Path) -> None:
    for name in ("cosine", "constant"):
        plan(tmp_path / name, {"kind": name})
    records = [
        run(name, 0.1, 0, 1.0, folder=tmp_path / name, planned_steps=steps)
        for name, steps in (("cosine", 100), ("constant", 50))
    ]
    unknown = [replace(one, planned_steps=None, steps=one.planned_steps or 0) for one in records]

    assert len(said(records)) == 1
    assert said(unknown)[0] == (
        "! Of some runs it is not known what budget they were given; they took 50 to 100 optimizer "
        "steps, and a difference may be one of that too."
    )
    assert len(said(unknown)) == 2


def test_a_budget_that_nobody_knows_is_told_unless_all_took_as_many_steps(run: Make) -> None:
    def told(steps: int, **other: float) -> int:
        records = [run("a", 0.1, 0, 1.0, steps=steps), run("b", 0.1, 0, 1.0, **other)]
        return sum("not known what budget" in each for each in said(records))

    assert told(90, planned_steps=90) == told(100) == 0
    assert told(90, planned_steps=100) == told(90) == told(90, planned_seconds=60) == 1


def test_where_theory_expects_the_same_rate_nothing_is_said_of_it(
    run: Make, tmp_path: Path
) -> None:
    for name in "ab":
        plan(tmp_path / name, {"kind": "constant"})

    assert len(said(run(name, 0.1, 0, 1.0, folder=tmp_path / name) for name in "ab")) == 1


def test_the_events_of_a_run_are_in_its_factors(tmp_path: Path) -> None:
    drop = {
        "kind": "product",
        "factors": {"a": {"kind": "constant"}, "b": {"kind": "drop", "event": "p", "factor": 0.5}},
    }
    plan(
        tmp_path / "run", drop, events=[{"event": "p", "step": 60, "value": 1.0, "latched": False}]
    )
    found = factors(tmp_path / "run")

    assert found is not None
    assert (found[59], found[60]) == (1.0, 0.5)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "[]",
        '{"rules": {}}',
        '{"rules": {"lr": {"schedule": {"kind": "no"}, "steps": 9, "end": 9, "events": []}}}',
        '{"rules": {"lr": {"schedule": {"kind": "rex"}, "steps": null, "end": 9, "events": []}}}',
        '{"rules": {"lr": {"schedule": {"kind": "hold"}, "steps": 9, "end": null, "events": 1}}}',
    ],
)
def test_a_plan_that_cannot_be_read_has_no_factors(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "schedule.json").write_text(content)

    assert factors(tmp_path) is None


def test_a_schedule_that_is_never_above_zero_has_no_best_rate(run: Make, tmp_path: Path) -> None:
    plan(tmp_path / "zero", {"kind": "constant", "value": 0.0})
    records = [run(name, 0.1, 0, 1.0, folder=tmp_path / "zero") for name in "ab"]

    assert expected_rates(compare(records).candidates) == {}


def test_one_rate_each_is_told(run: Make) -> None:
    sentence = "Each schedule ran at one learning rate: nothing here says that it is near its best."

    assert sentence in said([run("a", 0.1, 0, 1.0), run("b", 0.3, 0, 1.0)])


def test_unequal_trials_are_told(run: Make) -> None:
    records = [run("a", rate, 0, rate) for rate in (0.1, 0.3, 1.0)]

    assert "Not all schedules chose among the same number of learning rates: 1 to 3." in said(
        [*records, run("b", 0.1, 0, 1.0)]
    )


@pytest.mark.parametrize(
    ("finals", "told"),
    [
        ({0.1: 3.0, 0.3: 2.0, 1.0: 1.0, 3.0: 2.0}, True),
        ({0.03: 2.0, 0.1: 1.0, 0.3: 2.0, 1.0: 3.0}, True),
        ({0.1: 3.0, 0.3: 1.0, 1.0: 2.0, 3.0: 2.0}, False),
        ({0.1: 3.0, 0.2: 1.0, 0.3: 2.0, 1.0: 2.0}, False),
    ],
    ids=["above", "below", "not at the end", "inside"],
)
def test_that_a_grid_went_on_where_the_best_was_is_told(
    run: Make,
    finals: dict[float, float],
    told: bool,  # noqa: FBT001 - a case of the test
) -> None:
    records = [run("wide", rate, 0, final) for rate, final in finals.items()]
    records += [run("a", rate, 0, abs(rate - 0.3) + 1) for rate in (0.1, 0.3, 1.0)]
    sentence = one(said(records), "Not all schedules chose")

    assert sentence.startswith(
        "Not all schedules chose among the same number of learning rates: 3 to 4."
    )
    assert (
        sentence.endswith(
            "More were tried beyond the end where the best was, as a study does: wide."
        )
        is told
    )


def test_a_best_rate_at_an_end_is_told_with_the_end(run: Make) -> None:
    finals = {"low": {0.1: 1.0, 0.3: 2.0, 1.0: 3.0}, "high": {0.1: 3.0, 0.3: 2.0, 1.0: 1.0}}
    finals["inside"] = {0.1: 3.0, 0.3: 1.0, 1.0: 2.0}
    records = [run(name, rate, 0, end) for name in finals for rate, end in finals[name].items()]

    assert one(said(records), "! ") == (
        "! The best learning rate lies at an end of those tried for high (1, the highest) and low "
        "(0.1, the lowest): what is beyond may be better."
    )


def test_results_of_the_seeds_that_chose_are_told_and_fresh_ones_are_not(run: Make) -> None:
    records = [
        run("a", rate, seed, abs(rate - 0.2) + 1) for rate in (0.1, 0.2, 1) for seed in (0, 1)
    ]
    fresh = [run("a", 0.2, seed, 1.0) for seed in (5, 6)]

    assert one(said(records), "The runs that report chose the learning rate of a too, which")
    assert said([*records, *fresh]) == []


def test_a_choice_by_one_seed_is_told(run: Make) -> None:
    records = [run("a", rate, 0, abs(rate - 0.2) + 1) for rate in (0.1, 0.2, 1)]

    assert "Learning rates were chosen on one seed, so the choice is partly luck." in said(records)


def test_rates_that_were_tried_with_different_seeds_are_told(run: Make) -> None:
    records = [run("a", rate, seed, 1.0) for seed, rate in enumerate((0.1, 0.2, 1.0))]

    assert "Not every learning rate of a ran with the same seeds." in said(records)


def test_different_seeds_of_schedules_are_told(run: Make) -> None:
    records = [run("a", 0.1, seed, 1.0 + seed) for seed in range(5)]
    records += [run("b", 0.1, seed, 1.0 + seed) for seed in range(3)]

    assert "Schedules report on different seeds; each comparison uses those that both ran (3)." in (
        said(records)
    )


@pytest.mark.parametrize(("seeds", "told"), [(2, False), (3, True), (9, True), (10, False)])
def test_that_few_seeds_make_narrow_intervals_is_told_where_there_are_any(
    run: Make,
    seeds: int,
    told: bool,  # noqa: FBT001 - a case of the test
) -> None:
    sentence = "With fewer than 10 seeds intervals are narrower than they say: an indication."
    records = [run(name, 0.1, seed, 1.0 + seed) for name in "ab" for seed in range(seeds)]

    assert (sentence in said(records)) is told


def test_divergences_are_counted(run: Make) -> None:
    records = [run("a", 0.1, 0, 1.0), run("a", 0.1, 1, None), run("b", 0.1, 0, None)]

    assert said(records)[-2:] == [
        "a: 1 of 2 runs diverged; they count as the worst.",
        "b: 1 of 1 run diverged; they count as the worst.",
    ]


@pytest.mark.parametrize(
    ("more", "shown"),
    [(1, "again0."), (2, "again0 and again1."), (12, "again8, again9 and 2 more.")],
)
def test_what_was_repeated_is_told(run: Make, more: int, shown: str) -> None:
    again = [run("a", 0.1, 0, 1.0, folder=f"again{number}") for number in range(more)]
    sentence = one(said([run("a", 0.1, 0, 1.0), *again]), "Left aside, because their seed")

    assert sentence.endswith(shown)


def test_what_the_schedule_object_says_is_what_the_file_says(tmp_path: Path) -> None:
    schedule: Schedule = Cosine(end_value=0.1)
    plan(tmp_path / "run", dump(schedule))
    found = factors(tmp_path / "run")

    assert found is not None
    assert found.tolist() == schedule.over(Span(100, log=(Firing("x", 5),)))(range(100)).tolist()


def test_runs_that_do_not_say_their_rate_are_told(run: Make) -> None:
    records = [run("a", rate, seed, 1.0 + seed) for rate in (None, 0.1, 0.3) for seed in (0, 1)]

    assert one(said(records), "Some runs of a do not say at which learning rate")
    assert not any("do not say" in each for each in said(records[2:]))
