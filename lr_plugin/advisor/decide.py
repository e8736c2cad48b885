"""The rule: which evidence is enough for an action, and how sure it is."""

from collections.abc import Iterable, Sequence
from math import isnan
from typing import Final, Literal, TypeAlias

from lr_plugin.advisor.votes import Evidence

__all__ = ["DIVERGED", "KEEP", "MIXED", "Change", "Confidence", "Size", "decide", "size"]

Change: TypeAlias = Literal["increase", "keep", "decrease"]
Confidence: TypeAlias = Literal["none", "low", "medium", "high"]
Size: TypeAlias = tuple[float, tuple[float, float]]

MIXED: Final = "the evidence is mixed"

_OPPOSITE: Final = {"increase": "decrease", "decrease": "increase"}
KEEP: Final[Size] = (1.0, (1.0, 1.0))
DIVERGED: Final[Size] = (0.1, (0.03, 0.1))
_DOWN: Final[Size] = (1 / 3, (0.04, 0.5))
# by directedness: a factor, and those that 10 % and 90 % of the runs needed on the tuning tasks
_UP: Final[tuple[tuple[float, Size], ...]] = (
    (0.85, (10.0, (10.0, 1000.0))),
    (0.75, (10.0, (6.0, 100.0))),
    (0.6, (3.0, (3.0, 80.0))),
    (-float("inf"), (3.0, (1.5, 20.0))),
)


def decide(evidence: Sequence[Evidence]) -> tuple[Change, Confidence, str]:
    """Return the verdict, the confidence, and what should be said about it.

    Both the slope along the updates (the slope ratio, or the alignment where no loss is probed)
    and the path must ask for an action, and nothing may ask for the opposite.

    Parameters
    ----------
    evidence : sequence of Evidence
        The votes.
    """
    heard = {each.name: each.says for each in evidence if each.says != "silent"}
    slope = heard.get("slope ratio", heard.get("alignment"))
    path = heard.get("directedness")
    if slope is None or path is None:
        return "keep", "none", ""
    if slope != path or slope == "keep":
        return "keep", *_agreement(heard.values())
    if _OPPOSITE[slope] in heard.values():
        return "keep", "low", MIXED
    change: Change = "increase" if slope == "increase" else "decrease"
    return change, "high" if {*heard.values()} == {change} else "medium", ""


def _agreement(said: Iterable[str]) -> tuple[Confidence, str]:
    words = {*said}
    if {"increase", "decrease"} <= words:
        return "low", MIXED
    return ("high" if words == {"keep"} else "medium"), ""


def size(change: Change, directedness: float) -> Size:
    """Return a factor for the rate, and the band in which the best one probably lies.

    Parameters
    ----------
    change : str
        The verdict.
    directedness : float
        How straight the path was; the straighter, the further away the best rate.
    """
    if change == "keep":
        return KEEP
    if change == "decrease":
        return _DOWN
    straight = 0.0 if isnan(directedness) else directedness
    return next(found for least, found in _UP if straight > least)
