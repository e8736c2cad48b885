"""Comparisons as plain values, for other programs: JSON and CSV."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lr_plugin.compare.answer import Answer
from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.page import Page
from lr_plugin.compare.row import beside, rows
from lr_plugin.compare.said import applied

__all__ = ["runs_to_csv", "schedules_to_csv", "to_json"]


def to_json(answer: Answer) -> str:
    """Return everything; null stands where there is no number.

    Parameters
    ----------
    answer : Answer
        What was found.
    """
    content = {
        "schema": 1,
        "comparisons": [_page(one) for one in answer.pages],
        "did_not_finish": [f"{name}  {why}" for name, why in answer.troubles],
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def schedules_to_csv(answer: Answer) -> str:
    """Return a line for each schedule, with all digits.

    Parameters
    ----------
    answer : Answer
        What was found; each line says which task and metric it belongs to.
    """
    return _csv(
        {**_about(page.comparison), **row.flat()}
        for page in answer.pages
        for row in rows(page.comparison)
    )


def runs_to_csv(answer: Answer) -> str:
    """Return a line for each run that has a result, at every learning rate.

    Parameters
    ----------
    answer : Answer
        What was found; each line says which task and metric it belongs to.
    """
    return _csv(
        {**_about(page.comparison), **line}
        for page in answer.pages
        for line in _runs(page.comparison)
    )


def _page(page: Page) -> dict[str, Any]:
    one = page.comparison
    return {
        **_about(one),
        "logarithmic": one.scale.logarithmic,
        "budgets": list(one.budgets),
        "budgets_in_seconds": list(one.times),
        "baseline": one.baseline,
        "reference": one.reference,
        "verdict": list(page.verdict),
        "caveats": list(page.caveats),
        "advice": list(page.advised.sentences) if page.advised else [],
        "schedules": [row.flat() for row in rows(one)],
        "pairs": [asdict(beside(one, pair)) for pair in one.pairs],
        "runs": list(_runs(one)),
    }


def _about(one: Comparison) -> dict[str, Any]:
    return {"task": one.task, "metric": one.metric, "mode": one.scale.mode}


def _runs(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for one in comparison.candidates:
        for cell in one.family.cells:
            for seed, outcome in cell.outcomes().items():
                yield {
                    "schedule": one.name,
                    "learning_rate": cell.rate,
                    "seed": seed,
                    "final": outcome,
                    "diverged": outcome is None,
                    "applied": applied(cell.runs[seed].advice),
                    "reports": cell is one.cell and seed in one.report,
                    "folder": str(cell.runs[seed].folder),
                }


def _csv(lines: Iterator[dict[str, Any]]) -> str:
    known = list(lines)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(known[0]) if known else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(known)
    return text.getvalue()
