"""Schedules as plain data: a mapping with ``kind:``, and back."""

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Protocol, TypeVar, get_origin, get_type_hints

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.error import ScheduleError, did_you_mean
from lr_plugin.schedule.kinds import allowed, class_of, kind_of
from lr_plugin.schedule.phase import Phase

_PHASE_FIELDS = tuple(f.name for f in dataclasses.fields(Phase) if f.name != "schedule")
_ANCHORS = ("before", "after")
_BESIDE = (*_PHASE_FIELDS, *_ANCHORS)


_Node = TypeVar("_Node")


_Anchor = tuple[str, int]


class _Loader(Protocol):
    def __call__(self, value: object, key: str, allow: tuple[str, ...], /) -> object: ...


def load(
    mapping: Mapping[str, Any], *, key: str = "schedule", allow: Iterable[str] = ()
) -> Schedule:
    """Build a schedule from plain data.

    Parameters
    ----------
    mapping : mapping
        A node: ``kind`` and the fields of that kind. Phases of a sequence hold their own keys
        (``duration``, ``ends_at``, ``until``, ``relative``, ``before``, ``after``) beside those of
        their node.
    key : str
        Where the mapping was written; the start of the key in every error.
    allow : iterable of str
        Prefixes of dotted kinds, such as ``my_pkg``, that may be imported. Nothing else in a
        mapping can run code.

    Returns
    -------
    Schedule
        Equal to what was dumped.

    Raises
    ------
    ScheduleError
        With the full key, what was written there, and what to write instead.

    See Also
    --------
    dump : The inverse.

    Examples
    --------
    >>> from lr_plugin.schedule import load
    >>> load({"kind": "cosine", "end_value": 0.1})
    Cosine(start_value=1.0, end_value=0.1, power=1.0)
    >>> load({"kind": "cosin"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    lr_plugin.schedule.error.ScheduleError: schedule.kind: ... did you mean 'cosine'?
    """
    prefixes = allowed(allow)
    try:
        return _load_node(mapping, key, prefixes)
    except RecursionError:
        raise ScheduleError("is nested too deeply; write it flatter", key) from None


def dump(schedule: Schedule) -> dict[str, Any]:
    """Give a schedule as plain data: strings, numbers, lists and dicts.

    Parameters
    ----------
    schedule : Schedule
        Any schedule.

    Returns
    -------
    dict
        With every field that is not ``None``; mappings keep their order.

    See Also
    --------
    load : The inverse.

    Examples
    --------
    >>> from lr_plugin.schedule import Cosine, dump
    >>> dump(Cosine(end_value=0.1))
    {'kind': 'cosine', 'start_value': 1.0, 'end_value': 0.1, 'power': 1.0}
    """
    return {"kind": kind_of(type(schedule)), **_dump_fields(schedule)}


def _load_node(
    mapping: object, key: str, allow: tuple[str, ...], beside: tuple[str, ...] = ()
) -> Schedule:
    if not isinstance(mapping, Mapping):
        raise ScheduleError(f"{mapping!r} is not a mapping; write {{kind: cosine, ...}}", key)
    node = class_of(mapping.get("kind"), key, allow)
    written = {str(name): value for name, value in mapping.items() if name != "kind"}
    hints = _hints(node)
    _refuse_unknown(written, (*hints, *beside), mapping["kind"], key)
    _refuse_missing(node, written, key)
    values = {n: _load_value(v, hints[n], f"{key}.{n}", allow) for n, v in written.items()}
    return _built(node, values, key)


def _built(node: type[_Node], values: Mapping[str, Any], key: str) -> _Node:
    try:
        return node(**values)
    except ScheduleError as error:
        raise error.under(key) from None


