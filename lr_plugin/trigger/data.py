"""Triggers as plain data: a mapping of event names to mappings with ``kind:``."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean
from lr_plugin.trigger.divergence import Divergence
from lr_plugin.trigger.greedy import Greedy
from lr_plugin.trigger.plateau import Plateau
from lr_plugin.trigger.polled import File, Signal, TimeLeft

Trigger: TypeAlias = Plateau | Greedy | Divergence | File | Signal | TimeLeft

KINDS: Mapping[str, type[Trigger]] = {
    "plateau": Plateau,
    "greedy": Greedy,
    "divergence": Divergence,
    "file": File,
    "signal": Signal,
    "time_left": TimeLeft,
}


def load_triggers(written: Mapping[str, Any], *, key: str = "triggers") -> dict[str, Trigger]:
    """Build triggers from plain data.

    Parameters
    ----------
    written : mapping
        Event names, each with ``kind`` and the fields of that kind.
    key : str
        Where the mapping was written; the start of the key in every error.

    Returns
    -------
    dict of str to trigger
        In the order in which they were written.

    Raises
    ------
    ScheduleError
        With the full key, what was written there, and what to write instead.

    Examples
    --------
    >>> from lr_plugin.trigger import load_triggers
    >>> load_triggers({"cool": {"kind": "file", "path": "cooldown"}})
    {'cool': File(path='cooldown')}
    """
    if not isinstance(written, Mapping):
        raise ScheduleError(f"{written!r} is no mapping; write {{stall: {{kind: plateau}}}}", key)
    return {str(name): _load(node, f"{key}.{name}") for name, node in written.items()}


def dump_triggers(triggers: Mapping[str, Trigger]) -> dict[str, Any]:
    """Give triggers as plain data, the inverse of `load_triggers`.

    Parameters
    ----------
    triggers : mapping of str to trigger
        By the name of the event.

    Returns
    -------
    dict
        Primitives only.

    Examples
    --------
    >>> from lr_plugin.trigger import File, dump_triggers
    >>> dump_triggers({"cool": File(path="cooldown")})
    {'cool': {'kind': 'file', 'path': 'cooldown'}}
    """
    kinds = {node: kind for kind, node in KINDS.items()}
    return {
        name: {"kind": kinds[type(trigger)], **dataclasses.asdict(trigger)}
        for name, trigger in triggers.items()
    }


def _load(node: object, key: str) -> Trigger:
    if not isinstance(node, Mapping):
        raise ScheduleError(f"{node!r} is no trigger; write {{kind: plateau, monitor: ...}}", key)
    if node.get("kind") is None:
        raise ScheduleError(f"has no kind; write one of {', '.join(KINDS)}", f"{key}.kind")
    kind = str(node["kind"])
    if kind not in KINDS:
        near = did_you_mean(kind, KINDS)
        raise ScheduleError(f"{kind!r} is not a kind of trigger{near}", f"{key}.kind")
    fields = {str(name): value for name, value in node.items() if name != "kind"}
    _check_names(KINDS[kind], fields, key)
    try:
        return KINDS[kind](**fields)
    except ScheduleError as error:
        raise error.under(key) from None


def _check_names(node: type[Trigger], written: Mapping[str, object], key: str) -> None:
    fields = {field.name: field for field in dataclasses.fields(node)}
    for name in written:
        if name not in fields:
            near = did_you_mean(name, fields)
            raise ScheduleError(f"there is no field {name!r}{near}", f"{key}.{name}")
    for name, field in fields.items():
        if field.default is dataclasses.MISSING and name not in written:
            raise ScheduleError(f"is missing; write {name}: ...", f"{key}.{name}")
