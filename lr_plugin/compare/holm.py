"""What several comparisons can decide together."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, log2

from lr_plugin.compare.flips import least_p
from lr_plugin.compare.paired import LEVEL, Paired

__all__ = ["can_decide", "holm", "least_seeds"]


def holm(comparisons: Sequence[Paired]) -> list[Paired]:
    """Return the comparisons with their p values adjusted for how many they are.

    Parameters
    ----------
    comparisons : sequence of Paired
        All of a table.

    References
    ----------
    .. [1] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.
    """
    adjusted, largest = list(comparisons), 0.0
    ascending = sorted(range(len(comparisons)), key=lambda place: comparisons[place].p)
    for rank, place in enumerate(ascending):
        largest = max(largest, min(1.0, comparisons[place].p * (len(comparisons) - rank)))
        adjusted[place] = replace(comparisons[place], adjusted=largest)
    return adjusted


def least_seeds(comparisons: int) -> int:
    """Return with how many seeds an exact test can tell anything apart after Holm's correction.

    Parameters
    ----------
    comparisons : int
        How many are made.

    Examples
    --------
    >>> [least_seeds(comparisons) for comparisons in (1, 8, 15)]
    [6, 9, 10]
    """
    return ceil(1 + log2(comparisons / LEVEL))


def can_decide(comparisons: Sequence[Paired]) -> bool:
    """Return whether some comparison has seeds enough to tell anything apart."""
    most = max((len(one.seeds) for one in comparisons), default=0)
    return bool(comparisons) and least_p(most) * len(comparisons) <= LEVEL
