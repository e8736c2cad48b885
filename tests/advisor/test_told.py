"""What was told: one line and one page for the log, the command and TensorBoard alike."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lr_plugin.advisor import Signal, Statistics, Window, advise, line, page, statistics
from lr_plugin.advisor.told import Told

Record = Callable[..., Window]


def descended(record: Record, rate: float) -> Statistics:
    """Return the statistics of a descent on a bowl."""
    start = np.ones(3)
    window = record(
        start, lambda p, _: p, lambda p, _: float(p @ p) / 2, rate=rate, steps=40, every=2
    )
    return statistics(replace(window, probes=()))


def test_what_was_applied_ends_the_line(record: Record) -> None:
    advice = advise(descended(record, 1e-3))
    told = Told(advice=advice, rate=1e-3, applied=10 / 3)

    assert advice.factor == 10
    assert told.line == f"{line(advice, 1e-3)} Applied: 3.33x, to 0.00333, as far as it may go."
    assert replace(told, applied=9.9999).line.endswith(" Applied: 10x, to 0.01.")
    assert told.page.startswith(f"{told.line}\n\n| statistic ")
    assert told.plain["applied"] == 10 / 3
    assert line(advice, applied=10.0).endswith(" Applied: 10x.")


def test_nothing_is_said_of_what_was_not_done(record: Record) -> None:
    advice = advise(descended(record, 1e-3))
    told = Told(advice=advice, rate=1e-3)

    assert (told.line, told.page) == (line(advice, 1e-3), page(advice, 1e-3))
    assert (told.plain["applied"], told.plain["groups"]) == (1, {})


def test_each_group_has_a_row_with_what_it_says(record: Record) -> None:
    low, high = descended(record, 1e-3), descended(record, 1.9)
    told = Told(advice=advise(low), rate=1e-3, groups={"a|b": low, "head": high})
    *_, table, about = told.page.split("\n\n")

    assert table.splitlines() == [
        "| group | alignment     | directedness     | displacement  | coherence |",
        "|-------|---------------|------------------|---------------|-----------|",
        "| a\\|b  | 1 (increase)  | 1 (increase)     | 1 (increase)  | 1         |",
        "| head  | -1 (decrease) | -0.48 (decrease) | -1 (decrease) | -1        |",
    ]
    assert about.startswith("What each group says is evidence, not a verdict: thresholds were")
    assert json.loads(json.dumps(told.plain))["groups"]["head"][0]["says"] == "decrease"


def test_a_group_that_did_not_move_has_dashes_and_null_and_noise_is_named(record: Record) -> None:
    low, still = descended(record, 1e-3), descended(record, 0.0)
    noisy = replace(still, coherence=Signal(value=0.01))
    told = Told(advice=advise(low), rate=1e-3, groups={"frozen": noisy})

    assert told.page.split("\n\n")[-2].endswith(" | -            | 0.01 (mostly noise) |")
    values = [each["value"] for each in told.plain["groups"]["frozen"]]
    assert values == [None, None, None, 0.01]
