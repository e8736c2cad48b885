"""Read one sweep: where the loss is lowest, and whether that means anything."""

from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.finder import fitted
from lr_plugin.finder.smoothing import Scale, Values, smooth, spread_around


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """What was read from one sweep.

    Parameters
    ----------
    curve : ndarray
        The smoothed loss, NaN from where it has diverged.
    minimum : float or None
        The rate at which it is lowest; None if there is no valley.
    problem : str or None
        Why there is none.
    """

    curve: Values
    minimum: float | None = None
    problem: str | None = None


def read_sweep(rates: Values, losses: Values) -> Sweep:
    """Read one sweep.

    Parameters
    ----------
    rates : ndarray
        The learning rate of each step, ascending.
    losses : ndarray
        The loss of the batch of each step, before the step; NaN where there is none.

    Returns
    -------
    Sweep
        The smoothed curve, and its minimum or the reason why it has none.

    Examples
    --------
    >>> rates = np.geomspace(1e-6, 10, 200)
    >>> losses = 1 + np.log10(rates / 0.1) ** 2
    >>> round(read_sweep(rates, losses).minimum, 2)
    0.1
    """
    if not np.isfinite(losses[0]):
        return Sweep(curve=np.full(rates.shape, np.nan), problem=_not_finite(rates, losses[0]))
    scale = Scale.of(losses)
    places, values = np.log10(rates), scale.to(losses)
    smoothed = smooth(places, values, fitted.SMOOTHING)
    noise = spread_around(values[: len(values) // 2], smoothed[: len(values) // 2])
    sane = _until_divergence(smoothed, noise)
    lowest = int(np.nanargmin(sane))
    problem = _no_valley(rates, sane, lowest, noise)
    minimum = None if problem else float(rates[lowest])
    return Sweep(curve=scale.back(sane), minimum=minimum, problem=problem)


def _not_finite(rates: Values, first: float) -> str:
    return (
        f"the loss is {first} at the first step, before any rate could matter (it begins at "
        f"{rates[0]:g}): look at the data and the model"
    )


def _until_divergence(smoothed: Values, noise: float) -> Values:
    """Blank the curve from where it has risen too far above what it had reached."""
    reached = np.fmin.accumulate(smoothed)
    risen = smoothed - reached > max(fitted.RISE, fitted.RISE_OF_NOISE * noise)
    diverged = np.logical_or.accumulate(risen | ~np.isfinite(smoothed))
    return np.where(diverged, np.nan, smoothed)


def _no_valley(rates: Values, sane: Values, lowest: int, noise: float) -> str | None:
    first, last = rates[0], rates[-1]
    per_decade = len(rates) / np.log10(last / first)
    error = noise / np.sqrt(2 * np.sqrt(np.pi) * fitted.SMOOTHING * per_decade)
    depth = sane[0] - sane[lowest]
    if lowest == len(rates) - 1:
        return f"the loss still falls at {last:g}: raise highest"
    if depth <= fitted.DEPTH_OF_NOISE * error:
        return "the loss falls by no more than its noise"
    return None
