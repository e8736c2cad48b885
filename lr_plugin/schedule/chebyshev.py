"""Chebyshev steps in fractal order: large steps whose errors later ones undo."""

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_above, check_count
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Steps, Values, passed
from lr_plugin.schedule.span import Span


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Chebyshev(Schedule):
    r"""The step sizes of Chebyshev iteration, in fractal order.

    Parameters
    ----------
    count : int
        Number of step sizes, a power of two; each holds for an equal part of the span.
    low, high : float
        Bounds of the curvature, 0 < low < high, in units of one over the configured value. With
        ``high`` 1 the factors go from 1 up to almost 1 / `low`: many times the configured value.

    Notes
    -----
    With :math:`\theta_i = \pi (i + \tfrac12) / N` and a permutation built by interlacing,

    .. math:: y_i = \left( \frac{h + l}{2} - \frac{h - l}{2} \cos \theta_i \right)^{-1} .

    References
    ----------
    .. [1] N. Agarwal, S. Goel and C. Zhang, "Acceleration via Fractal Learning Rate Schedules",
       ICML 2021, definition 2. https://arxiv.org/abs/2103.01338

    Examples
    --------
    >>> from lr_plugin.schedule import Chebyshev, Span
    >>> Chebyshev(count=4, low=0.5).over(Span(4))([0, 1, 2, 3]).round(3)
    array([1.927, 1.019, 1.528, 1.182])
    """

    count: int = 8
    low: float = 0.05
    high: float = 1.0

    def __post_init__(self) -> None:
        check_count(self, "count")
        if self.count & (self.count - 1):
            raise ScheduleError(f"{self.count!r} is not a power of two; write 8 or 16", "count")
        check_above(self, 0, "low")
        check_above(self, self.low, "high")

    def evaluate(self, step: Steps, span: Span) -> Values:
        if span.steps is None:
            raise ScheduleError("its parts fill a run of known length; set the total (max_steps)")
        part = passed(span.last_held(step), Fraction(max(span.steps, 1), self.count))
        return self._sizes()[np.minimum(part, self.count - 1)]

    def _sizes(self) -> Values:
        theta = (np.arange(self.count) + 0.5) / self.count * np.pi
        middle, radius = (self.high + self.low) / 2, (self.high - self.low) / 2
        sizes: Values = 1 / (middle - radius * np.cos(theta))
        return sizes[_fractal(self.count)]


def _fractal(count: int) -> Steps:
    """Interlace an order with its mirror image until it is long enough."""
    order = np.zeros(1, np.int64)
    while len(order) < count:
        order = np.stack([order, 2 * len(order) - 1 - order], axis=1).ravel()
    return order
