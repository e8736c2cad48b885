"""Checks of what was written into the fields of a node."""

import math
from collections.abc import Mapping

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError, within


def check_numbers(node: object, *names: str) -> None:
    """Raise unless each named field of `node` is a finite number or, where allowed, None."""
    for name in names:
        value = getattr(node, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ScheduleError(f"{value!r} is not a number; write for example 0.1", name)
        if not math.isfinite(value):
            raise ScheduleError(f"{value!r} is not finite; write for example 0.1", name)


def check_above(node: object, bound: float, *names: str) -> None:
    """Raise unless each named field of `node` is a finite number above `bound`."""
    check_numbers(node, *names)
    for name in names:
        if getattr(node, name) <= bound:
            raise ScheduleError(f"{getattr(node, name)!r} must be above {bound:g}", name)


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
        raise ScheduleError(f"{value!r} is not a whole number above 0", name)


def check_named(node: object, name: str, part: type, example: str) -> None:
    """Raise unless the named field of `node` is a mapping of names to at least one `part`."""
    value = getattr(node, name)
    if not isinstance(value, Mapping) or not value:
        raise ScheduleError(f"{value!r} is no mapping of names to parts; write {example}", name)
    for key, found in value.items():
        if not isinstance(found, part):
            raise ScheduleError(f"{found!r} is not a {part.__name__}", f"{name}.{key}")


def check_schedule(node: object, *names: str) -> None:
    """Raise unless each named field of `node` is a Schedule."""
    for name in names:
        if not isinstance(getattr(node, name), Schedule):
            raise ScheduleError(
                f"{getattr(node, name)!r} is not a Schedule; build it with lr_plugin.schedule.load",
                name,
            )


def check_event(node: object, name: str) -> None:
    """Raise unless the named field of `node` is the name of an event."""
    written = getattr(node, name)
    if not isinstance(written, str) or not written:
        raise ScheduleError(f"{written!r} is not the name of an event; write one of triggers", name)
