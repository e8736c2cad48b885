"""Read what a run wrote: `result.json` and `metrics.csv`."""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Final

from lr_plugin.compare.said import Said, read_said

__all__ = [
    "ASIDE",
    "Found",
    "Points",
    "RecordError",
    "RunRecord",
    "find_runs",
    "read_all",
    "read_record",
    "read_records",
    "read_series",
]

Points = tuple[list[int], list[float]]

ASIDE: Final = "_aside"
"""How the folder beside a directory is called that holds what was moved out of its way."""

_RESULT: Final = "result.json"
_MODES: Final = ("min", "max")
_TEXT, _NUMBER = (str,), (int, float)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("status", "metric", "mode"), _TEXT),
    **dict.fromkeys(("setting_hash", "family_hash", "config_hash"), _TEXT),
    **dict.fromkeys(("reason", "task", "schedule"), (*_TEXT, type(None))),
    **dict.fromkeys(("learning_rate", "final", "best", "planned_steps"), (*_NUMBER, type(None))),
    **dict.fromkeys(("seed", "steps", "seconds"), _NUMBER),
    **dict.fromkeys(("overrides", "advice"), (list,)),
}


class RecordError(ValueError):
    """What is in a run directory is no record of a run."""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What one run came to.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.
    status : str
        ``finished``, ``diverged``, ``failed``, ``interrupted``, or ``running`` if it has not ended,
        or was killed.
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
    planned_steps : int, optional
        Optimizer steps that the run was to take; unset where nobody knew.
    seconds : float
        Time in all.
    overrides : tuple of str
        What was written on the command line, or for this job of a sweep.
    setting_hash, family_hash, config_hash : str
        SHA-256 of the config without its seed, without its seed and learning rate, and with both.
    advice : tuple of Said
        What an advisor said of the learning rate, in the order in which it spoke.
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
    planned_steps: int | None = None
    seconds: float = 0.0
    overrides: tuple[str, ...] = ()
    setting_hash: str = ""
    family_hash: str = ""
    config_hash: str = ""
    advice: tuple[Said, ...] = ()

    @property
    def diverged(self) -> bool:
        """Whether training left the numbers; a metric that is none is the same."""
        return self.status == "diverged" or (self.final is not None and not isfinite(self.final))

    @property
    def is_result(self) -> bool:
        """Whether the run says something about its schedule: it finished, or it diverged."""
        return self.diverged or (self.status == "finished" and self.final is not None)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found in some directories.

    Parameters
    ----------
    records : tuple of RunRecord
        All that could be read.
    broken : mapping of pathlib.Path to str
        The run directories whose record could not be read, and why.
    """

    records: tuple[RunRecord, ...]
    broken: Mapping[Path, str]


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
    RecordError
        If the file is half-written, or is no record.
    """
    try:
        content = json.loads((folder / _RESULT).read_text("utf-8"))
    except ValueError as error:
        raise RecordError(f"{_RESULT} is half-written or no JSON: {error}") from error
    if not isinstance(content, dict) or "status" not in content:
        raise RecordError(f"{_RESULT} says nothing of a status: no record of a run")
    for name, value in content.items():
        if name in _TYPES and not isinstance(value, _TYPES[name]):
            raise RecordError(f"{_RESULT} has {value!r} for {name!r}")
    if content.get("mode", "max") not in _MODES:
        raise RecordError(f"{_RESULT} has {content['mode']!r} for 'mode': not 'min' or 'max'")
    known = {field.name for field in fields(RunRecord)}
    values = {name: value for name, value in content.items() if name in known}
    values["overrides"] = tuple(map(str, values.get("overrides", ())))
    values["advice"] = _advice(values.get("advice", ()))
    return RunRecord(folder=folder, **values)


def _advice(written: Sequence[object]) -> tuple[Said, ...]:
    try:
        return tuple(map(read_said, written))
    except TypeError as error:
        raise RecordError(f"{_RESULT}, advice: {error}") from error


def find_runs(folder: Path, holding: str = _RESULT) -> Iterator[Path]:
    """Yield the run directories at any depth, in the order of their names.

    Parameters
    ----------
    folder : pathlib.Path
        A run directory, the directory of a sweep, or one that holds several. What was moved aside
        there, because its config changed or it failed, is left out.
    holding : str, default "result.json"
        The file that makes a directory one of a run.
    """
    for place, inside, files in os.walk(folder):
        inside[:] = sorted(name for name in inside if not _is_aside(name, inside))
        if holding in files:
            inside.clear()  # what a run keeps is no other run
            yield Path(place)


def _is_aside(name: str, beside: Sequence[str]) -> bool:
    return name.endswith(ASIDE) and name.removesuffix(ASIDE) in beside


def read_records(folder: Path) -> list[RunRecord]:
    """Read the records of all runs in a directory of a sweep, in the order of their names.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep.
    """
    return [read_record(run) for run in find_runs(folder)]


def read_all(folders: Sequence[Path]) -> Found:
    """Read all records in several directories; a run that is in two of them is read once.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Of runs, of sweeps, or of several sweeps.
    """
    runs = {run.resolve(): run for folder in folders for run in find_runs(folder)}
    records, broken = [], {}
    for run in runs.values():
        try:
            records.append(read_record(run))
        except (RecordError, OSError) as error:
            broken[run] = str(error)
    return Found(records=tuple(records), broken=broken)


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
    path = folder / "metrics.csv"
    if not path.is_file():
        return {}
    text = path.read_text("utf-8")
    try:
        return _series(text[: text.rfind("\n") + 1])
    except ValueError as error:
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
