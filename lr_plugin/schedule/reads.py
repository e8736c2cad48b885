"""Which events a schedule reads, and where that is written."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from lr_plugin.schedule.phase import Phase


def reads(schedule: object) -> dict[str, str]:
    """Name the events that a schedule reads, wherever in it.

    Parameters
    ----------
    schedule : Schedule
        Any schedule. A class of one's own reads the event that its field ``event`` names.

    Returns
    -------
    dict of str to str
        Every event, in the order in which they are written, with the key that names it first.

    Examples
    --------
    >>> from lr_plugin.schedule import Drop, Linear, Phase, Sequence
    >>> hold = Phase(schedule=Linear(), until="plateau")
    >>> reads(Sequence(phases={"hold": hold, "rest": Phase(schedule=Drop(event="pace"))}))
    {'plateau': 'phases.hold.until', 'pace': 'phases.rest.event'}
    """
    found: dict[str, str] = {}
    for event, key in _reads(schedule, ""):
        found.setdefault(event, key)
    return found


def _reads(node: object, key: str) -> Iterator[tuple[str, str]]:
    if not is_dataclass(node):
        return
    for field in fields(node):
        value, place = getattr(node, field.name), f"{key}{field.name}"
        if field.name in ("event", "until") and isinstance(value, str):
            yield value, place
        elif isinstance(value, Mapping):
            for name, part in value.items():
                yield from _reads(part, f"{place}.{name}.")
        else:
            # A phase and its schedule are one mapping where they are written.
            yield from _reads(value, key if isinstance(node, Phase) else f"{place}.")
