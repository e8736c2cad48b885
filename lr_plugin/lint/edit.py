"""Changes to a schedule that can be written as overrides, and tried before they are proposed."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias, final

from lr_plugin.schedule import Phase, Schedule, dump

Path: TypeAlias = tuple[str, ...]
"""Names from the root of a schedule, as in its YAML: ``("phases", "warmup", "duration")``."""

_OF_A_PHASE = tuple(field.name for field in fields(Phase) if field.name != "schedule")


@final
@dataclass(frozen=True, slots=True)
class Edit:
    """One change.

    Parameters
    ----------
    path : tuple of str
        What is changed.
    value : object
        What it becomes; ``None`` removes it.
    """

    path: Path
    value: object

    def word(self, schedule: Schedule, root: str) -> str:
        """Give the change as one override in Hydra's words.

        Parameters
        ----------
        schedule : Schedule
            What is changed.
        root : str
            Key of the schedule.
        """
        key = ".".join((root, *self.path))
        if self.value is None:
            return f"~{key}"
        return f"{_sign(schedule, self.path)}{key}={_written(self.value)}"


Edits: TypeAlias = tuple[Edit, ...]


def edited(schedule: Schedule, edits: Iterable[Edit]) -> Schedule:
    """Give a schedule with changes; nothing if it has no such part.

    Parameters
    ----------
    schedule : Schedule
        What is changed.
    edits : iterable of Edit
        The changes, in order.

    Returns
    -------
    Schedule
        A new one.

    Raises
    ------
    ScheduleError
        If what is written is wrong there.
    """
    for edit in edits:
        schedule = _put(schedule, edit.path, edit.value)
    return schedule


def words(schedule: Schedule, edits: Iterable[Edit], root: str) -> str:
    """Give changes as words of a shell.

    Parameters
    ----------
    schedule : Schedule
        What is changed.
    edits : iterable of Edit
        The changes.
    root : str
        Key of the schedule.
    """
    return shlex.join(edit.word(schedule, root) for edit in edits)


def has(node: object, name: str) -> bool:
    """Say whether a node has a field."""
    return is_dataclass(node) and any(field.name == name for field in fields(node))


def _put(node: Any, path: Path, value: object) -> Any:  # noqa: ANN401 - any part of a schedule
    name, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        if value is None and not rest:
            return {key: part for key, part in node.items() if key != name}
        return {**node, name: _put(node[name], rest, value) if rest else value}
    if isinstance(node, Phase) and name not in _OF_A_PHASE:
        return replace(node, schedule=_put(node.schedule, path, value))
    return replace(node, **{name: _put(getattr(node, name), rest, value) if rest else value})


def _sign(node: Any, path: Path) -> str:  # noqa: ANN401 - any part of a schedule
    """Say how the key is written: as it is, or with ++ where it may not have been written yet."""
    name, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        if name not in node:
            return "+"
        return _sign(node[name], rest) if rest else ""
    if isinstance(node, Phase) and name not in _OF_A_PHASE:
        return _sign(node.schedule, path)
    if rest:
        return _sign(getattr(node, name), rest)
    default = next(field.default for field in fields(node) if field.name == name)
    return "" if default is MISSING or getattr(node, name) != default else "++"


def _written(value: object) -> str:
    if isinstance(value, Phase):
        inner = dump(value.schedule).items()
        return "{" + ", ".join(f"{name}: {_written(part)}" for name, part in inner) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
