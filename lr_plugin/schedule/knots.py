"""A curve drawn by hand: values at stated positions, and a way between them."""

from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_choice, check_list
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.span import Span
from lr_plugin.schedule.timed import ascending_steps


def _straight(progress: Values) -> Values:
    return progress


def _half_cosine(progress: Values) -> Values:
    return (1 - np.cos(np.pi * progress)) / 2


def _jump(progress: Values) -> Values:
    return np.floor(progress)


_WAYS = {"linear": _straight, "cosine": _half_cosine, "step": _jump}


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Knots(Schedule):
    """Values at stated positions, interpolated.

    Parameters
    ----------
    positions : tuple of str
        At least two, in ascending order, counted from the start of the enclosing span; each is
        rounded to the nearest step.
    values : tuple of float
        One for each position. The first is held before, the last after.
    interpolation : str
        ``"linear"``, ``"cosine"`` (flat at the knots) or ``"step"`` (a value holds until the next
        position: piecewise constant, with any values).

    See Also
    --------
    Sequence : The same with names, units of its own for each part, and any shape between.

    Examples
    --------
    >>> from lr_plugin.schedule import Knots, Span
    >>> knots = Knots(positions=("0%", "20%", "100%"), values=(0.0, 1.0, 0.2))
    >>> knots.over(Span(10))([0, 1, 2, 6, 10])
    array([0. , 0.5, 1. , 0.6, 0.2])
    """

    positions: tuple[str, ...] = ("0%", "100%")
    values: tuple[float, ...] = (1.0, 0.0)
    interpolation: str = "linear"

    def __post_init__(self) -> None:
        check_list(self, "positions", str, "['0%', '10%', '100%']")
        check_list(self, "values", (int, float), "[0.0, 1.0, 0.0]")
        check_choice(self, "interpolation", _WAYS)
        if len(self.positions) != len(self.values) or len(self.values) < 2:  # noqa: PLR2004 - ends
            raise ScheduleError(
                f"{len(self.values)} values for {len(self.positions)} positions; write one for "
                "each, at least two",
                "values",
            )

    def evaluate(self, step: Steps, span: Span) -> Values:
        at = ascending_steps(span, self.positions, "positions")
        values = np.array(self.values, np.float64)
        step = span.held(step)
        left = np.clip(np.searchsorted(at, step, side="right") - 1, 0, len(at) - 2)
        length = np.maximum(at[left + 1] - at[left], 1)
        progress = np.clip((step - at[left]) / length, 0, 1)
        weight = _WAYS[self.interpolation](progress)
        between = values[left] + (values[left + 1] - values[left]) * weight
        exact: Values = np.where(weight == 1, values[left + 1], between)
        return exact