@cache
def _hints(node: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(node)
    return {field.name: hints[field.name] for field in dataclasses.fields(node)}


def _load_value(value: object, hint: object, key: str, allow: tuple[str, ...]) -> object:
    """Convert a written value by the type of its field; the node itself checks plain ones."""
    if isinstance(hint, type) and issubclass(hint, Schedule):
        return _load_node(value, key, allow)
    if get_origin(hint) is tuple:
        return _tuple(value)
    if hint == Mapping[str, Phase]:
        return _load_named(value, key, _load_phase, allow)
    if hint == Mapping[str, Schedule]:
        return _load_named(value, key, _load_node, allow)
    return value


def _tuple(value: object) -> object:
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return tuple(value)
    return value


def _load_named(value: object, key: str, load_one: _Loader, allow: tuple[str, ...]) -> object:
    if not isinstance(value, Mapping):
        return value
    named = {str(name): part for name, part in value.items()}
    loaded = {name: load_one(part, f"{key}.{name}", allow) for name, part in named.items()}
    return _in_order(named, loaded, key)


def _load_phase(value: object, key: str, allow: tuple[str, ...]) -> Phase:
    if not isinstance(value, Mapping):
        raise ScheduleError(
            f"{value!r} is not a phase; write {{kind: linear, duration: 5%}}, or remove the phase "
            f"with '~{key}'",
            key,
        )
    node = {name: part for name, part in value.items() if name not in _BESIDE}
    own = {name: value[name] for name in _PHASE_FIELDS if name in value}
    return _built(Phase, {"schedule": _load_node(node, key, allow, _BESIDE), **own}, key)


def _in_order(written: Mapping[str, Any], loaded: dict[str, Any], key: str) -> dict[str, Any]:
    """Move parts with ``before`` or ``after`` next to their anchor; the rest keep their order."""
    anchors = {n: _anchor(part, f"{key}.{n}", loaded) for n, part in written.items()}
    order = [name for name, anchor in anchors.items() if anchor is None]
    waiting = {name: anchor for name, anchor in anchors.items() if anchor is not None}
    while waiting:
        ready = [n for n, (anchor, _) in waiting.items() if anchor in order]
        if not ready:
            placed = f"{' and '.join(waiting)} are each placed by another"
            raise ScheduleError(f"{placed}; remove 'before' or 'after' of one", key)
        # Of several after one anchor the last is put there first, so that they stay in order.
        name = next((n for n in ready if waiting[n][1] == 0), ready[-1])
        anchor, offset = waiting.pop(name)
        order.insert(order.index(anchor) + offset, name)
    return {name: loaded[name] for name in order}


def _anchor(part: Mapping[str, Any], key: str, loaded: Mapping[str, Any]) -> _Anchor | None:
    """Give the part to stand next to, and 0 for before it or 1 for after it."""
    found = [name for name in _ANCHORS if name in part]
    if not found:
        return None
    if len(found) > 1:
        raise ScheduleError("has both before and after; remove one", key)
    anchor = str(part[found[0]])
    if anchor not in loaded:
        near = did_you_mean(anchor, loaded)
        raise ScheduleError(f"there is no phase {anchor!r}{near}", f"{key}.{found[0]}")
    return anchor, int(found[0] == "after")


def _refuse_unknown(
    written: Mapping[str, Any], known: tuple[str, ...], kind: str, key: str
) -> None:
    for name in written:
        if name not in known:
            near = did_you_mean(name, known)
            raise ScheduleError(
                f"{kind!r} has no field {name!r}{near} (to remove it: '~{key}.{name}')",
                f"{key}.{name}",
            )


def _refuse_missing(node: type[Any], written: Mapping[str, Any], key: str) -> None:
    for field in dataclasses.fields(node):
        required = field.default is dataclasses.MISSING
        if required and field.default_factory is dataclasses.MISSING and field.name not in written:
            raise ScheduleError(
                f"{kind_of(node)!r} needs {field.name}; add it with '+{key}.{field.name}=...'",
                f"{key}.{field.name}",
            )


def _dump_fields(node: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    values = {field.name: getattr(node, field.name) for field in dataclasses.fields(node)}
    return {name: _dump_value(value) for name, value in values.items() if value is not None}


def _dump_value(value: object) -> object:
    if isinstance(value, Schedule):
        return dump(value)
    if isinstance(value, Phase):
        own = _dump_fields(value)
        return {**own.pop("schedule"), **own}
    if isinstance(value, Mapping):
        return {name: _dump_value(part) for name, part in value.items()}
    return list(value) if isinstance(value, tuple) else value
