"""The shortest span that a schedule fits: for trial runs of a few batches."""

from dataclasses import replace

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.span import Span

_LONGEST = 2**40


def least_span(schedule: Schedule, span: Span) -> Span:
    """Give the shortest span, at least as long as `span`, that the schedule fits.

    Parameters
    ----------
    schedule : Schedule
        Any schedule.
    span : Span
        A span of known length, perhaps too short.

    Returns
    -------
    Span
        `span` itself where the schedule fits it.

    Raises
    ------
    ScheduleError
        If it fits no span at all.

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Phase, Sequence, Span, least_span
    >>> fixed = Sequence(phases={"hold": Phase(schedule=Constant(), duration="500 steps")})
    >>> least_span(fixed, Span(1)).steps
    500
    """
    if span.steps is None or _fits(schedule, span):
        return span
    longest = max(span.steps, 1)
    while not _fits(schedule, replace(span, steps=longest)):
        if longest > _LONGEST:
            schedule.over(span)
        longest *= 2
    shortest = longest // 2
    while longest - shortest > 1:
        middle = (longest + shortest) // 2
        if _fits(schedule, replace(span, steps=middle)):
            longest = middle
        else:
            shortest = middle
    return replace(span, steps=longest)


def _fits(schedule: Schedule, span: Span) -> bool:
    try:
        schedule.over(span)
    except ScheduleError:
        return False
    return True
