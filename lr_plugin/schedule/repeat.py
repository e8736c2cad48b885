"""Restarts around any schedule, with cycles that may grow or shrink."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count as counting
from typing import final

import numpy as np
from numpy.typing import NDArray

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import (
    check_above,
    check_count,
    check_duration,
    check_numbers,
    check_schedule,
)
from lr_plugin.schedule.clock import NO_RECORD
from lr_plugin.schedule.cycles import Cycles, check_number
from lr_plugin.schedule.error import ScheduleError, within
from lr_plugin.schedule.rounding import Steps, Values, nearest
from lr_plugin.schedule.segment import Segment, lasting
from lr_plugin.schedule.span import Span
from lr_plugin.schedule.timed import distance

_LONGEST = 10**9  # where a length is unknown, cycles that begin later are not checked


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat(Schedule):
    r"""Warm restarts around any schedule.

    Parameters
    ----------
    schedule : Schedule
        What runs in every cycle, from its step 0.
    period : str, optional
        Length of the first cycle. Without it, `count` cycles fill the span exactly.
    count : int, optional
        Number of cycles, after which the end value is held. Without it, cycles go on to the end of
        the span, and the last may be cut short.
    length_mult : float
        Above 0; each cycle is this many times as long as the one before (torch's ``T_mult``,
        which must be an integer there). Below 1 it needs a `count`.
    peak_mult : float
        Above 0; each cycle's height above `floor` is this many times that of the one before.
    floor : float
        The value that `peak_mult` leaves unchanged.

    Notes
    -----
    Cycle :math:`i` has the length :math:`T_i = T_0 m^i` before rounding. Boundaries are rounded,
    in exact integer arithmetic; within a cycle the schedule :math:`s` gives

    .. math:: y = f + (s - f)\, p^i .

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017. https://arxiv.org/abs/1608.03983

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Repeat, Span
    >>> curve = Repeat(schedule=Linear(), period="2 steps", length_mult=2, peak_mult=0.5).over(
    ...     Span(14)
    ... )
    >>> curve([0, 1, 2, 4, 6, 10, 13, 14])
    array([1.     , 0.5    , 0.5    , 0.25   , 0.25   , 0.125  , 0.03125, 0.     ])
    """

    schedule: Schedule
    period: str | None = None
    count: int | None = None
    length_mult: float = 1.0
    peak_mult: float = 1.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        if self.period is not None:
            check_duration(self, "period")
        check_above(self, 0, "length_mult", "peak_mult")
        check_numbers(self, "floor")
        self._check_count()

    def _check_count(self) -> None:
        if self.count is None:
            if self.period is None:
                raise ScheduleError("nothing says how often; write a period or a count", "period")
            if self.length_mult < 1:
                raise ScheduleError(
                    "cycles that shrink never fill a run; write a count beside length_mult",
                    "count",
                )
        else:
            check_count(self, "count")
            check_number(self.count, Fraction(str(self.length_mult)))

    def evaluate(self, step: Steps, span: Span) -> Values:
        cycles = self._cycles(span)
        if not step.size:  # the checks before training: later blocks need not repeat them
            self._check_every_length(span)
        index, start, stop = cycles.around(span.last_held(step))
        length = stop - start
        local = np.minimum(span.held(step) - start, length)
        value = np.empty(step.shape)
        for here, inner in _alike(start, length, span):
            value[here] = self._inside(local[here], inner)
        if self.peak_mult == 1:
            return value
        scaled: Values = self.floor + (value - self.floor) * np.float64(self.peak_mult) ** index
        return scaled

    def segments(self, span: Span) -> Iterator[Segment]:
        cycles = self._cycles(span)
        for i in counting() if self.count is None else range(self.count):
            start, stop = nearest(cycles.position(i)), nearest(cycles.position(i + 1))
            if span.steps is not None and start >= span.steps:
                return
            steps = stop - start if span.steps is None else min(stop, span.steps) - start
            inner = self.schedule.segments(span.inner(start, stop - start)) if steps else ()
            for part in lasting(inner, steps):
                yield part.inside(f"cycle {i + 1}", start)

    def end(self, span: Span) -> int | None:
        if self.count is None:
            return span.steps
        end = nearest(self._cycles(span).position(self.count))
        return end if span.steps is None else min(end, span.steps)

    def is_settled(self, span: Span) -> bool:
        # Cycles begin anew for ever, so only one that reads no record at all is settled.
        first = nearest(self._cycles(span).position(1))
        return self.schedule.is_settled(replace(span.inner(0, first), record=NO_RECORD))

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        _, start, stop = self.cycle(step, span)
        for event, since in self.schedule.listens(step - start, span.inner(start, stop - start)):
            yield event, start + since

    def cycle(self, step: int, span: Span) -> tuple[int, int, int]:
        """Give the number, from 0, the first step and the end of the cycle that a step is in.

        Parameters
        ----------
        step : int
            A step from the start of `span`.
        span : Span
            The stretch of time that this node runs over.

        Returns
        -------
        (int, int, int)
            The end is the cycle's own, even where the span ends before it.
        """
        around = self._cycles(span).around(span.last_held(np.array([step])))
        number, start, stop = (int(each[0]) for each in around)
        return number, start, stop

    def lengths(self, span: Span) -> set[int]:
        """Give every length of the cycles, in steps; 0 only if all are.

        Parameters
        ----------
        span : Span
            The stretch of time that this node runs over.

        Returns
        -------
        set of int
            For an unknown length, of the cycles that begin within 1e9 steps.
        """
        return self._cycles(span).lengths(_LONGEST if span.steps is None else max(span.steps, 1))

    def _inside(self, step: Steps, span: Span) -> Values:
        with within("schedule"):
            return self.schedule.evaluate(step, span)

    def _cycles(self, span: Span) -> Cycles:
        mult = Fraction(str(self.length_mult))
        if self.period is not None:
            cycles = Cycles(distance(span, self.period, "period"), mult, self.count)
            self._check_fit(cycles, span)
            return cycles
        if span.steps is None or self.count is None:
            raise ScheduleError(
                "cycles that fill the span need a run of known length; set the total (max_steps, "
                "or total= of the callback) or write a period in steps",
                "count",
            )
        shares = Cycles(Fraction(1), mult, self.count).position(self.count)
        return Cycles(max(span.steps, 1) / shares, mult, self.count)

    def _check_fit(self, cycles: Cycles, span: Span) -> None:
        if self.count is None or not span.steps:
            return
        needed = cycles.position(self.count)
        if needed > span.steps:
            raise ScheduleError(
                f"{self.count} cycles need {float(needed):.6g} steps of only {span.steps}; remove "
                "the period to fill the span exactly, or lower the count",
                "count",
            )

    def _check_every_length(self, span: Span) -> None:
        for length in self.lengths(span):
            self._inside(np.empty(0, np.int64), span.inner(0, length))


def _alike(start: Steps, length: Steps, span: Span) -> Iterator[tuple[NDArray[np.bool_], Span]]:
    """Group steps whose cycles are the same: by length, or one by one where records differ."""
    if not span.log and span.record == NO_RECORD:
        for steps in np.unique(length):
            yield length == steps, span.inner(0, int(steps))
        return
    for first in np.unique(start):
        here = start == first
        yield here, span.inner(int(first), int(length[here][0]))
