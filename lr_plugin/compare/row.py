"""What a comparison says of each schedule, as numbers in the unit of the metric."""

from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from lr_plugin.compare.candidate import Candidate
from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.paired import Paired
from lr_plugin.compare.ranks import ranks
from lr_plugin.compare.said import changes, in_all, summed

__all__ = ["Beside", "Row", "beside", "rows"]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """How a schedule does beside another.

    Parameters
    ----------
    schedule, reference : str
        The two.
    pairs : int
        How many seeds both ran.
    difference, low, high : float, optional
        Mean difference of the metric and its 95 % interval. Where logarithms are compared it is
        the ratio of geometric means.
    effect : float, optional
        The difference in standard deviations of the differences.
    improved : float
        The share of seeds on which the schedule is better; a draw counts half.
    p, wilcoxon, adjusted : float
        Of the paired test, of Wilcoxon's, and of the first after Holm's correction.
    """

    schedule: str
    reference: str
    pairs: int
    difference: float | None
    low: float | None
    high: float | None
    effect: float | None
    improved: float
    p: float
    wilcoxon: float
    adjusted: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a table says of a schedule.

    Parameters
    ----------
    schedule : str
        Its name.
    learning_rate : float, optional
        The rate that it reports at.
    edge : str, optional
        The end of the grid at which its best rate lies.
    rates : int
        How many were tried.
    seeds, diverged : int
        How many runs report, and how many of them diverged.
    mean, median, worst : float, optional
        Of the metric. There is no mean with a divergence, and no number for what diverged.
    rank : float, optional
        Mean rank over the seeds that all schedules ran; 1 is the best. Unset if budgets differ.
    beside : Beside, optional
        Beside the reference; unset for itself, and where the two were not compared.
    advice : str
        What an advisor said at the end of the runs that report, and what it had changed.
    rate_changed : int
        Of how many of them it changed the learning rate.
    """

    schedule: str
    learning_rate: float | None
    edge: str | None
    rates: int
    seeds: int
    diverged: int
    mean: float | None
    median: float | None
    worst: float | None
    rank: float | None
    beside: Beside | None
    advice: str
    rate_changed: int

    def flat(self) -> dict[str, Any]:
        """Return all values by name, those beside the reference too."""
        values = asdict(self)
        values.pop("beside")
        names = [name for name in Beside.__annotations__ if name != "schedule"]
        other = {} if self.beside is None else asdict(self.beside)
        return {**values, **{name: other.get(name) for name in names}}


def rows(comparison: Comparison) -> list[Row]:
    """Return a row per schedule, the best first.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    found = ranks(comparison.candidates) if comparison.fair else {}
    places = {name: fmean(places) for name, places in found.items()}
    return [_row(comparison, one, places.get(one.name)) for one in comparison.candidates]


def _row(comparison: Comparison, one: Candidate, rank: float | None) -> Row:
    pair = comparison.against(one.name, comparison.reference)
    return Row(
        schedule=one.name,
        learning_rate=one.cell.rate,
        edge=None if one.choice is None else one.choice.edge,
        rates=len(one.family.cells),
        seeds=len(one.report),
        diverged=one.diverged,
        mean=one.mean,
        median=one.median,
        worst=one.worst,
        rank=rank,
        beside=None if pair is None else beside(comparison, pair),
        advice=summed(in_all(run.advice) for run in one.advised) if one.advised else "",
        rate_changed=sum(bool(changes(run.advice)) for run in one.advised),
    )


def beside(comparison: Comparison, pair: Paired) -> Beside:
    """Return a comparison of two schedules in the unit of the metric.

    Parameters
    ----------
    comparison : Comparison
        Where the pair is from.
    pair : Paired
        In costs.
    """
    scale = comparison.scale
    ends = [] if pair.interval is None else sorted(map(scale.value, pair.interval))
    low, high = ends or (None, None)
    sign = -1 if scale.mode == "max" else 1
    return Beside(
        schedule=pair.first,
        reference=pair.second,
        pairs=len(pair.seeds),
        difference=None if pair.difference is None else scale.value(pair.difference),
        low=low,
        high=high,
        effect=None if pair.effect is None else sign * pair.effect,
        improved=pair.improved,
        p=pair.p,
        wilcoxon=pair.wilcoxon,
        adjusted=pair.adjusted,
    )
