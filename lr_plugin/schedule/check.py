"""Checks of what was written into the fields of a node."""

import sys
from collections.abc import Collection, Mapping
from typing import cast

from lr_plugin.schedule.base import Schedule, Shape
from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError, did_you_mean, within

_BUILD = "build it with lr_plugin.schedule.load"


def check_numbers(node: object, *names: str) -> None:
    """Raise unless each named field of `node` is a finite number or, where allowed, None."""
    for name in names:
        value = getattr(node, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ScheduleError(f"{value!r} is not a number; write for example 0.1", name)
        _check_finite(value, name)


def _check_finite(value: float, name: str) -> None:
    if not abs(value) <= sys.float_info.max:
        raise ScheduleError(f"{value!r} is not finite; write for example 0.1", name)


def check_above(node: object, bound: float, *names: str) -> None:
    """Raise unless each named field of `node` is a finite number above `bound`."""
    check_numbers(node, *names)
    for name in names:
        if getattr(node, name) <= bound:
            problem = f"{getattr(node, name)!r} must be above {bound:g}"
            raise ScheduleError(f"{problem}; write for example {bound + 0.5:g}", name)


def check_duration(node: object, *names: str) -> None:
    """Raise unless each named field of `node` is a duration above zero."""
    for name in names:
        written = getattr(node, name)
        with within(name):
            if Duration.parse(written).amount <= 0:
                raise ScheduleError(f"{written!r} must be above zero, such as '5%' or '500 steps'")


def check_count(node: object, name: str) -> None:
    """Raise unless the named field of `node` is a whole number above 0."""
    value = getattr(node, name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ScheduleError(f"{value!r} is not a whole number above 0; write for example 3", name)


def check_named(node: object, name: str, part: type, example: str) -> None:
    """Raise unless the named field of `node` is a mapping of names to at least one `part`."""
    value = getattr(node, name)
    if not isinstance(value, Mapping) or not value:
        raise ScheduleError(f"{value!r} is no mapping of names to parts; write {example}", name)
    for key, found in value.items():
        if not isinstance(found, part):
            problem = f"{found!r} is not a {part.__name__}; {_BUILD}"
            raise ScheduleError(problem, f"{name}.{key}")


def check_schedule(node: object, *names: str) -> None:
    """Raise unless each named field of `node` is a Schedule."""
    for name in names:
        if not isinstance(getattr(node, name), Schedule):
            raise ScheduleError(f"{getattr(node, name)!r} is not a Schedule; {_BUILD}", name)


def check_shape(node: object, name: str) -> None:
    """Raise unless the named field of `node` is a Shape."""
    check_schedule(node, name)
    if not isinstance(getattr(node, name), Shape):
        kind = type(getattr(node, name)).__name__
        raise ScheduleError(f"{kind} does not look at progress alone; write a cosine, say", name)


def check_text(node: object, name: str, example: str) -> None:
    """Raise unless the named field of `node` is some text."""
    written = getattr(node, name)
    if not isinstance(written, str) or not written:
        raise ScheduleError(f"{written!r} is no name; write for example {example!r}", name)


def check_event(node: object, name: str) -> None:
    """Raise unless the named field of `node` is the name of an event."""
    written = getattr(node, name)
    if not isinstance(written, str) or not written:
        raise ScheduleError(f"{written!r} is not the name of an event; write one of triggers", name)


def check_flag(node: object, name: str) -> None:
    """Raise unless the named field of `node` is true or false."""
    if not isinstance(getattr(node, name), bool):
        raise ScheduleError(f"{getattr(node, name)!r} is not true or false; write true", name)


def check_choice(node: object, name: str, choices: Collection[str]) -> None:
    """Raise unless the named field of `node` is one of `choices`."""
    written = getattr(node, name)
    if not isinstance(written, str) or written not in choices:
        near = did_you_mean(str(written), choices)
        raise ScheduleError(f"{written!r} is not a choice{near}", name)


def check_list(node: object, name: str, kind: type | tuple[type, ...], example: str) -> None:
    """Raise unless the named field of `node` is a tuple of at least one `kind`."""
    written = getattr(node, name)
    if not isinstance(written, tuple) or not written:
        problem = f"{written!r} is not a list (in Python: a tuple); write {example}"
        raise ScheduleError(problem, name)
    for part in written:
        if isinstance(part, bool) or not isinstance(part, kind):
            raise ScheduleError(f"{part!r} does not belong here; write {example}", name)
        if isinstance(part, str):
            with within(name):
                Duration.parse(part)
        else:
            _check_finite(cast("float", part), name)
