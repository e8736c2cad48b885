"""The best learning rate of a grid of finished runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMOOTHING = np.array([0.25, 0.5, 0.25])


@dataclass(frozen=True)
class Best:
    """The rate with the least loss, and whether the grid ends there."""

    rate: float
    inside: bool


def best_rate(rates: NDArray[np.float64], losses: NDArray[np.float64], untrained: float) -> Best:
    """Return the lowest point of a parabola through the smoothed mean log loss over the seeds.

    A run that diverged counts as one that learned nothing.

    Parameters
    ----------
    rates
        The grid, in equal ratios.
    losses
        Final losses: a row for each seed.
    untrained
        Loss before training.

    Examples
    --------
    >>> rates = 10.0 ** np.arange(-4, 1)
    >>> losses = np.exp((np.log10(rates) + 1.9) ** 2)[None]
    >>> round(float(np.log10(best_rate(rates, losses, untrained=1e9).rate)), 6)
    -1.9
    """
    capped = np.fmin(np.where(np.isfinite(losses), losses, np.inf), untrained)
    mean = np.log(capped).mean(0)
    smooth = np.convolve(np.pad(mean, 1, mode="edge"), SMOOTHING, mode="valid")
    least = int(smooth.argmin())
    inside = 0 < least < len(rates) - 1
    shift = vertex(*smooth[least - 1 : least + 2]) if inside else 0.0
    return Best(float(rates[least] * (rates[1] / rates[0]) ** shift), inside)


def vertex(left: float, middle: float, right: float) -> float:
    """Return where the parabola through three points, at -1, 0 and 1, is lowest.

    Examples
    --------
    >>> vertex(4.0, 1.0, 0.0), vertex(1.0, 0.0, 1.0)
    (1.0, 0.0)
    """
    bend = left + right - 2 * middle
    return float((left - right) / (2 * bend)) if bend > 0 else 0.0
