"""Runs of a sweep as a plain table: what was measured, without a ranking."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from lr_plugin.compare.records import RunRecord

__all__ = ["Row", "closing", "labels", "rows", "to_csv", "to_markdown", "to_text"]

# they have columns of their own, or are what a setting is repeated over
_SHOWN: Final = ("schedule", "optimizer.lr", "seed")


@dataclass(frozen=True, kw_only=True)
class Row:
    """Runs that differ in nothing but their seed.

    Parameters
    ----------
    schedule : str
        Name of the recipe, with whatever else differs within the sweep.
    learning_rate : float, optional
        The base value that the schedule scales.
    values : tuple of float
        The metric at the end of each run that finished, in ascending order.
    seeds, failed, diverged : int
        How many runs there are, how many of them failed and how many diverged.
    """

    schedule: str
    learning_rate: float | None
    values: tuple[float, ...]
    seeds: int
    failed: int
    diverged: int

    def cells(self) -> tuple[str, ...]:
        """Return the row as text; what is not known is a dash."""
        middle = f"{median(self.values):.4f}" if self.values else "-"
        extent = f"{self.values[0]:.4f} to {self.values[-1]:.4f}" if self.values else "-"
        rate = "-" if self.learning_rate is None else f"{self.learning_rate:g}"
        counts = (str(number) for number in (self.failed, self.diverged))
        return (self.schedule, rate, str(self.seeds), middle, extent, *counts)


_HEADER: Final = ("schedule", "learning rate", "seeds", "median", "range", "failed", "diverged")


def labels(records: Sequence[RunRecord]) -> Mapping[str, str]:
    """Name each setting, by its hash: the schedule, and what else differs between the runs.

    Parameters
    ----------
    records : sequence of RunRecord
        The runs of a sweep.
    """
    common = set.intersection(*(set(record.overrides) for record in records)) if records else set()
    return {record.setting_hash: _label(record, common) for record in records}


def _label(record: RunRecord, common: set[str]) -> str:
    others = [
        override
        for override in record.overrides
        if override not in common and override.split("=")[0].lstrip("+") not in _SHOWN
    ]
    return " ".join([record.schedule or "own", *others])


def rows(records: Sequence[RunRecord]) -> list[Row]:
    """Gather the runs by setting, in the order in which settings first appear.

    Parameters
    ----------
    records : sequence of RunRecord
        The runs of a sweep.
    """
    names = labels(records)
    groups: dict[str, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(record.setting_hash, []).append(record)
    return [_row(names[setting], group) for setting, group in groups.items()]


def _row(name: str, group: Sequence[RunRecord]) -> Row:
    statuses = [record.status for record in group]
    ends = [record.final for record in group if record.status == "finished"]
    return Row(
        schedule=name,
        learning_rate=group[0].learning_rate,
        values=tuple(sorted(end for end in ends if end is not None)),
        seeds=len(group),
        failed=statuses.count("failed") + statuses.count("running"),
        diverged=statuses.count("diverged"),
    )


def to_text(table: Iterable[Row]) -> str:
    """Return the table with aligned columns.

    Parameters
    ----------
    table : iterable of Row
        The rows.
    """
    lines = [_HEADER, *(row.cells() for row in table)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def to_markdown(table: Iterable[Row]) -> str:
    """Return the table as Markdown.

    Parameters
    ----------
    table : iterable of Row
        The rows.
    """
    lines = [_HEADER, ("---",) * len(_HEADER), *(row.cells() for row in table)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def to_csv(table: Iterable[Row]) -> str:
    """Return the table as comma-separated values, with all digits.

    Parameters
    ----------
    table : iterable of Row
        The rows.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_HEADER[:4], "lowest", "highest", *_HEADER[5:]])
    for row in table:
        numbers = [median(row.values), row.values[0], row.values[-1]] if row.values else [""] * 3
        start = [row.schedule, row.learning_rate, row.seeds]
        writer.writerow([*start, *numbers, row.failed, row.diverged])
    return text.getvalue()


def closing(records: Sequence[RunRecord]) -> str:
    """Say what the numbers are, and what they are not.

    Parameters
    ----------
    records : sequence of RunRecord
        The runs of a sweep.
    """
    rates = {record.learning_rate for record in records}
    seeds = {record.seed for record in records}
    shared = "one shared learning rate" if len(rates) == 1 else f"{len(rates)} learning rates"
    repeated = "1 seed" if len(seeds) == 1 else f"{len(seeds)} seeds"
    only = "" if all(record.status == "finished" for record in records) else "finished runs only, "
    return f"{only}{shared}, {repeated}: not a ranking"
