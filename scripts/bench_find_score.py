"""How far answers are from the best rates: shares, intervals, gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Values: TypeAlias = NDArray[np.float64]
RESAMPLES = 4000


def within(errors: Values, factor: float) -> float:
    """Return the share of errors, in decades, that are within a factor; a refusal is a miss.

    Examples
    --------
    >>> within(np.array([0.1, -0.4, np.nan, 0.6]), 3)
    0.5
    """
    return float(np.mean(np.abs(errors) <= np.log10(factor)))


def wilson(share: float, count: int) -> float:
    """Return the lower end of the 95 % interval of a share (Wilson 1927).

    Examples
    --------
    >>> round(wilson(0.7, 40), 3)
    0.546
    """
    z = 1.96
    middle = share + z**2 / (2 * count)
    width = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return float((middle - width) / (1 + z**2 / count))


def lower_by_task(errors: Values, tasks: Sequence[str], factor: float) -> float:
    """Return the lower end of the 95 % interval of a share when whole tasks are drawn again.

    Configurations of one task err together: this interval is the wider one.
    """
    hit = np.abs(errors) <= np.log10(factor)
    groups = [hit[np.array(tasks) == task] for task in sorted(set(tasks))]
    drawn = np.random.default_rng(0).integers(len(groups), size=(RESAMPLES, len(groups)))
    hits, sizes = np.array([each.sum() for each in groups]), np.array([len(g) for g in groups])
    return float(np.quantile(hits[drawn].sum(1) / sizes[drawn].sum(1), 0.025))


def interval(values: Values) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by drawing the values again.

    Examples
    --------
    >>> interval(np.ones(5))
    (1.0, 1.0)
    """
    drawn = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    least, most = np.quantile(values[drawn].mean(1), [0.025, 0.975])
    return float(least), float(most)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one method came to.

    Parameters
    ----------
    method
        Its name.
    count, refusals
        Configurations, and those without an answer.
    twice, thrice
        Shares within a factor of 2 and of 3; a refusal is a miss.
    lower, lower_by_task
        Ends of 95 % intervals of `thrice`: Wilson's over configurations, and by drawing tasks.
    error, bias
        Mean absolute and median error of the answers, in decades; negative is too low.
    """

    method: str
    count: int
    refusals: int
    twice: float
    thrice: float
    lower: float
    lower_by_task: float
    error: float
    bias: float


def row(method: str, errors: Values, tasks: Sequence[str]) -> Row:
    """Score one method."""
    answered = errors[np.isfinite(errors)]
    thrice = within(errors, 3)
    return Row(
        method=method,
        count=len(errors),
        refusals=len(errors) - len(answered),
        twice=within(errors, 2),
        thrice=thrice,
        lower=wilson(thrice, len(errors)),
        lower_by_task=lower_by_task(errors, tasks, 3),
        error=float(np.abs(answered).mean()) if len(answered) else np.nan,
        bias=float(np.median(answered)) if len(answered) else np.nan,
    )


@dataclass(frozen=True)
class Gate:
    """A figure and what it has to be."""

    what: str
    value: float
    limit: float
    at_least: bool

    @property
    def passed(self) -> bool:
        """Whether the figure is good enough."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        word = "ok" if self.passed else "MISSED"
        return f"{word:<7}{self.what}: {self.value:.2f} {sign} {self.limit:g}"
