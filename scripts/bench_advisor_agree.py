"""How far the callback and what was scored agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_advisor_parts import by_confidence
from bench_advisor_score import WORDS, Row, row
from bench_advisor_show import confidence, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_advisor_cases import Question

    from lr_plugin.advisor import Advice

STATISTICS = ("alignment", "directedness", "displacement")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said of a run at one moment.

    Parameters
    ----------
    question
        The run and the moment.
    recorded, whole, sketched
        What the rule says of the recorded signals, what the callback says, and what it says if it
        watches a share of the parameters.
    """

    question: Question
    recorded: Advice
    whole: Advice
    sketched: Advice


def agreement(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return how often verdicts agree, how far statistics differ, and the scores of all three."""
    asked = [each.question for each in answers]
    recorded, whole, sketched = (
        [getattr(each, name).verdict for each in answers]
        for name in ("recorded", "whole", "sketched")
    )
    return {
        "said": dict(Counter(f"{a} {b}" for a, b in zip(recorded, whole, strict=True))),
        "agree": _share(recorded, whole),
        "sketch agrees": _share(whole, sketched),
        "confidence": by_confidence(asked, [each.whole for each in answers]),
        "differences": {name: differences(answers, name) for name in STATISTICS},
        "rows": [
            asdict(row("the benchmark", asked, recorded)),
            asdict(row("the callback", asked, whole)),
            asdict(row("the callback, sketching", asked, sketched)),
        ],
    }


def _share(some: Sequence[str], others: Sequence[str]) -> float:
    return float(np.mean([a == b for a, b in zip(some, others, strict=True)]))


def differences(answers: Sequence[Answer], name: str) -> dict[str, float]:
    """Return the median of a statistic's differences, and of their sizes with its 95 % quantile."""
    pairs = [(_value(each.whole, name), _value(each.recorded, name)) for each in answers]
    apart = np.array([ours - theirs for ours, theirs in pairs])
    apart = apart[np.isfinite(apart)]
    middle, most = np.quantile(np.abs(apart), (0.5, 0.95))
    return {"shift": float(np.median(apart)), "median": float(middle), "95 %": float(most)}


def _value(advice: Advice, name: str) -> float:
    return next(each.value for each in advice.evidence if each.name == name)


def show(title: str, found: dict[str, Any]) -> list[str]:
    """Return what was found, as lines."""
    rows = [Row(**each) for each in found["rows"]]
    return [
        f"\n{title}: {rows[0].configurations} configurations, {rows[0].verdicts} verdicts",
        *(line(each) for each in rows),
        f"  the callback's right actions by confidence: {confidence(found['confidence'])}",
        f"  {found['agree']:.1%} of the callback's verdicts are the benchmark's",
        f"  {found['sketch agrees']:.1%} of the verdicts from a sketch are those from all",
        f"  {'the benchmark says':<20}{'the callback: ' + ', '.join(WORDS)}",
        *(f"  {word:<20}{_said(found['said'], word)}" for word in WORDS),
        "  the callback's statistics minus the benchmark's: median; median and 95 % of its size",
        *(f"  {name:<20}{_sizes(each)}" for name, each in found["differences"].items()),
    ]


def _said(said: dict[str, int], recorded: str) -> str:
    return "".join(f"{said.get(f'{recorded} {word}', 0):8}" for word in WORDS)


def _sizes(each: dict[str, float]) -> str:
    return f"{each['shift']:+8.3f}{each['median']:8.3f}{each['95 %']:8.3f}"
