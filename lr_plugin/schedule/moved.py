"""Schedules that read another one at other steps: held for a while, or begun in the middle."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from lr_plugin.schedule.around import Around
from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_duration, check_schedule
from lr_plugin.schedule.clock import NO_RECORD
from lr_plugin.schedule.error import ScheduleError, within
from lr_plugin.schedule.rounding import Steps, Values, boundary, nearest, passed
from lr_plugin.schedule.segment import Segment
from lr_plugin.schedule.span import Span
from lr_plugin.schedule.timed import count_steps, distance


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Hold(Around):
    r"""Another schedule in jumps: each value is held for a stated length of time.

    Parameters
    ----------
    schedule : Schedule
        What is held.
    every : str
        How long each value is held; ``1 epochs`` is what schedulers stepped once an epoch do.

    Notes
    -----
    With :math:`b_j` the step nearest to :math:`j` times `every` and :math:`s` the schedule,

    .. math:: y(k) = s(\max \{b_j : b_j \le k\}) .

    A jump that falls on the end of the span is not taken: the last step's value is held.

    Examples
    --------
    >>> from lr_plugin.schedule import Hold, Linear, Span
    >>> Hold(schedule=Linear(), every="5 steps").over(Span(10))([0, 4, 5, 9, 10])
    array([1. , 1. , 0.5, 0.5, 0.5])
    """

    schedule: Schedule
    every: str = "1 epochs"

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        check_duration(self, "every")

    def evaluate(self, step: Steps, span: Span) -> Values:
        every = distance(span, self.every, "every")
        start = boundary(passed(span.last_held(step), every), every)
        with within("schedule"):
            return self.schedule.evaluate(start, span)

    def end(self, span: Span) -> int | None:
        end = self.schedule.end(span)
        if not end:
            return end
        every = distance(span, self.every, "every")
        # What is held at the end of the other one is held for its whole time.
        jump = int(boundary(passed(np.array(end - 1), every) + 1, every))
        return jump if span.steps is None else min(jump, span.steps)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Skip(Schedule):
    """Another schedule without its beginning: as if it had begun earlier.

    Parameters
    ----------
    schedule : Schedule
        What is begun in the middle; it runs over the skipped part and the span together.
    by : str
        Length of the part that is skipped, in the unit of the span's clock or in its ``%``.

    Examples
    --------
    A cosine over the whole run, of which a warm-up of 20 steps hides the beginning, as timm does:

    >>> from lr_plugin.schedule import Cosine, Skip, Span
    >>> Skip(schedule=Cosine(), by="20 steps").over(Span(80))([0, 30, 80]).round(3)
    array([0.905, 0.5  , 0.   ])
    """

    schedule: Schedule
    by: str

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        check_duration(self, "by")

    def evaluate(self, step: Steps, span: Span) -> Values:
        skipped, whole = self._whole(span)
        with within("schedule"):
            return self.schedule.evaluate(span.held(step) + skipped, whole)

    def segments(self, span: Span) -> Iterator[Segment]:
        skipped, whole = self._whole(span)
        for part in self.schedule.segments(whole):
            stop = None if part.stop is None else part.stop - skipped
            if stop is None or stop > 0:
                yield Segment(part.name, max(part.start - skipped, 0), stop)

    def end(self, span: Span) -> int | None:
        skipped, whole = self._whole(span)
        end = self.schedule.end(whole)
        return None if end is None else max(end - skipped, 0)

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        skipped, whole = self._whole(span)
        for event, since in self.schedule.listens(step + skipped, whole):
            yield event, max(since - skipped, 0)

    def _whole(self, span: Span) -> tuple[int, Span]:
        """Give the steps that are skipped, and the span that begins so much earlier."""
        skipped = nearest(count_steps(span, self.by, "by"))
        steps = None if span.steps is None else span.steps + skipped
        log = tuple(replace(firing, step=firing.step + skipped) for firing in span.log)
        whole = replace(span, steps=steps, log=log, record=NO_RECORD)
        if not self.schedule.is_settled(whole):
            raise ScheduleError(
                "what is skipped has a phase in the unit of the other clock, and nobody knows when "
                "that would have ended; write it in % or in the unit of the run's total",
                "schedule",
            )
        return skipped, whole
