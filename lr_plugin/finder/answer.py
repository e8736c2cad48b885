"""From what repeated tests say to one answer, or to the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import numpy as np

from lr_plugin.finder import fitted
from lr_plugin.finder.grid import read_grid
from lr_plugin.finder.smoothing import Values
from lr_plugin.finder.sweep import Sweep, read_sweep

Confidence: TypeAlias = Literal["high", "medium", "low"]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A learning rate and how far to trust it, or a refusal.

    Parameters
    ----------
    learning_rate : float or None
        The peak rate for the schedule that was asked for; None in a refusal.
    spread : float or None
        Factor between the largest and the smallest answer of the repeats.
    confidence : {'high', 'medium', 'low'} or None
        How well the repeats agree. It tells noise from a clear valley, and not how good the answer
        is: of what held-out tasks were answered, about as much was right at each level.
    refusal : str or None
        Why there is no answer.
    ratio : float
        What the schedule and its length have multiplied the answer by.
    repeats : tuple of Sweep
        What was read from each repeat.
    """

    learning_rate: float | None = None
    spread: float | None = None
    confidence: Confidence | None = None
    refusal: str | None = None
    ratio: float
    repeats: tuple[Sweep, ...]


def answer_sweep(rates: Values, losses: Values, *, ratio: float = 1.0) -> Answer:
    """Answer from sweeps: steps at rates that grow, one loss for each step.

    Parameters
    ----------
    rates : ndarray
        The learning rate of each step, ascending.
    losses : ndarray
        One row for each sweep: the loss of each step's batch, before the step; NaN where there is
        none.
    ratio : float
        What the schedule and its length multiply the answer by: `schedule_ratio`.

    Returns
    -------
    Answer
        The median over the sweeps.

    Examples
    --------
    >>> rates = np.geomspace(1e-6, 10, 200)
    >>> losses = 1 + np.log10(rates / 0.1) ** 2
    >>> answer = answer_sweep(rates, np.stack([losses, losses, losses]), ratio=2.8)
    >>> round(answer.learning_rate, 3), answer.spread, answer.confidence
    (0.055, 1.0, 'high')
    """
    read = [read_sweep(rates, row) for row in losses]
    return _combined(rates, read, fitted.SWEEP_FACTOR, ratio)


def answer_grid(rates: Values, losses: Values, *, ratio: float = 1.0) -> Answer:
    """Answer from a grid: short runs from one state, each at its own rate.

    Parameters
    ----------
    rates : ndarray
        The learning rate of each run, ascending.
    losses : ndarray
        One row for each fixed batch of data: its loss after each run; NaN where one diverged.
    ratio : float
        What the schedule and its length multiply the answer by: `schedule_ratio`.

    Returns
    -------
    Answer
        The median over the batches.

    Examples
    --------
    >>> rates = np.geomspace(1e-6, 10, 15)
    >>> losses = 2 - 1 / (1 + np.log10(rates / 0.025) ** 4)
    >>> round(answer_grid(rates, losses[None]).learning_rate, 4)
    0.0075
    """
    read = [read_grid(rates, row) for row in losses]
    return _combined(rates, read, fitted.GRID_FACTOR, ratio)


def _combined(rates: Values, repeats: Sequence[Sweep], constant: float, ratio: float) -> Answer:
    found = [each.minimum for each in repeats if each.minimum is not None]
    if 2 * len(found) <= len(repeats):
        return Answer(refusal=_refusal(rates, repeats), ratio=ratio, repeats=tuple(repeats))
    spread = max(found) / min(found)
    return Answer(
        learning_rate=constant * ratio * float(np.exp(np.median(np.log(found)))),
        spread=spread,
        confidence=_confidence(spread, agreed=len(found) == len(repeats)),
        ratio=ratio,
        repeats=tuple(repeats),
    )


def _confidence(spread: float, *, agreed: bool) -> Confidence:
    if not agreed or spread > fitted.APART:
        return "low"
    return "high" if spread <= fitted.CLOSE else "medium"


def _refusal(rates: Values, repeats: Sequence[Sweep]) -> str:
    reasons = dict.fromkeys(each.problem for each in repeats if each.problem)
    return f"no valley between {rates[0]:g} and {rates[-1]:g}: {'; '.join(reasons)}"
