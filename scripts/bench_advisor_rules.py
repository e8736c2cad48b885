"""Ways to answer: the advisor, and what it has to be better than."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from bench_advisor_cases import RIGHT, WORDS, Change, Question
from bench_advisor_score import balanced

from lr_plugin.advisor import Advice, advise

if TYPE_CHECKING:
    from collections.abc import Sequence

DIVERGED = 1.5
QUANTILES = np.linspace(0.02, 0.98, 25)


def judged(question: Question) -> Advice:
    """Return the advisor's advice."""
    return advise(question.statistics, question.known)


@dataclass(frozen=True)
class Signs:
    """What articles recommend: an oscillating loss is too high a rate, a slow one too low a rate.

    Parameters
    ----------
    oscillation
        A scatter of the loss above this asks for a decrease.
    slow
        A trend of the loss above this, in shares per window, asks for an increase.
    """

    oscillation: float
    slow: float

    def __call__(self, question: Question) -> Change:
        """Return a verdict."""
        found = question.statistics
        if found.loss_ratio.value > DIVERGED or not found.oscillation.value <= self.oscillation:
            return "decrease"
        return "increase" if found.loss_trend.value > self.slow else "keep"


def fitted_signs(questions: Sequence[Question]) -> Signs:
    """Return the signs with the thresholds that serve them best on these questions."""
    right = [question.right for question in questions]
    scatter = [question.statistics.oscillation.value for question in questions]
    trends = [question.statistics.loss_trend.value for question in questions]
    grid = product(np.nanquantile(scatter, QUANTILES), np.nanquantile(trends, QUANTILES))
    signs = [Signs(float(oscillation), float(slow)) for oscillation, slow in grid]
    return max(signs, key=lambda each: balanced(right, [each(q) for q in questions]))


def oracle(questions: Sequence[Question], spread: float) -> list[Change]:
    """Return verdicts of someone who knows the best rate but for a normal error, in decades."""
    noise = np.random.default_rng(0).normal(0, spread, len(questions))
    limit = np.log10(RIGHT)
    thought = np.array([question.off for question in questions]) + noise
    return [WORDS[1 + int(off < -limit) - int(off > limit)] for off in thought]
