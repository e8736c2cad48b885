"""The leaves that read recorded events. They stay pure: the log is part of the span."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_above, check_event
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.span import Span


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Drop(Schedule):
    r"""A constant factor at every firing of an event.

    Parameters
    ----------
    event : str
        Name of the event to read.
    factor : float
        Above 0 (torch's ``factor`` of ReduceLROnPlateau).

    See Also
    --------
    Scaled : The recorded values instead of one factor.

    Notes
    -----
    With :math:`n(k)` the firings at or before step :math:`k` that this node's span sees,

    .. math:: y(k) = f^{n(k)} .

    Examples
    --------
    >>> from lr_plugin.schedule import Drop, Firing, Span
    >>> log = (Firing("plateau", 4), Firing("plateau", 7))
    >>> Drop(event="plateau", factor=0.5).over(Span(10, log=log))([3, 4, 6, 7])
    array([1.  , 0.5 , 0.5 , 0.25])
    """

    event: str
    factor: float = 0.1

    def __post_init__(self) -> None:
        check_event(self, "event")
        check_above(self, 0, "factor")

    def evaluate(self, step: Steps, span: Span) -> Values:
        fired = [firing.step for firing in span.firings(self.event)]
        count = np.searchsorted(np.array(fired, np.int64), span.last_held(step), side="right")
        return np.float64(self.factor) ** count

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        del step, span
        yield self.event, 0


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Scaled(Schedule):
    r"""The product of the values that an event has recorded.

    Parameters
    ----------
    event : str
        Name of the event to read.

    See Also
    --------
    Drop : One factor for every firing.

    Notes
    -----
    With :math:`v_i` the value and :math:`e_i` the step of firing :math:`i`,

    .. math:: y(k) = \prod_{e_i \le k} v_i .

    Examples
    --------
    >>> from lr_plugin.schedule import Firing, Scaled, Span
    >>> log = (Firing("advice", 3, value=3.0), Firing("advice", 6, value=0.5))
    >>> Scaled(event="advice").over(Span(10, log=log))([2, 3, 6])
    array([1. , 3. , 1.5])
    """

    event: str

    def __post_init__(self) -> None:
        check_event(self, "event")

    def evaluate(self, step: Steps, span: Span) -> Values:
        firings = span.firings(self.event)
        fired = np.array([firing.step for firing in firings], np.int64)
        product = np.cumprod(np.array([1.0, *(firing.value for firing in firings)]))
        return product[np.searchsorted(fired, span.last_held(step), side="right")]

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        del step, span
        yield self.event, 0
