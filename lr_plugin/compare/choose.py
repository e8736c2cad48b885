"""Choose a learning rate by the one-standard-error rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isinf, sqrt
from statistics import fmean, stdev
from typing import Literal

__all__ = ["Choice", "choose"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which learning rate is taken, and how far that can be trusted.

    Parameters
    ----------
    rate : float
        The smallest that is as good as the best, within one standard error.
    best : float
        The rate with the lowest mean cost.
    edge : {'lowest', 'highest'}, optional
        At which end of the grid the best lies: what is beyond was not tried. Unset inside the
        grid, and where only one rate was tried.
    """

    rate: float
    best: float
    edge: Literal["lowest", "highest"] | None


def choose(costs: Mapping[float, Sequence[float]]) -> Choice:
    """Return the smallest learning rate whose mean cost is within one standard error of the best.

    Parameters
    ----------
    costs : mapping of float to sequence of float
        By learning rate, a cost for each seed: lower is better, infinite where the run diverged.

    Returns
    -------
    Choice
        Only rates with the fewest divergences are considered. If that is not none at all, there is
        no mean to compare, and the smallest of them is taken.

    Notes
    -----
    The standard error is that of the best rate's mean; from a single seed there is none, and the
    best is taken. On a cliff of divergence the rule takes the safer side.

    References
    ----------
    .. [1] L. Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3.

    Examples
    --------
    >>> choose({0.1: [1.1, 1.2], 0.3: [0.9, 1.3], 1.0: [2.0, 3.0], 3.0: [float("inf"), 1.0]})
    Choice(rate=0.1, best=0.3, edge=None)
    """
    lost = {rate: sum(map(isinf, costs[rate])) / len(costs[rate]) for rate in costs}
    least = min(lost.values())
    safe = sorted(rate for rate in costs if lost[rate] == least)
    if least > 0:
        return Choice(rate=safe[0], best=safe[0], edge=_edge(safe[0], costs))
    means = {rate: fmean(costs[rate]) for rate in safe}
    best = min(safe, key=means.__getitem__)
    limit = means[best] + _standard_error(costs[best])
    rate = next(rate for rate in safe if means[rate] <= limit)
    return Choice(rate=rate, best=best, edge=_edge(best, costs))


def _standard_error(costs: Sequence[float]) -> float:
    return stdev(costs) / sqrt(len(costs)) if len(costs) > 1 else 0.0


def _edge(best: float, rates: Mapping[float, object]) -> Literal["lowest", "highest"] | None:
    if len(rates) == 1:
        return None
    return {min(rates): "lowest", max(rates): "highest"}.get(best)  # type: ignore[return-value]
