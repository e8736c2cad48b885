"""The test of no difference by flipping signs."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_EXACT", "ROUNDING", "flipped", "least_p"]

MOST_EXACT: Final = 30
"""Seeds with which all ways to flip signs are tried: 2 ** 30 take a hundredth of a second."""

ROUNDING: Final = 1e-9
"""Equal differences of floats differ by less, as a share."""

_FLIPS, _AT_ONCE = 99_999, 11_111


def least_p(seeds: int) -> float:
    """Return the least p value that the test can come to.

    Parameters
    ----------
    seeds : int
        How many are paired.

    Examples
    --------
    >>> least_p(6), least_p(31)
    (0.03125, 1e-05)
    """
    return 2.0 ** (1 - seeds) if seeds <= MOST_EXACT else 1 / (1 + _FLIPS)


def flipped(differences: NDArray[np.float64]) -> float:
    """Return the share of ways to flip signs that give as large a mean, or a larger one.

    Parameters
    ----------
    differences : ndarray
        Finite. All ways are tried with up to `MOST_EXACT` of them, 99 999 random ones beyond.
        The test is two-sided.

    Examples
    --------
    >>> flipped(np.array([1.0, 2.0, 4.0]))
    0.25
    """
    sizes = np.abs(differences)
    least = abs(differences.sum()) - ROUNDING * sizes.sum()
    share = _exact if len(sizes) <= MOST_EXACT else _random
    return share(sizes, least)


def _exact(sizes: NDArray[np.float64], least: float) -> float:
    # each way is one of half the seeds and one of the others: with those sorted, none is formed
    half = len(sizes) // 2
    some, others = _sums(sizes[:half]), np.sort(_sums(sizes[half:]))
    above = others.size - np.searchsorted(others, least - some)
    return min(1.0, 2 * float(above.mean()) / others.size)


def _sums(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.zeros(1)
    for size in sizes:
        found = np.concatenate([found - size, found + size])
    return found


def _random(sizes: NDArray[np.float64], least: float) -> float:
    random = np.random.default_rng(0)
    flips = (random.choice((-1.0, 1.0), (_AT_ONCE, len(sizes))) for _ in range(_FLIPS // _AT_ONCE))
    larger = sum(int((np.abs(each @ sizes) >= least).sum()) for each in flips)
    return (1 + larger) / (1 + _FLIPS)
