"""Shapes that bend time, and the hyperbolic tangent that comes with its own bend."""

from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Shape
from lr_plugin.schedule.check import check_above, check_numbers, check_shape
from lr_plugin.schedule.rounding import Values


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Warp(Shape):
    r"""A shape on a power of progress.

    Parameters
    ----------
    schedule : Shape
        The shape; one that looks at progress alone.
    power : float
        Above 0; above 1 the shape begins slowly and ends fast.

    Notes
    -----
    With :math:`u` the progress through the span, :math:`s` the shape and :math:`k` the power,

    .. math:: y(u) = s(u^k) ,

    which for a cosine or a polynomial is the k-decay.

    References
    ----------
    .. [1] T. Zhang and W. Li, "k-decay: A New Method for Learning Rate Schedule", 2020.
       https://arxiv.org/abs/2004.05909

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span, Warp
    >>> Warp(schedule=Linear(), power=2).over(Span(10))([0, 5, 10])
    array([1.  , 0.75, 0.  ])
    """

    schedule: Shape
    power: float = 2.0

    def __post_init__(self) -> None:
        check_shape(self, "schedule")
        check_above(self, 0, "power")

    def at(self, progress: Values) -> Values:
        return self.schedule.at(progress**self.power)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Tanh(Shape):
    r"""A hyperbolic tangent between two of its arguments.

    Parameters
    ----------
    start_value, end_value : float
        Values far before and far after. They are met up to the tails of the tangent: with the
        default arguments the first value is 8e-7 short of the way and the last 0.25 %.
    lower, upper : float
        Arguments at progress 0 and 1, in ascending order.

    Notes
    -----
    With :math:`u` the progress through the span,

    .. math:: y(u) = y_1 + \tfrac12 (y_0 - y_1) (1 - \tanh(l (1 - u) + h u)) .

    References
    ----------
    .. [1] B. Y. Hsueh, W. Li and I.-C. Wu, "Stochastic Gradient Descent with Hyperbolic-Tangent
       Decay on Classification", WACV 2019. https://arxiv.org/abs/1806.01593

    Examples
    --------
    >>> from lr_plugin.schedule import Span, Tanh
    >>> Tanh().over(Span(100))([0, 70, 100]).round(4)
    array([1.    , 0.5   , 0.0025])
    """

    start_value: float = 1.0
    end_value: float = 0.0
    lower: float = -7.0
    upper: float = 3.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value", "lower")
        check_above(self, self.lower, "upper")

    def at(self, progress: Values) -> Values:
        bend = np.tanh(self.lower * (1 - progress) + self.upper * progress)
        left: Values = (1 - bend) / 2
        return self.end_value + (self.start_value - self.end_value) * left
