"""A signal: a number with its standard error."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np

from lr_plugin.advisor.window import Values

__all__ = ["Signal", "mean", "standard_error"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """A statistic.

    Parameters
    ----------
    value : float
        NaN where there is too little to compute it from.
    error : float
        Its standard error; NaN where it has none.

    Examples
    --------
    >>> Signal(value=3.0, error=1.5).t
    2.0
    """

    value: float
    error: float = nan

    @property
    def t(self) -> float:
        """How many standard errors it is away from zero."""
        return self.value / self.error if self.error > 0 else nan


def mean(values: Values) -> Signal:
    """Return the mean of some values with its standard error; NaN unless all are finite.

    Parameters
    ----------
    values : ndarray
        One number of every pair.

    Examples
    --------
    >>> mean(np.array([1.0, 3.0]))
    Signal(value=2.0, error=1.0)
    """
    if len(values) == 0 or not np.isfinite(values).all():
        return Signal(value=nan)
    return Signal(value=float(values.mean()), error=standard_error(values))


def standard_error(values: Values) -> float:
    """Return the standard error of the mean of independent values; NaN for fewer than two.

    Parameters
    ----------
    values : ndarray
        The values.

    Examples
    --------
    >>> standard_error(np.array([1.0, 3.0]))
    1.0
    """
    return float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else nan
