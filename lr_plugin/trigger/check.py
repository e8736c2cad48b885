"""Checks of what was written into the fields of a trigger."""

from lr_plugin.schedule import Duration, ScheduleError
from lr_plugin.schedule.check import check_numbers
from lr_plugin.schedule.error import within


def check_text(node: object, name: str, example: str) -> None:
    """Raise unless the named field of `node` is some text."""
    written = getattr(node, name)
    if not isinstance(written, str) or not written:
        raise ScheduleError(f"{written!r} is no name; write for example {example!r}", name)


def check_from_zero(node: object, *names: str) -> None:
    """Raise unless each named field of `node` is a finite number from 0 on."""
    check_numbers(node, *names)
    for name in names:
        if getattr(node, name) < 0:
            raise ScheduleError(f"{getattr(node, name)!r} is negative; write 0 or more", name)


def check_position(node: object, name: str) -> None:
    """Raise unless the named field of `node` is a position in the run, or not set."""
    if getattr(node, name) is not None:
        with within(name):
            Duration.parse(getattr(node, name))
