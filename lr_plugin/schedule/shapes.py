"""The leaves that look at progress alone: a start, an end and a way between them.

All ramps have `start_value` 1.0 and `end_value` 0.0, so one can be swapped for another by its
kind. Both ends are met exactly, in floating point too.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule, Shape
from lr_plugin.schedule.check import check_above, check_numbers
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.span import Span

_SHIFTED_RATIO = 0.01


def ramp(start: float, end: float, weight: Values) -> Values:
    """Go from exactly `start` at weight 0 to exactly `end` at weight 1."""
    return np.where(weight == 1.0, end, start + (end - start) * weight)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Constant(Schedule):
    """The same value throughout, also where the length is unknown.

    Parameters
    ----------
    value : float
        In the unit of whatever the schedule drives: by default a multiple of the configured value.

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Span
    >>> Constant(value=0.5).over(Span(None))([0, 10**9])
    array([0.5, 0.5])
    """

    value: float = 1.0

    def __post_init__(self) -> None:
        check_numbers(self, "value")

    def evaluate(self, step: Steps, span: Span) -> Values:
        del span
        return np.full(step.shape, float(self.value))


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Linear(Shape):
    r"""A straight line from `start_value` to `end_value`.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1.

    See Also
    --------
    Polynomial : The same with a power.

    Notes
    -----
    With :math:`u` the progress through the span,

    .. math:: y(u) = y_0 + (y_1 - y_0)\, u .

    As a warm-up from zero it trains the first step at zero; shipped recipes start at 0.01.

    References
    ----------
    .. [1] P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
       section 2.2 (gradual warm-up). https://arxiv.org/abs/1706.02677

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> Linear(start_value=0.0, end_value=1.0).over(Span(10))([0, 5, 9, 10, 11])
    array([0. , 0.5, 0.9, 1. , 1. ])
    """

    start_value: float = 1.0
    end_value: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")

    def at(self, progress: Values) -> Values:
        return ramp(self.start_value, self.end_value, progress)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Cosine(Shape):
    r"""Half a cosine from `start_value` to `end_value`.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1 (`end_value` is torch's ``eta_min``, as a factor).
    power : float
        Above 0: an exponent on the half cosine (optax's ``exponent``).

    See Also
    --------
    Linear : The same end points, without the flat ends.
    Repeat : With warm restarts.

    Notes
    -----
    With :math:`u` the progress through the span and :math:`q` the power, 1 by default,

    .. math:: y(u) = y_1 + (y_0 - y_1) \left(\frac{1 + \cos \pi u}{2}\right)^q .

    It stays at `end_value` after the span: it does not rise again.

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017, eq. (5). https://arxiv.org/abs/1608.03983

    Examples
    --------
    >>> from lr_plugin.schedule import Cosine, Span
    >>> Cosine(end_value=0.1).over(Span(100))([0, 50, 100, 200]).round(3)
    array([1.  , 0.55, 0.1 , 0.1 ])
    """

    start_value: float = 1.0
    end_value: float = 0.0
    power: float = 1.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")
        check_above(self, 0, "power")

    def at(self, progress: Values) -> Values:
        left = (1 + np.cos(np.pi * progress)) / 2
        return ramp(self.end_value, self.start_value, left**self.power)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Exponential(Shape):
    r"""A constant factor per step from `start_value` to `end_value`.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1.
    ratio : float, optional
        How much of the exponential is left at progress 1, in (0, 1) or above 1. Without it, it is
        ``end_value / start_value``, a plain geometric decay. No exponential gets to 0 or changes
        sign: towards such an end the ratio is 0.01 and the curve is shifted to meet the end.

    See Also
    --------
    ExponentialDecay : A factor per stated duration, or a half-life, without a stated end.

    Notes
    -----
    With :math:`u` the progress through the span and :math:`r` the ratio,

    .. math:: y(u) = y_1 + (y_0 - y_1) \frac{r^u - r}{1 - r} ,

    which is :math:`y_0 (y_1 / y_0)^u` for :math:`r = y_1 / y_0`.

    Examples
    --------
    >>> from lr_plugin.schedule import Exponential, Span
    >>> Exponential(end_value=0.01).over(Span(10))([0, 5, 10]).round(3)
    array([1.  , 0.1 , 0.01])
    >>> Exponential().over(Span(10))([0, 5, 10]).round(3)
    array([1.   , 0.091, 0.   ])
    """

    start_value: float = 1.0
    end_value: float = 0.0
    ratio: float | None = None

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")
        if self.ratio is not None:
            check_above(self, 0, "ratio")
            if self.ratio == 1:
                raise ScheduleError("a ratio of 1 is a straight line; write kind: linear", "ratio")

    def at(self, progress: Values) -> Values:
        ratio = self._ratio()
        if ratio == 1:
            return np.full(progress.shape, float(self.end_value))
        left = (ratio**progress - ratio) / (1 - ratio)
        return ramp(self.end_value, self.start_value, left)

    def _ratio(self) -> float:
        if self.ratio is not None:
            return self.ratio
        geometric = self.start_value * self.end_value > 0
        return self.end_value / self.start_value if geometric else _SHIFTED_RATIO
