"""How good verdicts are: balanced accuracy, wrong directions, precision, recall by distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_advisor_cases import Question
    from numpy.typing import NDArray

WORDS = ("decrease", "keep", "increase")
RESAMPLES = 2000


def balanced(right: Sequence[str], said: Sequence[str]) -> float:
    """Return the mean share of each right answer that was given; by chance a third.

    Examples
    --------
    >>> balanced(["keep", "keep", "increase", "decrease"], ["keep"] * 4)
    0.3333333333333333
    """
    return float(_recalls(*_codes(right, said)).mean())


def _codes(*answers: Sequence[str]) -> list[NDArray[np.int64]]:
    return [np.array([WORDS.index(each) for each in one]) for one in answers]


def _recalls(right: NDArray[np.int64], said: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.array([np.mean(said[right == code] == code) for code in np.unique(right)])


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one way to answer came to.

    Parameters
    ----------
    method
        Its name.
    verdicts
        How many questions were asked.
    balanced, lower
        Balanced accuracy, and the lower end of its 95 % interval over configurations.
    recalls
        Shares of the right decreases, keeps and increases that were said.
    wrong
        Share of verdicts that point the wrong way.
    precision
        Share of the actions that were right.
    far
        Share of runs at least a decade off that were told so.
    """

    method: str
    verdicts: int
    balanced: float
    lower: float
    recalls: tuple[float, ...]
    wrong: float
    precision: float
    far: float


def row(method: str, questions: Sequence[Question], said: Sequence[str]) -> Row:
    """Score one way to answer."""
    right, given = _codes([question.right for question in questions], said)
    off = np.array([question.off for question in questions])
    acts, far = given != 1, np.abs(off) >= 1
    return Row(
        method=method,
        verdicts=len(questions),
        balanced=float(_recalls(right, given).mean()),
        lower=_lower([question.case.name for question in questions], right, given),
        recalls=tuple(float(each) for each in _recalls(right, given)),
        wrong=float(np.mean(np.abs(right - given) == 2)),  # noqa: PLR2004 - from one end to the other
        precision=float(np.mean(right[acts] == given[acts])) if acts.any() else np.nan,
        far=float(np.mean(right[far] == given[far])),
    )


def _lower(names: Sequence[str], right: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Return the lower end of the interval when whole configurations are drawn again."""
    _, owner = np.unique(names, return_inverse=True)
    hits = np.zeros((owner.max() + 1, 3))
    asked = np.zeros_like(hits)
    np.add.at(asked, (owner, right), 1)
    np.add.at(hits, (owner, right), said == right)
    drawn = np.random.default_rng(0).integers(len(hits), size=(RESAMPLES, len(hits)))
    shares = hits[drawn].sum(1) / asked[drawn].sum(1)
    return float(np.quantile(shares.mean(1), 0.025))
