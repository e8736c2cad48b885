"""The table of a comparison: one row per schedule, the best first."""

from collections.abc import Callable, Mapping, Sequence

from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.holm import can_decide
from lr_plugin.compare.row import Beside, Row, rows
from lr_plugin.compare.words import apart, number, rate

__all__ = ["Table", "table", "to_markdown", "to_text"]

Table = Sequence[Sequence[str]]
Columns = Mapping[str, Callable[[Row], str]]


def table(comparison: Comparison) -> Table:
    """Return a header and rows of text; columns that would say nothing are left out.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    found = rows(comparison)
    columns = {**_own(comparison, found), **_beside(comparison), **_advice(found)}
    return [tuple(columns), *(tuple(cell(row) for cell in columns.values()) for row in found)]


def to_text(content: Table) -> str:
    """Return a table with aligned columns.

    Parameters
    ----------
    content : sequence of sequence of str
        A header and rows.
    """
    widths = [max(map(len, column)) for column in zip(*content, strict=True)]
    lines = (zip(line, widths, strict=True) for line in content)
    padded = ("  ".join(cell.ljust(width) for cell, width in line) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def to_markdown(content: Table) -> str:
    """Return a table as Markdown.

    Parameters
    ----------
    content : sequence of sequence of str
        A header and rows.
    """
    header, *body = content
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in body)
    lines = [header, ["---"] * len(header), *escaped]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _own(comparison: Comparison, found: Sequence[Row]) -> Columns:
    mean = "geometric mean" if comparison.scale.logarithmic else "mean"
    columns: dict[str, Callable[[Row], str]] = {
        "schedule": lambda row: row.schedule,
        "learning rate": _rate,
        "seeds": lambda row: str(row.seeds),
        mean: lambda row: number(row.mean),
        "median": lambda row: _or_diverged(row.median),
        "worst": lambda row: _or_diverged(row.worst),
    }
    if any(row.diverged for row in found):
        columns["diverged"] = lambda row: f"{row.diverged} of {row.seeds}"
    return columns


def _rate(row: Row) -> str:
    marks = f"{' !' * bool(row.edge)}{' (changed)' * bool(row.rate_changed)}"
    return f"{rate(row.learning_rate)}{marks}"


def _or_diverged(value: float | None) -> str:
    return "diverged" if value is None else number(value)


def _beside(comparison: Comparison) -> Columns:
    decides = can_decide(comparison.pairs)
    if not decides and all(pair.difference is None for pair in comparison.pairs):
        return {}
    ratio = comparison.scale.logarithmic
    first = f"{'ratio to' if ratio else 'minus'} {comparison.reference}"
    columns = {first: _told(lambda pair: _difference(pair, ratio=ratio))}
    if decides:
        columns["effect"] = _told(_effect)
        columns["P(better)"] = _told(lambda pair: f"{pair.improved:.2f}")
        columns["p (Holm)"] = _told(lambda pair: f"{pair.adjusted:.2g}")
    return columns


def _told(say: Callable[[Beside], str]) -> Callable[[Row], str]:
    return lambda row: "-" if row.beside is None else say(row.beside)


def _difference(pair: Beside, *, ratio: bool) -> str:
    known = [value for value in (pair.difference, pair.low, pair.high) if value is not None]
    shown = apart(known, 4) if ratio else apart(known, 3, sign="+")
    middle, *ends = shown or ["-"]
    return f"{middle} [{', '.join(ends)}]" if ends else middle


def _effect(pair: Beside) -> str:
    return "-" if pair.effect is None else f"{pair.effect:+.1f} sd"


def _advice(found: Sequence[Row]) -> Columns:
    return {"advisor said": lambda row: row.advice} if any(row.advice for row in found) else {}
