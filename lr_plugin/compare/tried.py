"""What a schedule came to at each learning rate that it was tried at."""

from dataclasses import dataclass

from lr_plugin.compare.candidate import Candidate, middle
from lr_plugin.compare.family import Cell

__all__ = ["Tried", "tried"]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """The tuning runs at one learning rate.

    Parameters
    ----------
    rate : float, optional
        The learning rate.
    chosen : bool
        Whether it is the one that was chosen.
    seeds, diverged : int
        How many runs there are, and how many of them diverged.
    median : float, optional
        Of the metric, with a divergence as the worst; None if it falls on one.
    least, most : float, optional
        The range over the runs that did not diverge.
    """

    rate: float | None
    chosen: bool
    seeds: int
    diverged: int
    median: float | None
    least: float | None
    most: float | None


def tried(one: Candidate) -> list[Tried]:
    """Return what each learning rate came to, over the tuning seeds if any were singled out.

    Parameters
    ----------
    one : Candidate
        The schedule.
    """
    return [_tried(one, cell) for cell in one.family.cells]


def _tried(one: Candidate, cell: Cell) -> Tried:
    seeds = set(cell.runs) & set(one.tuning or cell.runs)
    outcomes = list(cell.outcomes(seeds).values())
    finals = [outcome for outcome in outcomes if outcome is not None]
    return Tried(
        rate=cell.rate,
        chosen=cell is one.cell,
        seeds=len(outcomes),
        diverged=len(outcomes) - len(finals),
        median=middle(one.scale, [one.scale.cost(outcome) for outcome in outcomes]),
        least=min(finals, default=None),
        most=max(finals, default=None),
    )
