"""What convex theory says of a learning rate that was tuned under another schedule or length."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from lr_plugin.app.curves import compose_members
from lr_plugin.app.member import Member
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.bound import peak_ratio
from lr_plugin.schedule.error import within
from lr_plugin.schedule.rounding import Values

__all__ = ["transfer"]

_OPTION: Final = "--transfer-from"
_SHARED: Final = ("steps", "steps_per_epoch", "samples_per_step", "allow")
_MOST_STEPS: Final = 10**7


def transfer(
    members: Mapping[str, Member],
    reference: str,
    overrides: Sequence[str],
    config_dir: Path | None,
) -> Iterator[str]:
    """Say what to multiply a learning rate by that is the best one under a reference.

    Parameters
    ----------
    members : mapping of str to Member
        What it goes to, by label.
    reference : str
        Where it comes from: a recipe, and overrides of its own where they differ.
    overrides : sequence of str
        What was written for the members; a length in it holds for the reference too.
    config_dir : pathlib.Path, optional
        A folder with recipes of one's own.

    Yields
    ------
    str
        One line for each member.

    Raises
    ------
    ScheduleError
        If the reference is not one schedule, or if either has too many steps.
    """
    with within(_OPTION):
        known = compose_members(_words(reference, overrides), config_dir)
        if len(known) != 1:
            raise ScheduleError(f"{reference!r} is {len(known)} schedules; write one")
        ((name, origin),) = known.items()
        there = _factors(origin)
    for label, member in members.items():
        with within(_OPTION):
            ratio = peak_ratio(_factors(member), there)
        yield (
            f"a learning rate that is best for {name} over {origin.span.steps} steps: times "
            f"{ratio:.3g} for {label} over {member.span.steps} (convex theory)"
        )


def _words(reference: str, overrides: Sequence[str]) -> list[str]:
    own = [word if "=" in word else f"schedule={word}" for word in shlex.split(reference)]
    written = {word.partition("=")[0] for word in own}
    shared = [word for word in overrides if word.partition("=")[0] in {*_SHARED} - written]
    return [*shared, *own]


def _factors(member: Member) -> Values:
    steps = member.span.steps or 0
    if steps > _MOST_STEPS:
        raise ScheduleError(
            f"{steps} steps are too many to add up; write at most {_MOST_STEPS}, the same share of "
            "both lengths"
        )
    rates = [rule for rule in member.rules if rule.key == "lr"]
    if not rates:
        raise ScheduleError("nothing drives a learning rate here; name what does")
    return rates[0].schedule.over(member.span)(np.arange(steps))
