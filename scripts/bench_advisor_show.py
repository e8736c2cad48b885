"""The scores of the advisor as text."""

from __future__ import annotations

from itertools import pairwise
from math import isinf
from typing import TYPE_CHECKING, Any

from bench_advisor_parts import DECADES, Bin
from bench_advisor_score import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADING = (
    "balanced accuracy, recalls of decrease, keep, increase; wrong direction, precision of\n"
    "actions, recall of rates a decade or more off; in brackets 95 % intervals over configurations"
)


def show(title: str, found: dict[str, Any]) -> list[str]:
    """Return what is known of some problems, as lines."""
    return [
        f"\n{title}: {found['configurations']} configurations of {found['tasks']} tasks",
        *(line(Row(**each)) for each in found["rows"]),
        f"  the advisor's intervals over tasks: {over_tasks(found['over tasks'])}",
        f"  right actions by confidence: {confidence(found['confidence'])}",
        f"  {worth_line(found['worth'])}",
        *distances([Bin(**each) for each in found["distances"]]),
        *(text for name, rows in found["parts"].items() for text in part(name, rows)),
    ]


def line(each: Row) -> str:
    """Return a row of the table."""
    low, high = each.intervals["balanced"]
    precision, far = (_percent(*each.intervals[name]) for name in ("precision", "far"))
    return (
        f"  {each.method:<24}{each.balanced:5.2f} [{low:.2f}, {high:.2f}]  {_recalls(each)}  "
        f"{each.wrong:6.1%}  {each.precision:4.0%} {precision:<9}  {each.far:4.0%} {far}"
    )


def _recalls(each: Row) -> str:
    return "/".join(f"{recall:.2f}" for recall in each.recalls)


def _percent(low: float, high: float) -> str:
    return f"[{100 * low:.0f}, {100 * high:.0f}]"


def over_tasks(ends: dict[str, Sequence[float]]) -> str:
    """Return the intervals when whole tasks are drawn again."""
    low, high = ends["balanced"]
    precision, far = (_percent(*ends[name]) for name in ("precision", "far"))
    return f"balanced accuracy [{low:.2f}, {high:.2f}], precision {precision}, recall {far}"


def confidence(found: dict[str, Any]) -> str:
    """Return the share of right actions of high and of medium confidence."""
    shares = (
        f"{word} {each['precision']:.0%} of {each['actions']}" for word, each in found.items()
    )
    return ", ".join(shares)


def distances(bins: Sequence[Bin]) -> list[str]:
    """Return the recall by distance: a row for each side, a column for each distance."""
    heads = "".join(f"{_span(least, most):>12}" for least, most in pairwise(DECADES))
    return [
        "  right answers by distance from the best rate, in decades; up to 0.48 (3x) it is to keep",
        f"  {'':<10}{heads}",
        *(_side(side, bins) for side in dict.fromkeys(each.side for each in bins)),
    ]


def _span(least: float, most: float) -> str:
    return f"above {least:g}" if isinf(most) else f"{least:.2g}-{most:.2g}"


def _side(side: str, bins: Sequence[Bin]) -> str:
    cells = (f"{_share(each):>12}" for each in bins if each.side == side)
    return f"  {side:<10}{''.join(cells)}"


def _share(each: Bin) -> str:
    return f"{each.recall:.0%} of {each.verdicts}" if each.verdicts else "-"


def part(name: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the scores by moment, task or the like, with how many configurations each has."""
    return [f"  by {name} (configurations)", *(_short(Row(**each)) for each in rows)]


def _short(each: Row) -> str:
    # intervals over a few configurations would mean little
    name = f"{each.method} ({each.configurations})"
    shares = f"{each.wrong:6.1%}  {each.precision:4.0%}  {each.far:4.0%}"
    return f"  {name:<26}{each.balanced:5.2f}  {_recalls(each)}  {shares}"


def worth_line(found: dict[str, float]) -> str:
    """Return what following the advice was worth, in a sentence."""
    return (
        f"following it after 20 % of {found['runs']} runs: median excess log loss "
        f"{found['without']:.2f} -> {found['followed']:.2f} (best of five factors "
        f"{found['oracle']:.2f}); {found['harmed']:.1%} ended more than 2 % worse"
    )
