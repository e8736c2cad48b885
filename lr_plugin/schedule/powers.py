"""Ramps made of powers of progress, or of quotients of it."""

from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Shape
from lr_plugin.schedule.check import check_above, check_numbers
from lr_plugin.schedule.rounding import Values
from lr_plugin.schedule.shapes import ramp


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Polynomial(Shape):
    r"""A power of what is left, so that it is flat at the end.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1.
    power : float
        Above 0; 1 is linear, 2 falls fast and levels out.

    See Also
    --------
    Power : A power of what is done: flat at the start.

    Notes
    -----
    With :math:`u` the progress through the span and :math:`q` the power,

    .. math:: y(u) = y_1 + (y_0 - y_1)(1 - u)^q ,

    as in torch, Keras, timm and transformers.

    Examples
    --------
    >>> from lr_plugin.schedule import Polynomial, Span
    >>> Polynomial(power=2).over(Span(10))([0, 5, 9, 10])
    array([1.  , 0.25, 0.01, 0.  ])
    """

    start_value: float = 1.0
    end_value: float = 0.0
    power: float = 1.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")
        check_above(self, 0, "power")

    def at(self, progress: Values) -> Values:
        return ramp(self.end_value, self.start_value, (1 - progress) ** self.power)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Power(Shape):
    r"""A power of what is done, so that it is flat at the start or, below 1, steep there.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1.
    power : float
        Above 0. From 1 to 0, a power of 2 is the "1-square" cooldown.

    See Also
    --------
    Sqrt : A power of 0.5.
    Polynomial : A power of what is left.

    Notes
    -----
    With :math:`u` the progress through the span and :math:`q` the power,

    .. math:: y(u) = y_0 + (y_1 - y_0)\, u^q .

    Examples
    --------
    >>> from lr_plugin.schedule import Power, Span
    >>> Power(power=0.5).over(Span(100))([0, 25, 64, 100]).round(3)
    array([1. , 0.5, 0.2, 0. ])
    """

    start_value: float = 1.0
    end_value: float = 0.0
    power: float = 1.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")
        check_above(self, 0, "power")

    def at(self, progress: Values) -> Values:
        return ramp(self.start_value, self.end_value, progress**self.power)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Sqrt(Shape):
    r"""A square root of what is done: the "1-sqrt" cooldown, steep first and levelling out.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1.

    See Also
    --------
    Power : The same with any power.

    Notes
    -----
    With :math:`u` the progress through the span,

    .. math:: y(u) = y_0 + (y_1 - y_0) \sqrt u .

    References
    ----------
    .. [1] A. Haegele et al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training
       Durations", NeurIPS 2024, section 3 (1-sqrt cooldown). https://arxiv.org/abs/2405.18392

    Examples
    --------
    >>> from lr_plugin.schedule import Span, Sqrt
    >>> Sqrt().over(Span(100))([0, 25, 64, 100]).round(3)
    array([1. , 0.5, 0.2, 0. ])
    """

    start_value: float = 1.0
    end_value: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")

    def at(self, progress: Values) -> Values:
        return ramp(self.start_value, self.end_value, np.sqrt(progress))


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Rex(Shape):
    r"""Reflected exponential: stays high for long, then falls ever faster.

    Parameters
    ----------
    start_value, end_value : float
        Values at progress 0 and 1.

    Notes
    -----
    With :math:`u` the progress through the span,

    .. math:: y(u) = y_1 + (y_0 - y_1) \frac{1 - u}{1 - u / 2} .

    References
    ----------
    .. [1] J. Chen, C. Wolfe and A. Kyrillidis, "REX: Revisiting Budgeted Training with an Improved
       Schedule", MLSys 2022, section 3. https://arxiv.org/abs/2107.04197

    Examples
    --------
    >>> from lr_plugin.schedule import Rex, Span
    >>> Rex().over(Span(100))([0, 50, 80, 100]).round(3)
    array([1.   , 0.667, 0.333, 0.   ])
    """

    start_value: float = 1.0
    end_value: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self, "start_value", "end_value")

    def at(self, progress: Values) -> Values:
        return ramp(self.end_value, self.start_value, (1 - progress) / (1 - progress / 2))
