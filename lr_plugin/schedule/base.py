"""The interface: what a schedule is, and what one calls.

Two abstract classes. Every other node is a final, frozen dataclass that implements one of them.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, final, overload

import numpy as np

from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.segment import Segment
from lr_plugin.schedule.span import Span

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Schedule(ABC):
    """A pure function from an optimizer step to a plain number.

    It holds no optimizer, no totals and no state, so it prints, compares, pickles and round-trips
    to YAML. Call it through `over`, which binds it to a span and runs every check.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> curve = Linear(start_value=0.0, end_value=1.0).over(Span(4))
    >>> [curve(step) for step in (0, 1, 4, 9)]
    [0.0, 0.25, 1.0, 1.0]
    """

    __slots__ = ()

    @abstractmethod
    def evaluate(self, step: Steps, span: Span) -> Values:
        """Value at each step.

        Parameters
        ----------
        step : ndarray of int64
            Steps from the start of `span`, all >= 0, any shape, in any order. None at all asks for
            the checks of every part.
        span : Span
            The stretch of time that this node runs over.

        Returns
        -------
        ndarray of float64
            Values, in the shape of `step`. After the end of the span the end value is held.
        """

    def segments(self, span: Span) -> Iterator[Segment]:
        """Named stretches, in order; one without a name where nothing is named.

        Parameters
        ----------
        span : Span
            The stretch of time that this node runs over.

        Yields
        ------
        Segment
            Name, first step and first step after it.
        """
        yield Segment("", 0, span.steps)

    def end(self, span: Span) -> int | None:
        """First step from which the value is held, ``None`` while it is unknown.

        Parameters
        ----------
        span : Span
            The stretch of time that this node runs over.

        Returns
        -------
        int or None
            A step, at most the length of the span.
        """
        return span.steps

    def is_settled(self, span: Span) -> bool:
        """Whether a longer record of when steps began could change no value any more.

        Parameters
        ----------
        span : Span
            The stretch of time that this node runs over.

        Returns
        -------
        bool
            False while a phase goes on whose duration is in the unit of the other clock.
        """
        del span
        return True

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        """Events that are read at a step, each with the step from which its firings count.

        Parameters
        ----------
        step : int
            A step from the start of `span`.
        span : Span
            The stretch of time that this node runs over.

        Yields
        ------
        (str, int)
            Name of the event, and where the part that reads it began.
        """
        del step, span
        yield from ()

    @final
    def over(self, span: Span) -> "Curve":
        """Bind the schedule to a span, after running the checks of every node.

        Parameters
        ----------
        span : Span
            The run, or any stretch of it.

        Returns
        -------
        Curve
            What one calls.

        Raises
        ------
        ScheduleError
            If the schedule cannot run over this span; the message has the key of the node.
        """
        # No steps, and yet every node visits its parts, so all checks run before training starts.
        self.evaluate(np.empty(0, np.int64), span)
        if span.steps:
            self._check_finite(span, span.steps - 1)
        return Curve(self, span)

    def _check_finite(self, span: Span, last: int) -> None:
        """Raise where a factor above 1 has grown beyond all numbers by the last step."""
        with np.errstate(all="ignore"):
            value = float(self.evaluate(np.array([last]), span)[0])
        if not math.isfinite(value):
            raise ScheduleError(
                f"its value at the last step, {last}, is {value}; write factors that grow less",
            )


class Shape(Schedule):
    """A schedule that only looks at progress through its span, from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lr_plugin.schedule import Cosine
    >>> Cosine().at(np.array([0.0, 0.5, 1.0])).round(3)
    array([1. , 0.5, 0. ])
    """

    __slots__ = ()

    @abstractmethod
    def at(self, progress: Values) -> Values:
        """Value at each progress.

        Parameters
        ----------
        progress : ndarray of float64
            Share of the span done, in [0, 1], any shape.

        Returns
        -------
        ndarray of float64
            Values, in the shape of `progress`.
        """

    @final
    def evaluate(self, step: Steps, span: Span) -> Values:
        return self.at(span.progress(step))


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """A schedule bound to a span; call it with one step or with an array of steps.

    Parameters
    ----------
    schedule : Schedule
        The pure function.
    span : Span
        The stretch of time it runs over.

    Examples
    --------
    >>> from lr_plugin.schedule import Cosine, Span
    >>> curve = Cosine(end_value=0.1).over(Span(100))
    >>> curve(50)
    0.55
    >>> curve([0, 50, 100, 200]).round(3)
    array([1.  , 0.55, 0.1 , 0.1 ])
    """

    schedule: Schedule
    span: Span

    @overload
    def __call__(self, step: int) -> float: ...
    @overload
    def __call__(self, step: "ArrayLike") -> Values: ...
    def __call__(self, step: "ArrayLike") -> float | Values:
        """Value at one step, or at each of many.

        Parameters
        ----------
        step : int or array_like of int
            Steps from 0; steps after the end hold the end value.

        Returns
        -------
        float or ndarray of float64
            A Python float for one step, an array in the shape of `step` otherwise.

        Raises
        ------
        ScheduleError
            If a step is negative or not a whole number.
        """
        steps = np.asarray(step)
        if steps.dtype.kind not in "iu" and steps.size:
            raise ScheduleError(f"steps are whole numbers, not {steps.dtype}; write them as int")
        if (steps < 0).any():
            raise ScheduleError(f"step {steps.min()} is negative; the first step is 0")
        value = self.schedule.evaluate(np.atleast_1d(steps).astype(np.int64), self.span)
        return value if steps.ndim else float(value[0])

    def segments(self) -> Iterator[Segment]:
        """Named stretches of the curve, in order.

        Returns
        -------
        Iterator of Segment
            Lazy: a billion restarts cost nothing until they are asked for.
        """
        return self.schedule.segments(self.span)

    def end(self) -> int | None:
        """First step from which the value is held, ``None`` while it is unknown.

        Returns
        -------
        int or None
            A step, at most the length of the span.
        """
        return self.schedule.end(self.span)
