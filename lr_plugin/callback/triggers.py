"""Triggers as arguments: from the callback and from recipes, and matched with what is read."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lr_plugin.rule import Rule
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean
from lr_plugin.schedule.reads import reads
from lr_plugin.trigger import Trigger, load_triggers

Triggers: TypeAlias = dict[str, Trigger]
"""By the name of the event."""

BRANCH = "branch"
"""The event that a run which branches off a checkpoint records by itself."""


def merge(written: Mapping[str, Mapping[str, Any]]) -> Triggers:
    """Read triggers that were written in several places.

    Parameters
    ----------
    written : mapping of str to mapping
        The triggers of every place, by its key.

    Returns
    -------
    dict of str to trigger
        All of them.

    Raises
    ------
    ScheduleError
        If two places say different things of one event: none of them wins silently.
    """
    found: Triggers = {}
    places: dict[str, str] = {}
    for place, each in written.items():
        for event, trigger in load_triggers(each, key=place).items():
            key = f"{place}.{event}"
            if event == BRANCH:
                raise ScheduleError("a branch records this event by itself; rename it", key)
            if found.setdefault(event, trigger) != trigger:
                raise ScheduleError(
                    f"is another trigger than {places[event]}; change that one and remove this",
                    key,
                )
            places.setdefault(event, key)
    return found


def check_read(rules: Sequence[Rule], triggers: Triggers) -> None:
    """Raise if a schedule reads an event that nothing records.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    triggers : dict of str to trigger
        By event.

    Raises
    ------
    ScheduleError
        With the key that names the event, and the events there are.
    """
    for rule in rules:
        for event, key in reads(rule.schedule).items():
            if event not in triggers and event != BRANCH:
                raise ScheduleError(_nothing_records(event, triggers), f"{rule.place}.{key}")


def wanted(rules: Sequence[Rule], triggers: Triggers) -> Triggers:
    """Give the triggers whose events a schedule reads; the others are not watched."""
    read = {event for rule in rules for event in reads(rule.schedule)}
    return {event: trigger for event, trigger in triggers.items() if event in read}


def _nothing_records(event: str, triggers: Triggers) -> str:
    near = did_you_mean(event, triggers) if triggers else ""
    return (
        f"no trigger records the event {event!r}{near}{'' if near.endswith('?') else '.'} "
        f"To add one: 'triggers: {{{event}: {{kind: plateau, monitor: val/loss}}}}'"
    )
