"""From noisy losses to a smooth curve over the logarithm of the rate."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]


def compress(losses: Values) -> Values:
    """Give a scale on which losses can be averaged: the logarithm, if all are above 0.

    Otherwise the inverse hyperbolic sine in units of the median size: like a logarithm for what is
    large, and at home with both signs.

    Parameters
    ----------
    losses : ndarray
        Of any shape; what is not finite becomes NaN.

    Returns
    -------
    ndarray
        Of the same shape, in the same order from small to large.

    Examples
    --------
    >>> compress(np.array([1.0, np.inf, np.exp(2)]))
    array([ 0., nan,  2.])
    """
    finite = np.where(np.isfinite(losses), losses, np.nan)
    if np.nanmin(finite, initial=np.inf) > 0:
        return np.asarray(np.log(finite))
    unit = np.nanmedian(np.abs(finite)) if np.isfinite(finite).any() else 1.0
    return np.asarray(np.arcsinh(finite / (unit or 1.0)))


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
