"""A schedule at its own best learning rate: which runs chose it, and which report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from statistics import fmean, median, median_high, median_low

from lr_plugin.compare.choose import Choice, choose
from lr_plugin.compare.family import Cell, Family
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.scale import Scale

__all__ = ["Candidate", "candidate"]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What a table says of one schedule.

    Parameters
    ----------
    family : Family
        All its runs.
    scale : Scale
        How its metric is compared.
    choice : Choice, optional
        Its learning rate, chosen among several; unset where there is only one.
    tuning : tuple of int
        Seeds that chose the rate; none where nothing was chosen.
    cell : Cell
        The runs at that rate.
    report : tuple of int
        Seeds whose runs report: fresh ones if there are any, else all at that rate.
    """

    family: Family
    scale: Scale
    choice: Choice | None
    tuning: tuple[int, ...]
    cell: Cell
    report: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the schedule, and of what else sets it apart."""
        return self.family.name

    @property
    def fresh(self) -> bool:
        """Whether no run that reports had a say in the choice."""
        return not set(self.tuning) & set(self.report)

    @cached_property
    def outcomes(self) -> Mapping[int, float | None]:
        """The metric at the end by seed; None where the run diverged."""
        return self.cell.outcomes(self.report)

    @cached_property
    def costs(self) -> dict[int, float]:
        """The same, so that less is better."""
        return {seed: self.scale.cost(value) for seed, value in self.outcomes.items()}

    @property
    def diverged(self) -> int:
        """How many of the runs that report diverged."""
        return sum(value is None for value in self.outcomes.values())

    @property
    def advised(self) -> tuple[RunRecord, ...]:
        """The runs that report and have an advisor's verdict."""
        return tuple(run for seed in self.report if (run := self.cell.runs[seed]).advice)

    @property
    def mean(self) -> float | None:
        """Mean of the metric, geometric where logarithms are compared; None with a divergence."""
        return None if self.diverged else self.scale.value(fmean(self.costs.values()))

    @property
    def median(self) -> float | None:
        """Median of the metric, with a divergence as the worst; None if it falls on one."""
        return middle(self.scale, list(self.costs.values()))

    @property
    def worst(self) -> float | None:
        """The worst outcome: None if a run diverged."""
        return None if self.diverged else self.scale.value(max(self.costs.values()))

    @property
    def order(self) -> tuple[float, float, str]:
        """What tables are sorted by: divergences, then the mean, or the median with them."""
        costs = list(self.costs.values())
        centre = median(costs) if self.diverged else fmean(costs)
        return (self.diverged / len(costs), centre, self.name)


def middle(scale: Scale, costs: Sequence[float]) -> float | None:
    """Return the median of the metric; None if it falls on a divergence.

    Examples
    --------
    >>> middle(Scale(mode="max", logarithmic=False), [-0.5, -0.25, float("inf")])
    0.25
    """
    low, high = median_low(costs), median_high(costs)
    return None if high == inf else (scale.value(low) + scale.value(high)) / 2


def candidate(family: Family, scale: Scale) -> Candidate:
    """Choose a schedule's learning rate, and the runs that report on it.

    The tuning seeds of a study choose, and all others are fresh. Where no study says which they
    are, seeds that ran at every rate choose, and those that ran at the chosen rate alone are fresh.
    If there are fresh seeds, only they report.

    Parameters
    ----------
    family : Family
        With at least one result.
    scale : Scale
        How its metric is compared.
    """
    if len(family.cells) == 1:
        return _at(family, scale, family.cells[0])
    cells = {cell.rate or 0.0: cell for cell in family.cells}
    named = _named(family)
    own = {rate: set(cell.runs) & named or set(cell.runs) for rate, cell in cells.items()}
    common = set.intersection(*own.values())
    tuning = {rate: common or seeds for rate, seeds in own.items()}
    choice = choose({rate: _costs(cells[rate], tuning[rate], scale) for rate in cells})
    voted = tuple(sorted(set().union(*tuning.values())))
    if cells[choice.best].rate is None:  # nobody knows where it lies
        choice = replace(choice, edge=None)
    return _at(family, scale, cells[choice.rate], choice, voted)


def _named(family: Family) -> set[int]:
    return {run.seed for cell in family.cells for run in cell.runs.values() if run.tuning}


def _costs(cell: Cell, seeds: set[int], scale: Scale) -> list[float]:
    return [scale.cost(outcome) for outcome in cell.outcomes(seeds).values()]


def _at(
    family: Family,
    scale: Scale,
    cell: Cell,
    choice: Choice | None = None,
    tuning: tuple[int, ...] = (),
) -> Candidate:
    elsewhere = {seed for other in family.cells if other is not cell for seed in other.runs}
    stale = _named(family) or elsewhere
    report = tuple(sorted(set(cell.runs) - stale) or sorted(cell.runs))
    return Candidate(
        family=family, scale=scale, choice=choice, tuning=tuning, cell=cell, report=report
    )
