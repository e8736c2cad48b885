"""The leaves that need a length in time of their own: a timescale, a period, milestones."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_above, check_duration, check_list
from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError, within
from lr_plugin.schedule.rounding import Steps, Values, nearest, passed
from lr_plugin.schedule.span import Span


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ExponentialDecay(Schedule):
    r"""A constant factor per stated length of time, without a stated end.

    Parameters
    ----------
    every : str
        Length of time in which the value falls by `factor`, such as ``1 epochs``.
    factor : float
        Above 0; 0.5 makes `every` a half-life (torch's and Keras' ``gamma`` and ``decay_rate``).

    See Also
    --------
    Step : The same in jumps.
    Exponential : The same between stated end points.
    Clamp : Gives it a floor.

    Notes
    -----
    With :math:`k` the step, :math:`\tau` the length of `every` in steps and :math:`f` the factor,

    .. math:: y(k) = f^{k / \tau} .

    Examples
    --------
    >>> from lr_plugin.schedule import ExponentialDecay, Span
    >>> ExponentialDecay(every="10 steps").over(Span(100))([0, 10, 20, 100]).round(4)
    array([1.   , 0.5  , 0.25 , 0.001])
    """

    every: str = "10%"
    factor: float = 0.5

    def __post_init__(self) -> None:
        check_duration(self, "every")
        check_above(self, 0, "factor")

    def evaluate(self, step: Steps, span: Span) -> Values:
        every = float(count_steps(span, self.every, "every"))
        value: Values = self.factor ** (span.held(step) / every)
        return value


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Step(Schedule):
    r"""A constant factor at every multiple of a stated length of time.

    Parameters
    ----------
    every : str
        Length of time between two drops, at least one step.
    factor : float
        Above 0 (torch's ``gamma``).

    See Also
    --------
    Multistep : Drops at stated positions.

    Notes
    -----
    With :math:`b_j` the step nearest to :math:`j` times `every`,

    .. math:: y(k) = f^{\max \{j : b_j \le k\}} .

    A drop that falls on the end of the span is not taken: the last step's value is held.

    Examples
    --------
    >>> from lr_plugin.schedule import Span, Step
    >>> Step(every="30 epochs").over(Span(900, steps_per_epoch=10))([299, 300, 600, 900])
    array([1.  , 0.1 , 0.01, 0.01])
    """

    every: str = "30%"
    factor: float = 0.1

    def __post_init__(self) -> None:
        check_duration(self, "every")
        check_above(self, 0, "factor")

    def evaluate(self, step: Steps, span: Span) -> Values:
        drops = passed(span.last_held(step), distance(span, self.every, "every"))
        return np.float64(self.factor) ** drops


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Multistep(Schedule):
    r"""A constant factor at each of several stated positions.

    Parameters
    ----------
    milestones : tuple of str
        Positions, counted from the start of the enclosing span, in ascending order.
    factor : float
        Above 0 (torch's ``gamma``).

    See Also
    --------
    Step : Drops at regular distances.
    Sequence : Constants of any value, by name.

    Notes
    -----
    The drop of a milestone acts from the step nearest to it on, as in torch (timm drops one step
    earlier, MXNet one later). A drop that falls on the end of the span is not taken.

    Examples
    --------
    >>> from lr_plugin.schedule import Multistep, Span
    >>> Multistep(milestones=("50%", "75%")).over(Span(100))([49, 50, 74, 75])
    array([1.  , 0.1 , 0.1 , 0.01])
    """

    milestones: tuple[str, ...] = ("50%", "75%")
    factor: float = 0.1

    def __post_init__(self) -> None:
        check_list(self, "milestones", str, "['50%', '75%']")
        check_above(self, 0, "factor")

    def evaluate(self, step: Steps, span: Span) -> Values:
        drops = ascending_steps(span, self.milestones, "milestones")
        count = np.searchsorted(drops, span.last_held(step), side="right")
        return np.float64(self.factor) ** count


def count_steps(span: Span, written: str, name: str) -> Fraction:
    """Resolve a duration, with the name of its field in front of any error."""
    with within(name):
        return span.count(Duration.parse(written)) or Fraction(1)  # an empty span: any will do


def distance(span: Span, written: str, name: str) -> Fraction:
    """Resolve the distance between two jumps."""
    steps = count_steps(span, written, name)
    if steps < 1 and Duration.parse(written).unit != "%":
        raise ScheduleError(
            f"{written!r} is {float(steps):.3g} steps here; write at least '1 steps'",
            name,
        )
    return steps


def ascending_steps(span: Span, written: tuple[str, ...], name: str) -> Steps:
    """Resolve positions to their nearest steps; they have to be in ascending order."""
    with within(name):
        exact = [span.count(Duration.parse(position)) for position in written]
        if exact[0] < 0 or any(late < early for early, late in pairwise(exact)):
            raise ScheduleError(
                f"{list(written)} must be from zero on and in ascending order; write for example "
                "['30%', '60%']"
            )
    return np.array([nearest(position) for position in exact], np.int64)
