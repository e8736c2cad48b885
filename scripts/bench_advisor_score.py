"""How good verdicts are: balanced accuracy, wrong directions, precision, recall by distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_advisor_cases import Question
    from numpy.typing import NDArray

    Values: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

WORDS = ("decrease", "keep", "increase")
RESAMPLES = 2000
FAR = 1.0
"""Decades off at which a verdict has to notice."""


def balanced(right: Sequence[str], said: Sequence[str]) -> float:
    """Return the mean share of each right answer that was given; by chance a third.

    Examples
    --------
    >>> balanced(["keep", "keep", "increase", "decrease"], ["keep"] * 4)
    0.3333333333333333
    """
    codes = _codes(right), _codes(said)
    return float(np.mean([np.mean(codes[1][codes[0] == code] == code) for code in set(codes[0])]))


def _codes(answers: Sequence[str]) -> Codes:
    return np.array([WORDS.index(each) for each in answers])


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one way to answer came to.

    Parameters
    ----------
    method
        Its name.
    configurations, verdicts
        How many configurations there are, and how many questions were asked about them.
    balanced
        Balanced accuracy.
    recalls
        Shares of the right decreases, keeps and increases that were said.
    wrong
        Share of verdicts that point the wrong way.
    precision
        Share of the actions that were right.
    far
        Share of runs at least a decade off that were told so.
    intervals
        The 95 % intervals of balanced accuracy, precision and `far`, over configurations.
    """

    method: str
    configurations: int
    verdicts: int
    balanced: float
    recalls: tuple[float, ...]
    wrong: float
    precision: float
    far: float
    intervals: dict[str, tuple[float, float]]


def row(method: str, questions: Sequence[Question], said: Sequence[str]) -> Row:
    """Score one way to answer."""
    counts = counted(questions, said, [question.case.name for question in questions])
    whole = counts.sum(0)
    scores = scored(whole)
    return Row(
        method=method,
        configurations=len(counts),
        verdicts=len(questions),
        recalls=tuple(float(each) for each in _recalls(whole.sum(0))),
        wrong=float(whole[:, [0, 2], [2, 0]].sum() / len(questions)),
        intervals=intervals(counts),
        **{name: float(score) for name, score in scores.items()},
    )


def counted(questions: Sequence[Question], said: Sequence[str], owners: Sequence[str]) -> Values:
    """Return how often what was said: by owner, whether it is far off, right answer, answer."""
    _, owner = np.unique(owners, return_inverse=True)
    far = np.array([int(abs(question.off) >= FAR) for question in questions])
    right = _codes([question.right for question in questions])
    counts = np.zeros((owner.max() + 1, 2, 3, 3))
    np.add.at(counts, (owner, far, right, _codes(said)), 1)
    return counts


def scored(counts: Values) -> dict[str, Values]:
    """Return balanced accuracy, precision and recall of what is far off.

    Parameters
    ----------
    counts
        As `counted` returns them, in its last three axes.
    """
    both, far = counts.sum(-3), counts[..., 1, :, :]
    hits, acts = (
        np.diagonal(both, axis1=-2, axis2=-1)[..., ::2].sum(-1),
        both[..., ::2].sum((-1, -2)),
    )
    noticed = np.diagonal(far, axis1=-2, axis2=-1).sum(-1)
    with np.errstate(invalid="ignore"):  # there may be no action, or nothing far off
        return {
            "balanced": np.nanmean(_recalls(both), axis=-1),
            "precision": hits / acts,
            "far": noticed / far.sum((-1, -2)),
        }


def _recalls(counts: Values) -> Values:
    with np.errstate(invalid="ignore"):  # an answer may be right nowhere
        shares: Values = np.diagonal(counts, axis1=-2, axis2=-1) / counts.sum(-1)
    return shares


def intervals(counts: Values) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of the scores when whole owners are drawn again."""
    drawn = np.random.default_rng(0).integers(len(counts), size=(RESAMPLES, len(counts)))
    return {name: _ends(values) for name, values in scored(counts[drawn].sum(1)).items()}


def _ends(values: Values) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (np.nan, np.nan)
    return float(low), float(high)
