"""Compare two schedules seed by seed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lr_plugin.compare.flips import MOST_EXACT, ROUNDING, flipped

__all__ = ["LEVEL", "Interval", "Paired", "paired"]

Interval = tuple[float, float]

LEVEL: Final = 0.05
_RESAMPLES: Final = 9999
_FEWEST_FOR_INTERVAL: Final = 3
_FEWEST_FOR_BCA: Final = 10
_NO_SIZE: Final = MappingProxyType({"difference": None, "interval": None, "effect": None})


@dataclass(frozen=True, kw_only=True)
class Paired:
    """How one schedule does beside another, over the seeds that both ran.

    Costs are compared, so that a negative difference speaks for the first. Where a run of either
    diverged there is no mean difference, and the test is one of ranks.

    Parameters
    ----------
    first, second : str
        Names of the two.
    seeds : tuple of int
        What they are paired by.
    difference : float, optional
        Mean difference of the costs, first minus second.
    interval : tuple of float, optional
        Its 95 % bootstrap interval, from 3 pairs on.
    effect : float, optional
        The difference in standard deviations of the differences.
    improved : float
        The share of seeds on which the first is better; a draw counts half.
    p : float
        Of the test of no difference by flipping signs, two-sided.
    wilcoxon : float
        Of Wilcoxon's signed-rank test, as a check.
    adjusted : float
        `p` after Holm's correction over all comparisons of a table.
    better : bool
        Whether the first is the better one on balance, be it by chance.
    """

    first: str
    second: str
    seeds: tuple[int, ...]
    difference: float | None
    interval: Interval | None
    effect: float | None
    improved: float
    p: float
    wilcoxon: float
    adjusted: float
    better: bool

    @property
    def separable(self) -> bool:
        """Whether the test tells the two apart."""
        return self.adjusted <= LEVEL

    def mirrored(self) -> "Paired":
        """Return the same comparison, said of the second."""
        return replace(
            self,
            first=self.second,
            second=self.first,
            difference=None if self.difference is None else -self.difference,
            interval=None if self.interval is None else (-self.interval[1], -self.interval[0]),
            effect=None if self.effect is None else -self.effect,
            improved=1 - self.improved,
            better=not self.better,
        )


def paired(first: str, second: str, costs: Mapping[str, Mapping[int, float]]) -> Paired | None:
    """Compare two schedules on the seeds they share; None without two of them.

    Parameters
    ----------
    first, second : str
        Their names.
    costs : mapping of str to mapping of int to float
        By name and seed: lower is better, infinite where the run diverged.

    Notes
    -----
    The test flips the signs of the differences, in all :math:`2^n` ways up to 30 seeds and in
    99 999 random ways beyond, and compares the mean. With a divergence, infinite differences are
    the largest in absolute value, draws of two divergences are zeros, and the mean is that of the
    signed ranks. The interval is BCa from 10 pairs on and the percentile bootstrap below.

    References
    ----------
    .. [1] B. Efron, "Better Bootstrap Confidence Intervals", JASA 82, 1987.
    .. [2] C. Colas et al., "How Many Random Seeds?", 2018. https://arxiv.org/abs/1806.08295
    .. [3] X. Bouthillier et al., "Accounting for Variance in Machine Learning Benchmarks", 2021.
       https://arxiv.org/abs/2103.03098
    """
    seeds = tuple(sorted(set(costs[first]) & set(costs[second])))
    if len(seeds) < 2:  # noqa: PLR2004 - one pair has no spread
        return None
    both = [(costs[first][seed], costs[second][seed]) for seed in seeds]
    whole = bool(np.isfinite(both).all())
    found = np.array([_minus(*pair) for pair in both])
    compared = found if whole else _signed_ranks(found)
    p = flipped(compared)
    return Paired(
        first=first,
        second=second,
        seeds=seeds,
        **(_size(found) if whole else _NO_SIZE),
        improved=float(np.mean((found < 0) + 0.5 * (found == 0))),
        p=p,
        wilcoxon=_wilcoxon(found),
        adjusted=p,
        better=bool(compared.mean() < 0),
    )


def _minus(first: float, second: float) -> float:
    return 0.0 if first == second == inf else first - second


def _size(differences: NDArray[np.float64]) -> dict[str, Any]:
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    varied = spread > ROUNDING * abs(mean)
    return {
        "difference": mean,
        "interval": _interval(differences, varied=varied),
        "effect": mean / spread if varied else None,
    }


def _interval(differences: NDArray[np.float64], *, varied: bool) -> Interval | None:
    from scipy.stats import bootstrap

    if len(differences) < _FEWEST_FOR_INTERVAL:
        return None
    method = "BCa" if varied and len(differences) >= _FEWEST_FOR_BCA else "percentile"
    random = np.random.default_rng(0)
    found = bootstrap((differences,), np.mean, n_resamples=_RESAMPLES, method=method, rng=random)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _signed_ranks(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks = np.zeros(len(differences))
    some = differences != 0
    ranks[some] = rankdata(np.abs(differences[some])) * np.sign(differences[some])
    return ranks


def _wilcoxon(differences: NDArray[np.float64]) -> float:
    from scipy.stats import wilcoxon

    if len(differences) <= MOST_EXACT:  # the same, and exact where ranks tie too
        return flipped(_signed_ranks(differences))
    return float(wilcoxon(differences).pvalue) if differences.any() else 1.0
