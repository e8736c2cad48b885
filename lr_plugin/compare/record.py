"""Read what a run came to: its `result.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Final

from lr_plugin.compare.said import Said, read_said

__all__ = ["RESULT", "RecordError", "RunRecord", "read_record"]

RESULT: Final = "result.json"
_MODES: Final = ("min", "max")
_TEXT, _NUMBER = (str,), (int, float)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("status", "metric", "mode"), _TEXT),
    **dict.fromkeys(("setting_hash", "family_hash", "config_hash"), _TEXT),
    **dict.fromkeys(("reason", "task", "schedule"), (*_TEXT, type(None))),
    **dict.fromkeys(("learning_rate", "final", "best"), (*_NUMBER, type(None))),
    **dict.fromkeys(("planned_steps", "planned_seconds"), (*_NUMBER, type(None))),
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
    planned_seconds : float, optional
        The time that the run was given, where it was not to end after so many steps.
    seconds : float
        Time in all.
    overrides : tuple of str
        What was written on the command line, or for this job of a sweep.
    setting_hash, family_hash, config_hash : str
        SHA-256 of the config without its seed, without its seed and learning rate, and with both.
    advice : tuple of Said
        What an advisor said of the learning rate, in the order in which it spoke.
    tuning : bool
        Whether its seed is one with which a study chooses learning rates; its sweep says so.
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
    planned_seconds: float | None = None
    seconds: float = 0.0
    overrides: tuple[str, ...] = ()
    setting_hash: str = ""
    family_hash: str = ""
    config_hash: str = ""
    advice: tuple[Said, ...] = ()
    tuning: bool = False

    @property
    def diverged(self) -> bool:
        """Whether training left the numbers; a metric that is none is the same."""
        return self.status == "diverged" or (self.final is not None and not isfinite(self.final))

    @property
    def is_result(self) -> bool:
        """Whether the run says something about its schedule: it finished, or it diverged."""
        return self.diverged or (self.status == "finished" and self.final is not None)


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
        content = json.loads((folder / RESULT).read_text("utf-8"))
    except ValueError as error:
        raise RecordError(f"{RESULT} is half-written or no JSON: {error}") from error
    if not isinstance(content, dict) or "status" not in content:
        raise RecordError(f"{RESULT} says nothing of a status: no record of a run")
    for name, value in content.items():
        if name in _TYPES and not isinstance(value, _TYPES[name]):
            raise RecordError(f"{RESULT} has {value!r} for {name!r}")
    if content.get("mode", "max") not in _MODES:
        raise RecordError(f"{RESULT} has {content['mode']!r} for 'mode': not 'min' or 'max'")
    known = {field.name for field in fields(RunRecord)} - {"folder", "tuning"}
    values = {name: value for name, value in content.items() if name in known}
    values["overrides"] = tuple(map(str, values.get("overrides", ())))
    values["advice"] = _advice(values.get("advice", ()))
    return RunRecord(folder=folder, **values)


def _advice(written: Sequence[object]) -> tuple[Said, ...]:
    try:
        return tuple(map(read_said, written))
    except TypeError as error:
        raise RecordError(f"{RESULT}, advice: {error}") from error
