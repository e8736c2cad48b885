"""The only place that rounds: exact lengths to whole steps, without ever leaving integers."""

from fractions import Fraction
from math import floor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Steps: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]

_INT64 = np.iinfo(np.int64).max


def nearest(amount: Fraction) -> int:
    """Round to the nearest whole step, halves up."""
    return floor(amount + Fraction(1, 2))


def passed(step: Steps, every: Fraction) -> Steps:
    """Count the boundaries ``nearest(every), nearest(2 * every), ...`` at or before each step."""
    exact = _exact(step, every.denominator)
    counted = ((2 * exact + 1) * every.denominator - 1) // (2 * every.numerator)
    return np.asarray(counted).astype(np.int64)


def boundary(index: Steps, every: Fraction) -> Steps:
    """Give the steps ``nearest(index * every)``."""
    exact = _exact(index, every.numerator)
    rounded = (2 * exact * every.numerator + every.denominator) // (2 * every.denominator)
    return np.asarray(rounded).astype(np.int64)


def _exact(number: Steps, factor: int) -> NDArray[np.int64] | NDArray[np.object_]:
    """Give Python integers where the product would not fit into 64 bits."""
    largest = int(number.max(initial=0))
    return number.astype(object) if (2 * largest + 2) * factor >= _INT64 else number
