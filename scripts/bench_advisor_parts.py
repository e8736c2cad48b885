"""Where verdicts are good and where they are poor: by distance, moment, and what is trained."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from bench_advisor_cases import RIGHT
from bench_advisor_score import Row, row
from truth_signals import EDGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench_advisor_cases import Question

    from lr_plugin.advisor import Advice

Part: TypeAlias = Any  # strings or numbers, of which each part of `PARTS` has one kind

DECADES = (0.0, 0.25, float(np.log10(RIGHT)), 0.75, 1.0, 1.5, 2.0, np.inf)
"""Distances from the best rate between which verdicts are counted; to keep is right up to 3x."""


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The rates that are so far from the best one.

    Parameters
    ----------
    side
        Too low, or too high.
    least, most
        The distance, in decades.
    verdicts
        How many were given there.
    recall
        Share of them that are right: to keep within 3x, to go towards the best rate beyond.
    """

    side: str
    least: float
    most: float
    verdicts: int
    recall: float


def by_distance(asked: Sequence[Question], said: Sequence[str]) -> list[Bin]:
    """Return the recall by distance from the best rate, of rates below and above it."""
    off = np.array([question.off for question in asked])
    hit = np.array([q.right == each for q, each in zip(asked, said, strict=True)])
    found = []
    for side, there in (("too low", off <= 0), ("too high", off > 0)):
        for least, most in pairwise(DECADES):
            here = hit[there & (least <= abs(off)) & (abs(off) < most)]
            recall = float(here.mean()) if len(here) else np.nan
            found.append(Bin(side=side, least=least, most=most, verdicts=len(here), recall=recall))
    return found


def _optimizer(question: Question) -> str:
    update = question.case.problem.update
    kind = "SGD" if update.kind == "sgd" else "AdamW"
    clip = "" if update.clip is None else f", clipped at {update.clip:g}"
    return f"{kind} {update.momentum:g}{clip}"


PARTS: dict[str, Callable[[Question], Part]] = {
    "share of the run that is done": lambda question: f"{EDGES[question.moment + 1]:4.0%}",
    "task": lambda question: question.case.problem.task,
    "optimizer and momentum": _optimizer,
    "batch": lambda question: question.case.problem.batch,
    "steps": lambda question: question.case.budget.steps,
    "schedule": lambda question: question.case.schedule,
}


def by_part(asked: Sequence[Question], said: Sequence[str]) -> dict[str, list[Row]]:
    """Return the scores of the verdicts at each moment, about each task, optimizer and so on."""
    return {part: _rows(asked, said, belongs) for part, belongs in PARTS.items()}


def _rows(
    asked: Sequence[Question], said: Sequence[str], belongs: Callable[[Question], Part]
) -> list[Row]:
    keys = [belongs(question) for question in asked]
    found = []
    for key in sorted(set(keys)):
        here = [i for i, each in enumerate(keys) if each == key]
        found.append(row(str(key), [asked[i] for i in here], [said[i] for i in here]))
    return found


def by_confidence(asked: Sequence[Question], advice: Sequence[Advice]) -> dict[str, Any]:
    """Return how many actions there were of high and of medium confidence, and how many right."""
    pairs = [(q, a) for q, a in zip(asked, advice, strict=True) if a.verdict != "keep"]
    found = {}
    for word in ("high", "medium"):
        right = [q.right == each.verdict for q, each in pairs if each.confidence == word]
        found[word] = {"actions": len(right), "precision": float(np.mean(right or np.nan))}
    return found
