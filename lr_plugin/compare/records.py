"""Read what a run wrote: `result.json` and `metrics.csv`."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["Points", "RunRecord", "read_record", "read_records", "read_series"]

Points = tuple[list[int], list[float]]


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What one run came to.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.
    status : str
        ``finished``, ``diverged``, ``failed``, or ``running`` if it has not ended, or was killed.
    reason : str, optional
        Why it did not finish.
    task, schedule : str, optional
        Names of what was chosen.
    learning_rate : float, optional
        The base value that the schedule scales.
    seed : int
        Runs that differ in nothing else are repetitions.
    metric, mode : str
        The name of the metric, and whether ``max`` or ``min`` is better.
    final, best : float, optional
        The metric at the end, and at its best.
    steps : int
        Optimizer steps taken.
    seconds : float
        Time in all.
    overrides : tuple of str
        What was written on the command line, or for this job of a sweep.
    setting_hash, config_hash : str
        SHA-256 of the config without its seed, and with it.
    """

    folder: Path
    status: str
    reason: str | None = None
    task: str | None = None
    schedule: str | None = None
    learning_rate: float | None = None
    seed: int = 0
    metric: str = ""
    mode: str = "max"
    final: float | None = None
    best: float | None = None
    steps: int = 0
    seconds: float = 0.0
    overrides: tuple[str, ...] = ()
    setting_hash: str = ""
    config_hash: str = ""


def read_record(folder: Path) -> RunRecord:
    """Read the record in a run directory.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.

    Raises
    ------
    FileNotFoundError
        If there is no record.
    """
    content = json.loads((folder / "result.json").read_text())
    known = {field.name for field in fields(RunRecord)}
    values = {name: value for name, value in content.items() if name in known}
    values["overrides"] = tuple(values.get("overrides", ()))
    return RunRecord(folder=folder, **values)


def read_records(folder: Path) -> list[RunRecord]:
    """Read the records of all runs in a directory of a sweep, in the order of their names.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep.
    """
    return [read_record(path.parent) for path in sorted(folder.glob("*/result.json"))]


def read_series(folder: Path) -> Mapping[str, Points]:
    """Read the metrics that a run logged, by name, each as steps and values.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory; without a `metrics.csv` there is nothing to return.
    """
    path = folder / "metrics.csv"
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in (rows[0] if rows else ()) if name not in ("step", "epoch")]
    return {name: _points(rows, name) for name in names}


def _points(rows: list[dict[str, str]], name: str) -> Points:
    filled = [row for row in rows if row[name]]
    return [int(row["step"]) for row in filled], [float(row[name]) for row in filled]
