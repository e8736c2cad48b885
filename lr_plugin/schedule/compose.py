"""Schedules made of one or several others on the same span: Product, Clamp, Affine and Stretch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

import numpy as np

from lr_plugin.schedule.around import Around
from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_above, check_named, check_numbers, check_schedule
from lr_plugin.schedule.error import ScheduleError, within
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.segment import Segment
from lr_plugin.schedule.span import Span


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Product(Schedule):
    """Named schedules, multiplied.

    Parameters
    ----------
    factors : mapping of str to Schedule
        At least one; each runs over the whole span. The first gives the phases their names, and
        the end where a run may stop. Do not change the mapping afterwards.

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Linear, Product, Span
    >>> half = Product(factors={"shape": Linear(), "size": Constant(value=0.5)})
    >>> half.over(Span(4))([0, 2, 4])
    array([0.5 , 0.25, 0.  ])
    """

    factors: Mapping[str, Schedule]

    def __post_init__(self) -> None:
        check_named(self, "factors", Schedule, "{shape: {kind: cosine}, ...}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Product):
            return NotImplemented
        return tuple(self.factors.items()) == tuple(other.factors.items())

    def __hash__(self) -> int:
        return hash(tuple(self.factors.items()))

    def evaluate(self, step: Steps, span: Span) -> Values:
        value = np.ones(step.shape)
        for name, factor in self.factors.items():
            with within(f"factors.{name}"):
                value *= factor.evaluate(step, span)
        return value

    def segments(self, span: Span) -> Iterator[Segment]:
        return next(iter(self.factors.values())).segments(span)

    def end(self, span: Span) -> int | None:
        return next(iter(self.factors.values())).end(span)

    def is_settled(self, span: Span) -> bool:
        return all(factor.is_settled(span) for factor in self.factors.values())

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        for factor in self.factors.values():
            yield from factor.listens(step, span)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Clamp(Around):
    """A floor or a ceiling, or both.

    Parameters
    ----------
    schedule : Schedule
        What is limited.
    min_value, max_value : float, optional
        Least and largest value; at least one. In mode ``scale`` they are factors of each group's
        own configured value, so a floor never raises a small group above its own start.

    Examples
    --------
    >>> from lr_plugin.schedule import Clamp, Linear, Span
    >>> Clamp(schedule=Linear(), min_value=0.25).over(Span(4))([0, 2, 3, 4])
    array([1.  , 0.5 , 0.25, 0.25])
    """

    schedule: Schedule
    min_value: float | None = None
    max_value: float | None = None

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        limits = [n for n in ("min_value", "max_value") if getattr(self, n) is not None]
        check_numbers(self, *limits)
        if not limits:
            raise ScheduleError("nothing to limit; write min_value or max_value", "min_value")
        if len(limits) == 2 and self._floor() > self._ceiling():  # noqa: PLR2004 - both of them
            raise ScheduleError(
                f"{self.min_value} is above max_value {self.max_value}; swap them",
                "min_value",
            )

    def _floor(self) -> float:
        return -np.inf if self.min_value is None else self.min_value

    def _ceiling(self) -> float:
        return np.inf if self.max_value is None else self.max_value

    def evaluate(self, step: Steps, span: Span) -> Values:
        with within("schedule"):
            return np.clip(self.schedule.evaluate(step, span), self._floor(), self._ceiling())


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Affine(Around):
    r"""Another schedule's values, scaled and shifted.

    Parameters
    ----------
    schedule : Schedule
        What is scaled.
    scale, offset : float
        The value is ``offset + scale * value``: a curve from 1 to 0 goes from ``offset + scale``
        to `offset`.

    Examples
    --------
    >>> from lr_plugin.schedule import Affine, Linear, Span
    >>> Affine(schedule=Linear(), scale=0.9, offset=0.1).over(Span(4))([0, 2, 4])
    array([1.  , 0.55, 0.1 ])
    """

    schedule: Schedule
    scale: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        check_numbers(self, "scale", "offset")

    def evaluate(self, step: Steps, span: Span) -> Values:
        with within("schedule"):
            return self.offset + self.scale * self.schedule.evaluate(step, span)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch(Around):
    """The same schedule with all its absolute durations made longer or shorter.

    Parameters
    ----------
    schedule : Schedule
        What is stretched. Its durations in % follow the span as always.
    factor : float
        Above 0; 2 makes ``500 steps`` count as 1000.

    Examples
    --------
    >>> from lr_plugin.schedule import Span, Step, Stretch
    >>> slow = Stretch(schedule=Step(every="10 steps"), factor=2)
    >>> slow.over(Span(100))([19, 20])
    array([1. , 0.1])
    """

    schedule: Schedule
    factor: float

    def __post_init__(self) -> None:
        check_schedule(self, "schedule")
        check_above(self, 0, "factor")

    def evaluate(self, step: Steps, span: Span) -> Values:
        with within("schedule"):
            return self.schedule.evaluate(step, self.inner(span))

    def inner(self, span: Span) -> Span:
        return replace(span, stretch=span.stretch * Fraction(str(self.factor)))
