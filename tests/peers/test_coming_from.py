"""Each row of the page for people who come from elsewhere does what it says."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml
from hydra.utils import instantiate

from lr_plugin.recipe import recipe_names
from lr_plugin.schedule import Span, load
from tests.peers.page import (
    SECTIONS,
    TEXT,
    Row,
    called,
    cells,
    rows,
    sections,
    without_modules,
)
from tests.peers.table import ALL, INDEX, Ours, unlike

D2L: dict[str, Callable[..., float]] = {
    "SquareRootScheduler": lambda t, lr: lr * (t + 1) ** -0.5,
    "FactorScheduler": lambda t, factor, stop_factor_lr, base_lr: max(
        stop_factor_lr, base_lr * factor ** (t + 1)
    ),
    "CosineScheduler": lambda t, max_update, base_lr, final_lr, warmup_steps: (
        base_lr * t / warmup_steps
        if t < warmup_steps
        else final_lr
        + (base_lr - final_lr)
        * (
            1
            + math.cos(math.pi * (min(t, max_update) - warmup_steps) / (max_update - warmup_steps))
        )
        / 2
    ),
}
BLOCKS = re.findall(r"(?s)```yaml\n# (.*?)\n(.*?)```", TEXT)


def call_of(golden: dict[str, Any]) -> Any:  # noqa: ANN401 - a call, or a list of them
    if "chain" in golden:
        return without_modules(golden["chain"])
    return without_modules({"call": golden["call"], "arguments": golden["arguments"]})


def cases_of(row: Row) -> list[Ours]:
    system = [entry for entry in ALL if entry.golden["system"] == row.system]
    return [entry for entry in system if call_of(entry.golden) == called(row.theirs)]


ROWS = rows()
TRACED = [row for row in ROWS if cases_of(row)]
FROM_THE_BOOK = [row for row in ROWS if not cases_of(row)]


@pytest.mark.parametrize("row", TRACED, ids=str)
def test_a_row_gives_their_numbers(row: Row) -> None:
    (entry,) = cases_of(row)
    span = row.steps
    if isinstance(entry.span, dict):
        assert entry.span["steps"] == span
        entry = replace(entry, schedule=row.ours)
    else:
        entry = replace(entry, schedule=row.ours, span=span)

    assert entry.unlike() == entry.stated


@pytest.mark.parametrize("row", TRACED, ids=str)
def test_a_row_says_what_differs_where_something_does(row: Row) -> None:
    (entry,) = cases_of(row)

    assert len(row.remark) > 10 or not entry.stated


@pytest.mark.parametrize("row", FROM_THE_BOOK, ids=str)
def test_a_row_gives_the_numbers_of_the_books_formula(row: Row) -> None:
    call = called(row.theirs)
    theirs = np.array([D2L[call["call"]](t, **call["arguments"]) for t in range(60)])
    ours = load(row.ours).over(Span(row.steps))(range(60))

    assert unlike(ours, theirs, 1e-12) == []


def test_only_the_book_has_rows_without_a_trace() -> None:
    assert [called(row.theirs)["call"] for row in FROM_THE_BOOK] == list(D2L)
    assert {row.system for row in FROM_THE_BOOK} == {"mxnet"}


@pytest.mark.parametrize("system", SECTIONS.values())
def test_no_scheduler_that_was_traced_is_missing_from_the_page(system: str) -> None:
    traced = [call_of(e.golden) for e in ALL if e.golden["system"] == system]
    named = [called(row.theirs) for row in ROWS if row.system == system]

    assert {c["call"] for c in traced if isinstance(c, dict)} <= {
        c["call"] for c in named if isinstance(c, dict)
    }


def test_every_system_has_its_section_with_its_version() -> None:
    assert list(INDEX["systems"]) == sorted(SECTIONS.values())
    versions = {heading: INDEX["systems"][name]["version"] for heading, name in SECTIONS.items()}

    assert [h for h, version in versions.items() if f" {version}" not in sections()[h]] == []


def test_every_recipe_is_named_and_nothing_else_is() -> None:
    ours = [cell[1] for cell in cells(sections()["By name"])]
    named = {n for cell in ours if "recipe" in cell for n in re.findall(r"`(\w+)`", cell)}

    assert named == set(recipe_names())


@pytest.mark.parametrize("written", re.findall(r"\| `(\{.*\})` \|\n", sections()["By name"]))
def test_what_is_written_beside_a_name_can_be_run(written: str) -> None:
    values = load(yaml.safe_load(written)).over(Span(1000))(range(1001))

    assert np.isfinite(values).all()
    assert values.min() < values.max()


@pytest.mark.parametrize(("theirs", "text"), [b for b in BLOCKS if "momentum:" in b[1]])
def test_rules_move_learning_rate_and_momentum_as_theirs(theirs: str, text: str) -> None:
    (entry,) = [e for e in ALL if call_of(e.golden) == called(theirs)]
    written = yaml.safe_load(text)
    schedule = written["lr"]["schedule"]
    page = replace(entry, schedule=schedule, momentum=written["momentum"])

    assert page.unlike() == page.unlike("momentum") == entry.stated


@pytest.mark.parametrize(("theirs", "text"), [b for b in BLOCKS if "interop" in b[1]])
def test_a_scheduler_that_is_brought_keeps_its_numbers(theirs: str, text: str) -> None:
    (entry,) = [e for e in ALL if call_of(e.golden) == called(theirs)]
    callback = instantiate(yaml.safe_load(text), _convert_="all", _recursive_=False)
    values = callback.rules[0].schedule.over(Span(25))(range(25))

    assert unlike(values, entry.theirs["value"][:25], 1e-12) == []


def test_every_block_of_the_page_is_run() -> None:
    assert len(BLOCKS) == TEXT.count("```") / 2 == 3


@pytest.mark.parametrize(
    "row",
    [
        Row(
            "torch", "StepLR(step_size=4, gamma=0.5)", 18, {"kind": "step", "every": "5 steps"}, ""
        ),
        Row("torch", "ExponentialLR(gamma=0.9)", 9, {"kind": "linear"}, ""),
    ],
    ids=str,
)
def test_a_row_that_is_wrong_is_caught(row: Row) -> None:
    with pytest.raises(AssertionError):
        test_a_row_gives_their_numbers(row)


def test_noam_is_the_formula_of_its_paper() -> None:
    width, rise = 512, 400
    warmup = {"kind": "linear", "start_value": 0.0, "end_value": 1.0, "duration": "400 steps"}
    decay = {"kind": "inverse_sqrt", "timescale": "400 steps"}
    noam = load({"kind": "sequence", "phases": {"warmup": warmup, "decay": decay}})
    steps = np.arange(1, 5000)
    paper = width**-0.5 * np.minimum(steps**-0.5, steps * rise**-1.5)

    assert unlike((width * rise) ** -0.5 * noam.over(Span(None))(steps), paper, 1e-12) == []
