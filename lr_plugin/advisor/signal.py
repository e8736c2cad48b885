"""A signal: a number with its standard error."""

from dataclasses import dataclass
from math import isfinite, nan, sqrt

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
    >>> import numpy as np
    >>> mean(np.array([1.0, 3.0]))
    Signal(value=2.0, error=1.0)
    """
    centre = float(values.sum()) / len(values) if len(values) else nan
    if not isfinite(centre):
        return Signal(value=nan)
    return Signal(value=centre, error=standard_error(values))


def standard_error(values: Values) -> float:
    """Return the standard error of the mean of independent values; NaN for fewer than two.

    Parameters
    ----------
    values : ndarray
        The values.

    Examples
    --------
    >>> import numpy as np
    >>> standard_error(np.array([1.0, 3.0]))
    1.0
    """
    count = len(values)
    if count < 2:  # noqa: PLR2004 - a spread needs two
        return nan
    rest = values - values.sum() / count
    return sqrt(float(rest @ rest) / (count - 1) / count)
