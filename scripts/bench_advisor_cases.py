"""What is asked of the advisor: one verdict for each measured run at each moment that it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from bench_find_cases import Case, cases, stored
from truth_file import numbers
from truth_signals import EDGES, NAMES, PAIRS, sampled, windows

from lr_plugin.advisor import Circumstances, Signal, Statistics
from lr_plugin.advisor.path import straightness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from truth_problems import Problem

Change: TypeAlias = str

WORDS: tuple[Change, ...] = ("decrease", "keep", "increase")
RIGHT = 3.0
"""A rate within this factor of the best one is to be kept."""
LOWER = 0.75
"""Mean of what is ahead, in units of now, below which the callback takes a schedule to decay."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A run at one moment.

    Parameters
    ----------
    case
        The configuration.
    run
        Which of its measured runs.
    moment
        Index of the window at whose end the question is asked.
    off
        Decades by which its rate is above the best.
    statistics, known
        What the advisor is given.
    """

    case: Case
    run: int
    moment: int
    off: float
    statistics: Statistics
    known: Circumstances

    @property
    def right(self) -> Change:
        """The right answer."""
        if abs(self.off) <= np.log10(RIGHT):
            return "keep"
        return "decrease" if self.off > 0 else "increase"


def questions(problems: Iterable[Problem], *, probes: bool = False) -> list[Question]:
    """Return all questions about problems; with probes, the slope ratio is known as well."""
    return [
        question
        for case in cases(problems)
        for moment in range(len(EDGES) - 1)
        for question in _asked(case, moment, probes=probes)
    ]


def _asked(case: Case, moment: int, *, probes: bool) -> Iterator[Question]:
    found = fixture(case)
    signals = np.moveaxis(numbers(found["signals"]), 0, -1)  # runs, windows, names
    for run, (index, _) in enumerate(found["runs"]):
        seen = signals[run, : moment + 1]
        yield Question(
            case=case,
            run=run,
            moment=moment,
            off=float(np.log10(case.problem.rates[index] / case.best.rate)),
            statistics=_statistics(case, moment, seen, found["untrained"], probes=probes),
            known=Circumstances(decays=_decays(case, moment)),
        )


def fixture(case: Case) -> dict[str, Any]:
    """Return what was measured of a configuration."""
    number = case.problem.budgets.index(case.budget)
    found: dict[str, Any] = stored(case.problem)["budgets"][str(number)][case.schedule]
    return found


def _decays(case: Case, moment: int) -> bool:
    done = windows(case.budget.steps)[moment][1]
    ahead = case.factors[done:]
    return bool(len(ahead) and ahead.mean() < LOWER * case.factors[done - 1])


def _statistics(
    case: Case, moment: int, seen: NDArray[np.float64], untrained: float, *, probes: bool
) -> Statistics:
    column = partial(_column, seen)
    last = seen[-1]
    value = dict(zip(NAMES, last, strict=True))
    spans = windows(case.budget.steps)[: moment + 1]
    end = sampled(*spans[-1])[-1] + 1
    lengths = [stop - start for start, stop in spans[:-1]] + [end - spans[-1][0]]
    squares = float(column("update") @ lengths)
    momentum = case.problem.update.momentum
    pulls = column("home") / np.sqrt(column("gradient")) / column("away")
    return Statistics(
        step=spans[-1][1],
        fraction=spans[-1][1] / case.budget.steps,
        steps=end,
        pairs=PAIRS * len(seen),
        momentum=momentum,
        alignment=_mean(column("cosine"), column("cosine_sd")),
        displacement=Signal(value=float(pulls.mean())),
        directedness=straightness(float(column("far").max()), squares, end, momentum),
        coherence=Signal(value=float((column("neighbours") / column("gradient")).mean())),
        slope_ratio=_ratio(column("slope"), column("begin")) if probes else Signal(value=np.nan),
        loss_ratio=Signal(
            value=value["loss"] / untrained if np.isfinite(value["loss"]) else np.inf
        ),
        loss_trend=Signal(value=value["trend"] / value["loss"]),
        oscillation=Signal(value=value["ripple"] / value["loss"]),
    )


def _column(seen: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = seen[:, NAMES.index(name)]
    return found


def _mean(values: NDArray[np.float64], spreads: NDArray[np.float64]) -> Signal:
    error = np.sqrt(np.mean(spreads**2) / (PAIRS * len(values)))
    return Signal(value=float(values.mean()), error=float(error))


def _ratio(after: NDArray[np.float64], before: NDArray[np.float64]) -> Signal:
    ratio = after.sum() / before.sum() if before.sum() < 0 else np.nan
    return Signal(value=float(np.clip(ratio, -2, 2)))
