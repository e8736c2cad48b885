"""Decays by a power of time: they need no total, and never end."""

from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_above, check_duration
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.span import Span
from lr_plugin.schedule.timed import count_steps


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class InverseSqrt(Schedule):
    r"""One over the square root of time, started so that the first value is 1.

    Parameters
    ----------
    timescale : str
        Length of time after which the value is 1/sqrt(2). After a linear warm-up, the length of
        that warm-up gives the schedule of the original transformer ("Noam").

    See Also
    --------
    InversePower : Any other power of time.

    Notes
    -----
    With :math:`k` the step and :math:`\tau` the timescale in steps,

    .. math:: y(k) = \sqrt{\tau / (k + \tau)} .

    It needs no total, so it also runs where the length is unknown.

    References
    ----------
    .. [1] A. Vaswani et al., "Attention Is All You Need", NeurIPS 2017, eq. (3).
       https://arxiv.org/abs/1706.03762
    .. [2] X. Zhai et al., "Scaling Vision Transformers", CVPR 2022, section 3.5 (timescale).
       https://arxiv.org/abs/2106.04560

    Examples
    --------
    >>> from lr_plugin.schedule import InverseSqrt, Span
    >>> InverseSqrt(timescale="100 steps").over(Span(None))([0, 100, 300, 9900])
    array([1.        , 0.70710678, 0.5       , 0.1       ])
    """

    timescale: str = "5%"

    def __post_init__(self) -> None:
        check_duration(self, "timescale")

    def evaluate(self, step: Steps, span: Span) -> Values:
        timescale = float(count_steps(span, self.timescale, "timescale"))
        value: Values = np.sqrt(timescale / (span.held(step) + timescale))
        return value


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class InversePower(Schedule):
    r"""One over a power of time, started so that the first value is 1.

    Parameters
    ----------
    timescale : str
        Length of time after which the value is ``2 ** -power``.
    power : float
        Above 0. 1 is inverse-time decay; 0.5 with a timescale of one step is scikit-learn's
        ``invscaling``; a small one makes the slowly falling plateau of the power scheduler.

    See Also
    --------
    InverseSqrt : Power 0.5.
    Hold : Makes it fall in jumps (a staircase).

    Notes
    -----
    With :math:`k` the step, :math:`\tau` the timescale in steps and :math:`p` the power,

    .. math:: y(k) = \left(\frac{\tau}{k + \tau}\right)^p .

    References
    ----------
    .. [1] Y. Shen et al., "Power Scheduler: A Batch Size and Token Number Agnostic Learning Rate
       Scheduler", 2024. https://arxiv.org/abs/2408.13359

    Examples
    --------
    >>> from lr_plugin.schedule import InversePower, Span
    >>> InversePower(timescale="10 steps").over(Span(None))([0, 10, 30, 90])
    array([1.  , 0.5 , 0.25, 0.1 ])
    """

    timescale: str = "5%"
    power: float = 1.0

    def __post_init__(self) -> None:
        check_duration(self, "timescale")
        check_above(self, 0, "power")

    def evaluate(self, step: Steps, span: Span) -> Values:
        timescale = float(count_steps(span, self.timescale, "timescale"))
        value: Values = (1 + span.held(step) / timescale) ** -self.power
        return value
