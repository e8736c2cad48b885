"""One part of a sequence, as it is written."""

from dataclasses import dataclass
from typing import final

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_event, check_flag, check_schedule
from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError, within


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One part of a `Sequence`: a schedule, and when it ends.

    Parameters
    ----------
    schedule : Schedule
        What runs in this phase, from step 0 of the phase.
    duration : str, optional
        Length, such as ``5%`` (of the enclosing span) or ``500 steps``. At most one phase of a
        sequence has neither a duration nor an `ends_at`: it takes the rest.
    ends_at : str, optional
        Instead of a duration, the position at which the phase ends, counted from the start of the
        sequence.
    until : str, optional
        Name of an event that ends the phase early. The duration is then its deadline.
    relative : bool
        Whether the values are multiplied by the value at which the phase before really ended.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Phase
    >>> Phase(schedule=Linear(), duration="10%").duration
    '10%'
    """

    schedule: Schedule
    duration: str | None = None
    ends_at: str | None = None
    until: str | None = None
    relative: bool = False

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        if self.duration is not None and self.ends_at is not None:
            raise ScheduleError("a phase has a duration or an ends_at, not both; remove one")
        for name in ("duration", "ends_at"):
            if getattr(self, name) is not None:
                _check_length(self, name)
        if self.until is not None:
            check_event(self, "until")
        check_flag(self, "relative")


def _check_length(phase: Phase, name: str) -> None:
    """Allow zero, which is how a phase is switched off without being removed."""
    with within(name):
        if Duration.parse(getattr(phase, name)).amount < 0:
            raise ScheduleError(f"{getattr(phase, name)!r} is negative; write '0%' or more")
