"""The runs whose signals were kept: what an adviser saw, and what it should have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from bench_find_cases import Case, cases, stored
from truth_file import numbers
from truth_signals import NAMES
from truth_sizes import FOLLOWED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench_find_rules import Values
    from truth_problems import Problem


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training at one rate.

    Parameters
    ----------
    case
        The configuration.
    rate, seed
        The peak rate, and which of the seeds.
    val
        Final validation loss; NaN if it diverged.
    signals
        What was seen, by the names of `truth_signals`: a value for each window.
    followed
        Final validation loss if the rate had been multiplied after a fifth of the run, by the
        multiplier; 1 is no change.
    """

    case: Case
    rate: float
    seed: int
    val: float
    signals: dict[str, Values]
    followed: dict[float, float]

    @property
    def distance(self) -> float:
        """Decades above the best rate."""
        return float(np.log10(self.rate / self.case.best.rate))


def runs(problems: Iterable[Problem]) -> Iterator[Run]:
    """Return the runs whose signals were kept."""
    for case in cases(problems):
        found = stored(case.problem)["budgets"][str(case.index)][case.schedule]
        signals = dict(zip(NAMES, numbers(found["signals"]), strict=True))
        val, followed = numbers(found["val"]), numbers(found["followed"])
        for place, (index, seed) in enumerate(found["runs"]):
            final = float(val[seed, index])
            yield Run(
                case=case,
                rate=float(case.problem.rates[index]),
                seed=seed,
                val=final,
                signals={name: values[place] for name, values in signals.items()},
                followed={1.0: final} | dict(zip(FOLLOWED, followed[place].tolist(), strict=True)),
            )
