"""From noisy losses to a smooth curve over the logarithm of the rate."""

from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """On which losses are averaged, and back.

    Parameters
    ----------
    unit : float or None
        None is the logarithm. A number is the inverse hyperbolic sine in this unit: like a
        logarithm for what is large, and at home with both signs.

    Examples
    --------
    >>> scale = Scale.of(np.array([1.0, np.inf, np.exp(2)]))
    >>> scale.to(np.array([1.0, np.inf, np.exp(2)]))
    array([ 0., nan,  2.])
    >>> scale.back(np.array([0.0]))
    array([1.])
    """

    unit: float | None

    @classmethod
    def of(cls, losses: Values) -> "Scale":
        """Give the logarithm if all finite losses are above 0, else a unit of their median size."""
        finite = losses[np.isfinite(losses)]
        if (finite > 0).all():
            return cls(None)
        return cls(float(np.median(np.abs(finite))) or 1.0)

    def to(self, losses: Values) -> Values:
        """Give the places of losses on the scale; NaN for what is not finite."""
        finite = np.where(np.isfinite(losses), losses, np.nan)
        return np.log(finite) if self.unit is None else np.arcsinh(finite / self.unit)

    def back(self, places: Values) -> Values:
        """Give the losses at places on the scale."""
        return np.exp(places) if self.unit is None else np.sinh(places) * self.unit


def smooth(places: Values, values: Values, width: float) -> Values:
    """Average the values around each place with Gaussian weights, centred: nothing lags.

    Parameters
    ----------
    places : ndarray
        Places on the axis, such as logarithms of rates.
    values : ndarray
        As many values; NaN has no weight.
    width : float
        Standard deviation of the Gaussian.

    Returns
    -------
    ndarray
        The averages, at gaps too; NaN after the last value.

    Examples
    --------
    >>> smooth(np.arange(4.0), np.array([1.0, np.nan, 3.0, np.nan]), 1.0)
    array([1.23840584, 2.        , 2.76159416,        nan])
    """
    known = np.flatnonzero(np.isfinite(values))
    result = np.full(values.shape, np.nan)
    stop = known[-1] + 1 if known.size else 0
    distances = (places[:stop, None] - places[None, known]) / width
    weights = np.exp(-0.5 * distances**2)
    result[:stop] = weights @ values[known] / weights.sum(axis=1)
    return result


def spread_around(values: Values, smoothed: Values) -> float:
    """Give the standard deviation of values around their curve, from the median deviation.

    Parameters
    ----------
    values, smoothed : ndarray
        With at least one place where both are finite.

    Returns
    -------
    float
        As if the noise were normal; single wild values do not count.
    """
    return float(1.4826 * np.nanmedian(np.abs(values - smoothed)))
