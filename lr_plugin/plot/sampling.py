"""Which steps of a curve to look at, and what they are in other units."""

from fractions import Fraction
from itertools import islice
from typing import Final, Literal, TypeAlias

import numpy as np

from lr_plugin.schedule import Curve, ScheduleError, Span
from lr_plugin.schedule.rounding import Steps

__all__ = ["Unit", "per_step", "sample", "shown_length"]

Unit: TypeAlias = Literal["steps", "epochs", "%"]

_MOST_POINTS: Final = 2000
_MOST_SEGMENTS: Final = 500  # restarts can go on without end; the points above have to be enough
_UNKNOWN_LENGTH: Final = 1000
_GOLDEN: Final = (5**0.5 - 1) / 2


def sample(curve: Curve) -> Steps:
    """Choose the steps at which to look at a curve.

    Parameters
    ----------
    curve : Curve
        Over a span of any length. Of an unknown length, the beginning: twice as far as the start of
        the last known phase, and at least 1000 steps.

    Returns
    -------
    ndarray of int64
        All steps if there are at most 2000. Otherwise about as many, always with the first and the
        last step of each phase (of the first 500), so that no peak at a joint is missed. Between
        them the distances vary, so that a rapid repetition shows as a band and not as a slow wave.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> sample(Linear().over(Span(4)))
    array([0, 1, 2, 3])
    >>> sample(Linear().over(Span(10**9))).size <= 2000
    True
    """
    length = shown_length(curve)
    if length <= _MOST_POINTS:
        return np.arange(length)
    joints = _joints(curve, length)
    spread = _spread(_MOST_POINTS - len(joints), length).tolist()
    return np.array(sorted(joints.union(spread)))


def shown_length(curve: Curve) -> int:
    """Give how many steps of a curve are looked at: all, or of an unknown length the beginning."""
    known = curve.end() if curve.span.steps is None else curve.span.steps
    if known is not None:
        return max(known, 1)
    *_, last = islice(curve.segments(), _MOST_SEGMENTS)
    return max(2 * last.start, _UNKNOWN_LENGTH)


def _joints(curve: Curve, length: int) -> set[int]:
    starts = [segment.start for segment in islice(curve.segments(), _MOST_SEGMENTS)]
    joints = {0, length - 1, *starts, *(start - 1 for start in starts)}
    return {step for step in joints if 0 <= step < length}


def _spread(count: int, length: int) -> Steps:
    """Give one step in each of `count` equal parts, at places that repeat no pattern."""
    part = np.arange(count)
    return ((part + part**2 * _GOLDEN % 1) * (length / count)).astype(np.int64)


def per_step(span: Span, unit: Unit) -> float:
    """Give what one step is in a unit."""
    if unit == "steps":
        return 1
    if unit == "epochs":
        if span.steps_per_epoch is None:
            problem = "an axis in epochs needs it; write for example steps_per_epoch=100"
            raise ScheduleError(problem, "steps_per_epoch")
        return float(1 / Fraction(span.steps_per_epoch))
    if span.steps is None:
        raise ScheduleError("an axis in % needs a run of known length; write it", "steps")
    return 100 / max(span.steps, 1)
