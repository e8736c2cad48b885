"""What is kept of a study: a few numbers that can be read, checked and compared with later ones."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from statistics import fmean, geometric_mean
from typing import TYPE_CHECKING, Any

from lr_plugin.compare.row import rows
from lr_plugin.compare.table import to_markdown
from lr_plugin.compare.words import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lr_plugin.compare.candidate import Candidate
    from lr_plugin.compare.page import Page

PACKAGES = ("lr-plugin", "torch", "pytorch-lightning", "hydra-core", "numpy", "scipy")
LEFT_OUT = ("effect", "P(better)")  # a page is narrower than a report


def summary(name: str, page: Page, cost: float) -> dict[str, Any]:
    """Return all that is kept of a study whose runs took `cost` seconds of processor time."""
    comparison = page.comparison
    found: dict[str, Any] = {
        "schema": 1,
        "study": name,
        "task": comparison.task,
        "metric": comparison.metric,
        "mode": comparison.scale.mode,
        "logarithmic": comparison.scale.logarithmic,
        "baseline": comparison.baseline,
        "reference": comparison.reference,
        "steps": list(comparison.budgets),
        "runs": len(comparison.runs),
        "cpu_seconds": round(cost),
        "versions": versions(),
        "schedules": [row.flat() for row in rows(comparison)],
        "finals": {one.name: one.cell.outcomes(one.report) for one in comparison.candidates},
        "tuning": {one.name: tuned(one) for one in comparison.candidates},
        "table": narrow(page.content),
        "verdict": list(page.verdict),
        "caveats": list(page.caveats),
    }
    plain: dict[str, Any] = json.loads(json.dumps(found))  # as it will be read again
    return plain


def tuned(one: Candidate) -> dict[str, list[float | None]]:
    """Return the outcomes on the tuning seeds at each learning rate."""
    return {str(cell.rate): list(cell.outcomes(one.tuning).values()) for cell in one.family.cells}


def versions() -> dict[str, str]:
    """Return what the numbers depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def narrow(content: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return a table without the columns that a page has no room for."""
    header = content[0]
    return [
        [cell for name, cell in zip(header, line, strict=True) if name not in LEFT_OUT]
        for line in content
    ]


def size(kept: Mapping[str, Any]) -> str:
    """Say how long a study took."""
    minutes = kept["cpu_seconds"] / 60
    each = kept["cpu_seconds"] / kept["runs"]
    steps = " or ".join(str(number) for number in kept["steps"])
    return (
        f"{kept['runs']} runs of {steps} steps: {minutes:.0f} minutes of one core, "
        f"{each:.1f} s a run."
    )


def told(kept: Mapping[str, Any]) -> str:
    """Return what a page shows of a study: its table, what follows, and how long it took."""
    caveats = "\n".join(f"- {sentence}" for sentence in kept["caveats"])
    words = (" ".join(kept["verdict"]), caveats)
    rates = f"On the tuning seeds, at each learning rate:\n\n{to_markdown(sensitivity(kept))}"
    parts = [to_markdown(kept["table"]), *words, rates, size(kept)]
    return "\n\n".join(part for part in parts if part)


def sensitivity(kept: Mapping[str, Any]) -> list[list[str]]:
    """Return a table of what each schedule came to on the tuning seeds at each learning rate."""
    centre = geometric_mean if kept["logarithmic"] else fmean
    rates = sorted({rate for tried in kept["tuning"].values() for rate in tried}, key=float)
    lines = [
        [schedule, *(middle(tried.get(rate, []), centre) for rate in rates)]
        for schedule, tried in kept["tuning"].items()
    ]
    return [["schedule", *(f"{float(rate):g}" for rate in rates)], *lines]


def middle(outcomes: Sequence[float | None], centre: Callable[[Sequence[float]], float]) -> str:
    """Return the mean of some runs in words; a run that diverged is never averaged."""
    finite = [outcome for outcome in outcomes if outcome is not None]
    if len(finite) < len(outcomes):
        return f"{len(outcomes) - len(finite)} of {len(outcomes)} diverged"
    return number(centre(finite)) if finite else "-"


def fill(text: str, kept: Mapping[str, Any]) -> str:
    """Return a page with what it shows of this study replaced.

    Raises
    ------
    ValueError
        If the page has no place for it.
    """
    begin, end = f"<!-- {kept['study']} -->\n", f"<!-- end of {kept['study']} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no lines {begin.strip()!r} and {end!r} to write between")
    return f"{before}{begin}\n{told(kept)}\n\n{end}{after}"


def read(path: Path) -> dict[str, Any]:
    """Read a summary."""
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return kept


def write(path: Path, kept: Mapping[str, Any]) -> None:
    """Write a summary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
