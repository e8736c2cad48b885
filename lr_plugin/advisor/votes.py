"""What each statistic says, with the sentence that explains its number."""

from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Final, Literal, TypeAlias

from lr_plugin.advisor.signal import Signal
from lr_plugin.advisor.signals import Statistics

__all__ = ["SURE", "THRESHOLDS", "Call", "Evidence", "Thresholds", "classic", "votes"]

Call: TypeAlias = Literal["increase", "keep", "decrease", "silent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """Where statistics begin to speak: increase above the high one, decrease below the low one.

    The values were chosen on two tasks, an MLP and a CNN on handwritten digits; those of a loss
    that stays where it is on digits too, with deep nets of sigmoids, which leave a plateau late.
    That paths and cosines are taken from the start of the run, not of each part, was decided on the
    first two as well; the scores on other tasks were in sight (``scripts/bench_advisor``).

    Parameters
    ----------
    ratio_low, ratio_high : float
        Of the slope ratio.
    cosine_low, cosine_high : float
        Of the alignment.
    path_low, path_high : float
        Of the directedness.
    pull_low, pull_high : float
        Of the displacement.
    diverged : float
        How many times its first value makes a loss a diverged one.
    unlearned, risen : float
        Between so many times its first value, a loss has neither fallen nor risen.
    still_low, still_high, calm : float
        Between so many times its first value, and scattering less than that, it has not moved.
    circles : float
        A displacement below which parameters circle where they began.
    coherence : float
        Below it, gradients are mostly noise.
    heavy : float
        A momentum above which a random walk cannot be told from a return.
    pairs, steps : int
        The fewest measured updates and optimizer steps that can be judged.

    Examples
    --------
    >>> Thresholds(path_high=0.6).path_high
    0.6
    """

    ratio_low: float = 0.05
    ratio_high: float = 0.8
    cosine_low: float = 0.02
    cosine_high: float = 0.08
    path_low: float = -0.05
    path_high: float = 0.45
    pull_low: float = 0.0
    pull_high: float = 0.07
    diverged: float = 1.5
    unlearned: float = 0.9
    risen: float = 1.1
    still_low: float = 0.95
    still_high: float = 1.02
    calm: float = 0.02
    circles: float = -0.06
    coherence: float = 0.05
    heavy: float = 0.95
    pairs: int = 8
    steps: int = 20


THRESHOLDS: Final = Thresholds()

SURE: Final = 2
"""Standard errors that are no chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One statistic and what it says.

    Parameters
    ----------
    name : str
        The statistic.
    value, error : float
        Its value and standard error; NaN where there is none.
    low, high : float
        Below the one it says decrease, above the other increase; NaN where it has no say.
    says : str
        ``increase``, ``keep``, ``decrease``, or ``silent`` where it cannot tell or has no say.
    sentence : str
        What the number means.

    Examples
    --------
    >>> evidence = Evidence(name="slope ratio", value=0.9, says="increase", sentence="it falls")
    >>> evidence.says
    'increase'
    """

    name: str
    value: float
    error: float = nan
    low: float = nan
    high: float = nan
    says: Call
    sentence: str


_SAYS: Final = {
    "alignment": "the gradient after an update points along it with a cosine of {:z.2f}",
    "directedness": "the path is at {:z.2f} between a random walk (0) and a straight line (1)",
    "displacement": "gradients point along the way made so far with a cosine of {:z.2f}",
    "slope ratio": "after an update the loss falls along it {:z.2f} times as steeply as before",
}


def votes(found: Statistics, limits: Thresholds = THRESHOLDS) -> tuple[Evidence, ...]:
    """Return the evidence that decides; the slope ratio only where a loss was probed.

    Parameters
    ----------
    found : Statistics
        Of a window.
    limits : Thresholds
        Where a statistic begins to speak.
    """
    cosine = _vote("alignment", found.alignment, limits.cosine_low, limits.cosine_high)
    pull = _vote("displacement", found.displacement, limits.pull_low, limits.pull_high)
    path = _vote("directedness", found.directedness, limits.path_low, limits.path_high)
    ratio = _vote("slope ratio", found.slope_ratio, limits.ratio_low, limits.ratio_high)
    if _spans(cosine):
        cosine = replace(cosine, says="silent")
    if found.momentum > limits.heavy and path.says == "decrease":
        path = replace(path, says="silent")
    return (cosine, path, pull) if isnan(ratio.value) else (ratio, cosine, path, pull)


def _vote(name: str, signal: Signal, low: float, high: float) -> Evidence:
    return Evidence(
        name=name,
        value=signal.value,
        error=signal.error,
        low=low,
        high=high,
        says="silent" if isnan(signal.value) else _call(signal.value, low, high),
        sentence=_SAYS[name].format(signal.value),
    )


def _spans(evidence: Evidence) -> bool:
    # of noise alone, some cosines are below the one threshold and some above the other
    spread = SURE * evidence.error
    return evidence.value - spread < evidence.low and evidence.value + spread > evidence.high


def _call(value: float, low: float, high: float) -> Call:
    return "decrease" if value < low else "increase" if value > high else "keep"


def classic(found: Statistics) -> tuple[Evidence, ...]:
    """Return the signs that people look at: shown, and without a vote.

    A loss that falls slowly is seen below the best rate and above it, and the noise of small
    batches looks like oscillation; alone, these signs are right about half of the time.

    Parameters
    ----------
    found : Statistics
        Of a window.
    """
    signs = (
        ("loss trend", found.loss_trend, "the log of the loss changed by {:+z.2f} in the window"),
        ("oscillation", found.oscillation, "the loss scatters by {:.0%} around its trend"),
        ("loss so far", found.loss_ratio, "the loss is {:.3g} times what it was at first"),
    )
    return tuple(
        Evidence(
            name=name,
            value=signal.value,
            error=signal.error,
            says="silent",
            sentence=sentence.format(signal.value),
        )
        for name, signal, sentence in signs
        if not isnan(signal.value)
    )
