"""What following the advice once, after a fifth of the run, was worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from bench_advisor_cases import fixture
from bench_advisor_rules import judged
from truth_file import numbers
from truth_sizes import FOLLOWED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_advisor_cases import Question
    from numpy.typing import NDArray

MOMENT = 1  # the window that ends where rates were changed
HARM = 0.02


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Excess of the log of the final validation loss over that at the best constant choice.

    Parameters
    ----------
    runs
        How many runs there are.
    without, followed, oracle
        The median excess of runs that go on as they are, that follow the advice, and that do the
        best of what was tried.
    harmed
        Share of runs whose final loss became more than 2 % worse by following.
    """

    runs: int
    without: float
    followed: float
    oracle: float
    harmed: float


def worth(questions: Sequence[Question]) -> dict[str, float]:
    """Score the advice after a fifth of each run by what became of runs that took it."""
    asked = [question for question in questions if question.moment == MOMENT]
    rows = np.array([_excesses(question) for question in asked])
    without, followed, best = rows.T
    found = Worth(
        runs=len(rows),
        without=float(np.median(without)),
        followed=float(np.median(followed)),
        oracle=float(np.median(best)),
        harmed=float(np.mean(followed > without + np.log1p(HARM))),
    )
    return asdict(found)


def _excesses(question: Question) -> tuple[np.float64, np.float64, np.float64]:
    found = fixture(question.case)
    index, seed = found["runs"][question.run]
    untrained = found["untrained"]
    val = _log(numbers(found["val"]), untrained)
    changed = _log(numbers(found["followed"])[question.run], untrained)
    choices = dict(zip((1.0, *FOLLOWED), (val[seed, index], *changed), strict=True))
    advised = judged(question).factor
    nearest = min(choices, key=lambda factor: abs(np.log(factor / advised)))
    least = val.mean(0).min()
    without, followed = choices[1.0], choices[nearest]
    return without - least, followed - least, min(choices.values()) - least


def _log(losses: NDArray[np.float64], untrained: float) -> NDArray[np.float64]:
    # a run that diverged has learned nothing
    capped = np.fmin(np.where(np.isfinite(losses), losses, np.inf), untrained)
    return np.asarray(np.log(capped))
