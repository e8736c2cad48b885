"""What holds for all records, whatever they are."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import (
    DrawFn,
    booleans,
    composite,
    floats,
    integers,
    none,
    one_of,
    randoms,
)

from lr_plugin.compare.answer import answer
from lr_plugin.compare.comparison import Comparison, compare
from lr_plugin.compare.data import to_json
from lr_plugin.compare.family import questions
from lr_plugin.compare.ranks import ranks
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found

Make = Callable[..., RunRecord]
Cells = dict[tuple[str, float, int], float | None]


@composite
def cells(draw: DrawFn) -> Cells:
    """Outcomes by schedule, rate and seed; None is a divergence."""
    rates = (0.1, 0.3, 1.0)[: draw(integers(1, 3))]
    outcome = one_of(none(), floats(0.125, 8, width=16))
    return {
        (name, rate, seed): draw(outcome)
        for name in "abc"[: draw(integers(1, 3))]
        for rate in rates
        for seed in range(draw(integers(1, 4)))
    }


def records(run: Make, outcomes: Cells, mode: str = "min", sign: int = 1) -> list[RunRecord]:
    return [
        run(*cell, None if final is None else sign * final, mode=mode)
        for cell, final in outcomes.items()
    ]


def told(found: Sequence[RunRecord]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(to_json(answer(Found(records=tuple(found), broken={}))))
    return content


@settings(max_examples=20, deadline=None)
@given(cells(), randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    run: Make, outcomes: Cells, chance: random.Random
) -> None:
    found = records(run, outcomes)
    shuffled = chance.sample(found, len(found))

    assert told(shuffled) == told(found)


@settings(max_examples=20, deadline=None)
@given(cells(), booleans())
def test_the_negative_of_a_metric_in_the_other_direction_is_the_same_comparison(
    run: Make,
    outcomes: Cells,
    zero: bool,  # noqa: FBT001 - drawn
) -> None:
    # a value that is not positive keeps the logarithm out on both sides
    outcomes = {
        cell: None if final is None else final - 9 * zero for cell, final in outcomes.items()
    }
    (one,) = told(records(run, outcomes, "max"))["comparisons"]
    (other,) = told(records(run, outcomes, "min", sign=-1))["comparisons"]
    if other["logarithmic"]:
        return

    assert one["verdict"] == other["verdict"]
    for mine, theirs in zip(one["schedules"], other["schedules"], strict=True):
        assert mirrored(mine) == theirs


def mirrored(row: dict[str, Any]) -> dict[str, Any]:
    turned = ("mean", "median", "worst", "difference", "effect")
    negative = {name: None if row[name] is None else -row[name] for name in turned}
    ends = {"low": row["high"], "high": row["low"]}
    return row | negative | {name: None if end is None else -end for name, end in ends.items()}


def order(found: Comparison) -> list[str]:
    return [one.name for one in found.candidates]


@settings(max_examples=30, deadline=None)
@given(cells(), integers(0, 100))
def test_a_divergence_never_improves_a_rank(run: Make, outcomes: Cells, which: int) -> None:
    # at one rate each: a divergence while tuning may well lead to a better choice
    found = records(run, {cell: final for cell, final in outcomes.items() if cell[1] == 0.1})
    hit = found[which % len(found)]
    after = [replace(one, final=None, status="diverged") if one is hit else one for one in found]
    name = hit.schedule or ""
    before_it, after_it = (compare(questions(group)[0]) for group in (found, after))
    ranked, ranked_after = ranks(before_it.candidates), ranks(after_it.candidates)

    assert order(after_it).index(name) >= order(before_it).index(name)
    for seed_before, seed_after in zip(
        ranked.get(name, ()), ranked_after.get(name, ()), strict=True
    ):
        assert seed_after >= seed_before


@settings(max_examples=20, deadline=None)
@given(cells())
def test_no_number_is_given_for_what_diverged(run: Make, outcomes: Cells) -> None:
    found = compare(questions(records(run, outcomes))[0])
    ends = {one.name: one.outcomes for one in found.candidates}

    for one in found.candidates:
        assert (one.mean is None) == (None in one.outcomes.values())
    for pair in found.pairs:
        both = [ends[name][seed] for name in (pair.first, pair.second) for seed in pair.seeds]
        assert (pair.difference is None) == (None in both)
