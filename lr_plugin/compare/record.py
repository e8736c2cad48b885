"""Read what a run came to: its `result.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any, Final

from lr_plugin.compare.said import Said, read_said

__all__ = ["RESULT", "RecordError", "RunRecord", "read_record"]

RESULT: Final = "result.json"
_ANEW: Final = "write the command of the run once more, or remove the directory"
_RESULTS: Final = ("finished", "diverged")
_MODES: Final = ("min", "max")
_ASKED: Final = ("metric", "mode")  # one says nothing without the other
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
        The name of the metric, and whether ``max`` or ``min`` is better; no name where a run was
        refused because of one of them.
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
        If the file is half-written, or is no record; of a run without a result, what cannot be
        is left out instead.
    """
    try:
        content = json.loads((folder / RESULT).read_text("utf-8"))
    except ValueError as error:
        raise RecordError(f"{RESULT} is half-written or no JSON ({error}); {_ANEW}") from error
    if not isinstance(content, dict) or not isinstance(content.get("status"), str):
        raise RecordError(f"{RESULT} says nothing of a status: no record of a run; {_ANEW}")
    content = _without_wrong(content)
    known = {field.name for field in fields(RunRecord)} - {"folder", "tuning"}
    values = {name: value for name, value in content.items() if name in known}
    values["overrides"] = tuple(map(str, values.get("overrides", ())))
    values["advice"] = _advice(values.get("advice", ()))
    return RunRecord(folder=folder, **values)


def _without_wrong(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out what was refused, which the reason of a run that failed says; else raise."""
    wrong = [name for name, value in content.items() if not _is_right(name, value)]
    if wrong and content["status"] in _RESULTS:
        raise RecordError(f"{RESULT} has {content[wrong[0]]!r} for {wrong[0]!r}; {_ANEW}")
    unknown = {*wrong, *(_ASKED if {*wrong} & {*_ASKED} else ())}
    return {name: value for name, value in content.items() if name not in unknown}


def _is_right(name: str, value: object) -> bool:
    if name == "mode" and value not in _MODES:
        return False
    return isinstance(value, _TYPES.get(name, object))


def _advice(written: Sequence[object]) -> tuple[Said, ...]:
    try:
        return tuple(map(read_said, written))
    except TypeError as error:
        raise RecordError(f"{RESULT}, advice: {error}; {_ANEW}") from error
