"""Doubt: where the statistics look like a verdict, and cannot tell."""

from collections.abc import Iterable
from math import isnan
from typing import Final

from lr_plugin.advisor.decide import Change
from lr_plugin.advisor.signals import Statistics
from lr_plugin.advisor.votes import Evidence, Thresholds

__all__ = ["doubt", "is_noise"]

_NOISE: Final = "batches are mostly noise: a loss to probe would tell more"
_STILL: Final = "the loss has not moved, as on a plateau, where a rate may be too low or too high"


def doubt(
    change: Change, found: Statistics, evidence: Iterable[Evidence], limits: Thresholds
) -> str:
    """Return why a verdict cannot be relied on; nothing if it can.

    Parameters
    ----------
    change : str
        The verdict.
    found : Statistics
        Of the window.
    evidence : iterable of Evidence
        The votes.
    limits : Thresholds
        Of the statistics.
    """
    if change == "decrease" and _is_still(found, limits):
        return _STILL
    if change == "increase" or not isnan(found.slope_ratio.value):
        return ""
    says = {each.name: each.says for each in evidence}
    if change == "decrease":
        # noise makes every cosine small: that of the whole way has to be below zero as well
        return _NOISE if is_noise(found, limits) and says["displacement"] != "decrease" else ""
    return _NOISE if is_noise(found, limits) or says["alignment"] == "silent" else ""


def is_noise(found: Statistics, limits: Thresholds) -> bool:
    """Say whether successive gradients have nothing in common, as far as is known.

    Parameters
    ----------
    found : Statistics
        Of the window.
    limits : Thresholds
        Of the statistics.
    """
    return not abs(found.coherence.value) >= limits.coherence


def _is_still(found: Statistics, limits: Thresholds) -> bool:
    # one steep direction makes updates undo one another long before the rate is too high
    ratio = found.loss_ratio.value
    is_calm = found.oscillation.value < limits.calm
    circles = found.displacement.value < limits.circles
    here = limits.still_low < ratio < limits.still_high and is_calm
    return here or (limits.unlearned < ratio < limits.risen and circles)
