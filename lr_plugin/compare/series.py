"""Read what a run logged on its way: its `metrics.csv`."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lr_plugin.compare.record import RecordError

__all__ = ["METRICS", "Points", "read_series"]

METRICS: Final = "metrics.csv"
Points = tuple[list[int], list[float]]


def read_series(folder: Path) -> Mapping[str, Points]:
    """Read the metrics that a run logged, by name, each as steps and values.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory; without a `metrics.csv` there is nothing to return. A last line that is
        half-written is left out.

    Raises
    ------
    RecordError
        If the file is no table of numbers.
    """
    path = folder / METRICS
    if not path.is_file():
        return {}
    try:
        text = path.read_text("utf-8")
        return _series(text[: text.rfind("\n") + 1])
    except (ValueError, csv.Error) as error:
        raise RecordError(f"{path} is no table of numbers: {error}") from error


def _series(text: str) -> Mapping[str, Points]:
    header, *rows = [*csv.reader(text.splitlines())] or [[]]
    columns = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    steps = columns.pop("step", ())
    return {name: _points(steps, columns[name]) for name in columns if name != "epoch"}


def _points(steps: Sequence[str], values: Sequence[str]) -> Points:
    if "" in values:
        filled = [pair for pair in zip(steps, values, strict=True) if pair[1]]
        steps, values = zip(*filled, strict=True) if filled else ((), ())
    return [*map(int, steps)], [*map(float, values)]
