"""Time: the span that durations are resolved against.

Every length of time in the package is half-open: a span of `n` steps has the steps 0 to n - 1,
step k has progress k/n, and step n is the first one after the end.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from types import UnionType
from typing import Any, final

import numpy as np

from lr_plugin.schedule.clock import NO_RECORD, Clock, Record
from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.firing import Firing
from lr_plugin.schedule.rounding import Steps, Values, nearest

_LEAST = Fraction(1, 10**9)


@final
@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of optimizer steps, what its units are worth, and the events recorded in it.

    Parameters
    ----------
    steps : int or None
        Length in ticks of the clock, that is in optimizer steps unless it is measured in time;
        ``None`` while it is unknown. Then only what really needs a total raises.
    steps_per_epoch : int or Fraction, optional
        Optimizer steps in one epoch; unset where epochs have no fixed length.
    samples_per_step : int or Fraction, optional
        Samples that one optimizer step sees, over all devices.
    tokens_per_sample : int or Fraction, optional
        Tokens in one sample.
    clock : {"steps", "time"}
        What measures it: optimizer steps, or milliseconds of training.
    stretch : Fraction
        Factor on every absolute duration, see `Stretch`.
    log : tuple of Firing
        Recorded events, their steps counted in ticks from the start of this span.
    record : Record
        When steps began, for durations in the unit of the other clock.

    Raises
    ------
    ScheduleError
        If a length or a rate is negative or zero where it cannot be.

    Examples
    --------
    >>> from lr_plugin.schedule import Duration, Span
    >>> span = Span(1000, steps_per_epoch=100)
    >>> span.count(Duration.parse("2.5 epochs"))
    Fraction(250, 1)
    """

    steps: int | None
    steps_per_epoch: int | Fraction | None = None
    samples_per_step: int | Fraction | None = None
    tokens_per_sample: int | Fraction | None = None
    clock: Clock = "steps"
    stretch: Fraction = Fraction(1)
    log: tuple[Firing, ...] = ()
    record: Record = NO_RECORD

    def __post_init__(self) -> None:
        _check(self, "steps", int, 0)
        _check(self, "steps_per_epoch", int | Fraction, _LEAST)
        _check(self, "samples_per_step", int | Fraction, _LEAST)
        _check(self, "tokens_per_sample", int | Fraction, _LEAST)

    def count(self, duration: Duration) -> Fraction:
        """Convert a duration into an exact, unrounded number of ticks.

        Parameters
        ----------
        duration : Duration
            A length in any unit; ``%`` is of this span.

        Returns
        -------
        Fraction
            Optimizer steps, or milliseconds where the clock is time.

        Raises
        ------
        ScheduleError
            If the span does not know what the unit is worth.
        """
        if duration.unit == "%":
            return duration.amount / 100 * self._known(duration)
        if self.is_foreign(duration):
            raise ScheduleError(
                f"'{duration}' has no fixed length in a run measured in {self.clock}; write it in "
                "%, or put it into a phase whose duration has the same unit",
            )
        return self._absolute(duration)

    def is_foreign(self, duration: Duration) -> bool:
        """Say whether only the record can tell how long this is on the span's clock."""
        is_time = duration.milliseconds is not None
        return duration.unit != "%" and is_time != (self.clock == "time")

    def after(self, position: Fraction, duration: Duration) -> Fraction:
        """Give the position at which a duration that begins at `position` has passed.

        Parameters
        ----------
        position : Fraction
            Ticks.
        duration : Duration
            In any unit.

        Returns
        -------
        Fraction
            Ticks; for a unit of the other clock, as far as the record can tell.
        """
        if not self.is_foreign(duration):
            return position + self.count(duration)
        start = nearest(position)
        needed = self._absolute(duration)
        return Fraction(start + self.record.since(start, self.clock).reached(needed, self.clock))

    def foreign(self, duration: Duration) -> "Span":
        """Give this stretch as the other clock measures it, with a length of `duration`.

        Parameters
        ----------
        duration : Duration
            In the unit of the other clock.

        Returns
        -------
        Span
            Its ticks are those of the other clock.
        """
        clock: Clock = "steps" if self.clock == "time" else "time"
        fired = np.array([firing.step for firing in self.log], np.int64)
        steps = self.record.other(fired, self.clock)
        log = tuple(replace(f, step=int(s)) for f, s in zip(self.log, steps, strict=True))
        return replace(self, steps=nearest(self._absolute(duration)), clock=clock, log=log)

    def _absolute(self, duration: Duration) -> Fraction:
        """Give the steps of a duration in steps, epochs, samples or tokens, or milliseconds."""
        if duration.milliseconds is not None:
            return duration.milliseconds * self.stretch
        return duration.amount * self.stretch * self._steps_per(duration)

    def _steps_per(self, duration: Duration) -> Fraction:
        rate = Fraction(1)
        if duration.unit == "epochs":
            rate *= _rate(self.steps_per_epoch, duration, "an epoch of known, constant length")
        if duration.unit in {"samples", "tokens"}:
            rate /= _rate(self.samples_per_step, duration, "a known number of samples per step")
        if duration.unit == "tokens":
            rate /= _rate(self.tokens_per_sample, duration, "a known number of tokens per sample")
        return rate

    def _known(self, duration: Duration) -> int:
        if self.steps is None:
            raise ScheduleError(
                f"'{duration}' needs a run of known length; set the total (max_steps, or total= of "
                "the callback) or write the duration in steps",
            )
        return self.steps

    def progress(self, step: Steps) -> Values:
        """Share of the span done at each step, held at 1 after the end.

        Parameters
        ----------
        step : ndarray of int64
            Steps from 0, any shape.

        Returns
        -------
        ndarray of float64
            ``step / steps`` in [0, 1], of the same shape.

        Raises
        ------
        ScheduleError
            If the length is unknown.
        """
        if self.steps is None:
            raise ScheduleError(
                "this shape runs over the whole span, whose length is unknown; set the total "
                "(max_steps, or total= of the callback) or give the phase a duration in steps",
            )
        return np.minimum(step, self.steps) / self.steps if self.steps else np.ones(step.shape)

    def held(self, step: Steps) -> Steps:
        """Give steps that stay at the end of the span once they have reached it."""
        return step if self.steps is None else np.minimum(step, self.steps)

    def last_held(self, step: Steps) -> Steps:
        """Give steps that stay at the span's last step: for values that change in jumps."""
        return step if self.steps is None else np.minimum(step, max(self.steps - 1, 0))

    def inner(self, start: int, steps: int | None) -> "Span":
        """Give the span of a part: the same units, and the events that the part can see.

        A part that begins later does not see what fired at or before its first step, so that one
        firing never ends two phases; latched firings stay visible, at the part's step 0.

        Parameters
        ----------
        start : int
            First step of the part, counted in this span.
        steps : int or None
            Length of the part.

        Returns
        -------
        Span
            The part's own span.
        """
        seen = (f for f in self.log if f.latched or f.step > start or start == 0)
        log = tuple(replace(f, step=max(f.step - start, 0)) for f in seen)
        record = self.record.since(start, self.clock) if start else self.record
        return replace(self, steps=steps, log=log, record=record)

    def firings(self, event: str) -> list[Firing]:
        """Give the firings of one event, oldest first."""
        return sorted((f for f in self.log if f.event == event), key=lambda f: f.step)


def _check(span: Span, name: str, kind: type | UnionType, least: int | Fraction) -> None:
    value: Any = getattr(span, name)
    exact = isinstance(value, kind) and not isinstance(value, bool)
    if value is not None and (not exact or value < least):
        raise ScheduleError(f"{value!r} is no length of time; write a whole number", name)


def _rate(rate: int | Fraction | None, duration: Duration, needed: str) -> int | Fraction:
    if rate is None:
        raise ScheduleError(f"'{duration}' needs {needed}; write it in % or in steps")
    return rate
