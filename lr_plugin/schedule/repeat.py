"""Restarts around any schedule, with cycles that may grow or shrink."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as counting
from typing import final

import numpy as np
from numpy.typing import NDArray

from lr_plugin.schedule.base import Schedule, Segment, lasting
from lr_plugin.schedule.check import (
    check_above,
    check_count,
    check_duration,
    check_numbers,
    check_schedule,
)
from lr_plugin.schedule.error import ScheduleError, within
from lr_plugin.schedule.span import Span, Steps, Values, boundary, nearest, passed
from lr_plugin.schedule.timed import distance

_CHECKED = 1000  # cycles whose lengths are checked before training; rounding repeats long before


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

    def evaluate(self, step: Steps, span: Span) -> Values:
        cycles = self._cycles(span)
        if not step.size:  # the checks before training: later blocks need not repeat them
            self._check_every_length(cycles, span)
        index = cycles.index(span.last_held(step))
        start = cycles.start(index)
        length = cycles.start(index + 1) - start
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
            start, stop = (int(end) for end in cycles.start(np.array([i, i + 1])))
            if span.steps is not None and start >= span.steps:
                return
            stop = stop if span.steps is None else min(stop, span.steps)
            inner = span.inner(start, stop - start)
            for part in lasting(self.schedule.segments(inner), stop - start):
                yield part.inside(f"cycle {i + 1}", start)

    def end(self, span: Span) -> int | None:
        if self.count is None:
            return span.steps
        end = int(self._cycles(span).start(np.array([self.count]))[0])
        return end if span.steps is None else min(end, span.steps)

    def _inside(self, step: Steps, span: Span) -> Values:
        with within("schedule"):
            return self.schedule.evaluate(step, span)

    def _cycles(self, span: Span) -> "_Cycles":
        mult = Fraction(str(self.length_mult))
        if self.period is not None:
            cycles = _Cycles(distance(span, self.period, "period"), mult, self.count)
            self._check_fit(cycles, span)
            return cycles
        if span.steps is None or self.count is None:
            raise ScheduleError(
                "cycles that fill the span need a run of known length; set the total (max_steps, "
                "or total= of the callback) or write a period in steps",
                "count",
            )
        shares = sum((mult**i for i in range(self.count)), Fraction(0))
        return _Cycles(max(span.steps, 1) / shares, mult, self.count)

    def _check_fit(self, cycles: "_Cycles", span: Span) -> None:
        if self.count is None or span.steps is None:
            return
        needed = cycles.position(self.count)
        if needed > span.steps:
            raise ScheduleError(
                f"{self.count} cycles need {float(needed):.6g} steps of only {span.steps}; remove "
                "the period to fill the span exactly, or lower the count",
                "count",
            )

    def _check_every_length(self, cycles: "_Cycles", span: Span) -> None:
        last = 0 if span.steps is None else int(cycles.index(np.array([max(span.steps - 1, 0)]))[0])
        index = np.unique(np.minimum(np.arange(_CHECKED), last))
        for length in np.unique(cycles.start(index + 1) - cycles.start(index)):
            self._inside(index[:0], span.inner(0, int(length)))


@dataclass(frozen=True, slots=True)
class _Cycles:
    """Where cycles begin: ``first``, then ``mult`` times as long each."""

    first: Fraction
    mult: Fraction
    count: int | None

    def position(self, index: int) -> Fraction:
        """Give the exact start of one cycle."""
        if self.mult == 1:
            return self.first * index
        return self.first * (self.mult**index - 1) / (self.mult - 1)

    def start(self, index: Steps) -> Steps:
        """Give the first step of each cycle."""
        if self.mult == 1:
            return boundary(index, self.first)
        distinct, inverse = np.unique(index, return_inverse=True)
        starts = np.array([nearest(self.position(int(i))) for i in distinct], np.int64)
        return starts[inverse]

    def index(self, step: Steps) -> Steps:
        """Give the cycle that each step is in."""
        if self.mult == 1:
            found = passed(step, self.first)
        else:
            starts = list(self._starts_until(int(step.max(initial=0))))
            found = np.searchsorted(starts, step, side="right") - 1
        return found if self.count is None else np.minimum(found, self.count - 1)

    def _starts_until(self, step: int) -> Iterator[int]:
        for i in counting() if self.count is None else range(self.count):
            start = nearest(self.position(i))
            if start > step:
                return
            yield start


def _alike(start: Steps, length: Steps, span: Span) -> Iterator[tuple[NDArray[np.bool_], Span]]:
    """Group steps whose cycles are the same: by length, or one by one where events differ."""
    if not span.log:
        for steps in np.unique(length):
            yield length == steps, span.inner(0, int(steps))
        return
    for first in np.unique(start):
        here = start == first
        yield here, span.inner(int(first), int(length[here][0]))
