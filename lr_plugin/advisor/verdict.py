"""From the evidence of a window to advice, with what may mislead it."""

from dataclasses import dataclass
from math import exp, inf, isnan
from typing import Final, Literal

from lr_plugin.advisor.decide import DIVERGED, KEEP, Change, Confidence, Size, decide, size
from lr_plugin.advisor.doubt import doubt, is_noise
from lr_plugin.advisor.signals import Statistics
from lr_plugin.advisor.votes import SURE, THRESHOLDS, Evidence, Thresholds, classic, votes

__all__ = ["Advice", "Circumstances", "advise", "diverges"]

_SHORT: Final = "too little was measured to tell"
_DECAYS: Final = (
    "the schedule lowers the rate anyway, and what is best for the next steps is too low now"
)
_SPREADS: Final = 3  # so many times the spread of a loss, and it is no chance
_UNLEARNED: Final = "the loss has not fallen, and updates undo one another"
_BROKEN: Final = "the loss diverged"
_OVERFITS: Final = "the validation loss rises while the training loss falls, which is overfitting"
_TRAINED: Final = "the run began with trained weights, where a wrong rate is noticed less often"
_GUESSED: Final = "the optimizer does not say its momentum, which was taken for 0.9"
_LIMIT: Final = "it is not applied, since the rate was changed as far as it may go"
_HEAVY: Final = "with so much momentum the path cannot show that the rate is too high"


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What is known beside the measurements.

    Parameters
    ----------
    broken : bool
        Whether the training loss is not finite now, or the run ends because it diverged.
    decays : bool
        Whether the schedule will lower the rate much for most of what is left.
    overfits : bool
        Whether the validation loss rises; it is said where the training loss falls.
    starts_trained : bool
        Whether the run began with trained weights.
    guesses_momentum : bool
        Whether the optimizer does not say its momentum.
    at_limit : str
        The change of which as much has been applied as may be; empty before.

    Examples
    --------
    >>> Circumstances(decays=True).overfits
    False
    """

    broken: bool = False
    decays: bool = False
    overfits: bool = False
    starts_trained: bool = False
    guesses_momentum: bool = False
    at_limit: Change | Literal[""] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """A verdict about the learning rate.

    Parameters
    ----------
    verdict : str
        ``increase``, ``keep`` or ``decrease``.
    factor : float
        What to multiply the rate by; 1 for ``keep``.
    band : tuple of float
        The lowest and the highest factor that are likely.
    confidence : str
        ``none`` where it cannot tell, ``low``, ``medium`` or ``high``.
    step : int
        The optimizer steps that were done.
    fraction : float
        Their share of the planned steps, 0..1.
    evidence, supporting : tuple of Evidence
        What decided, and what is shown beside it.
    caveats : tuple of str
        What may mislead it here.

    Examples
    --------
    >>> advice = Advice(
    ...     verdict="decrease", factor=0.1, band=(0.03, 0.1), confidence="high", step=90,
    ...     fraction=0.1, evidence=(), supporting=(), caveats=("the loss is inf",),
    ... )
    >>> advice.verdict
    'decrease'
    """

    verdict: Change
    factor: float
    band: tuple[float, float]
    confidence: Confidence
    step: int
    fraction: float
    evidence: tuple[Evidence, ...]
    supporting: tuple[Evidence, ...]
    caveats: tuple[str, ...] = ()


def advise(
    found: Statistics,
    known: Circumstances = Circumstances(),
    limits: Thresholds = THRESHOLDS,
) -> Advice:
    """Say whether a higher or a lower learning rate would be better.

    An action needs the slope of the loss along updates and the shape of the path to agree, and
    nothing to disagree; anything less says ``keep``. But where the loss has not fallen, gradients
    that point back, along the last update and along the whole way, are enough for ``decrease``.

    Parameters
    ----------
    found : Statistics
        Of a window.
    known : Circumstances
        What else is known.
    limits : Thresholds
        Where a statistic begins to speak.

    Returns
    -------
    Advice
        The verdict with its evidence.

    Examples
    --------
    A straight descent, where every gradient points along the last update:

    >>> from lr_plugin.advisor import Pair, Window, statistics
    >>> pairs = [
    ...     Pair(step=step, rate=0.1, loss=9.0 - step / 99, update=1.0, distance=step + 1.0,
    ...          gradient=1.0, slope=0.9, pull=0.9 * (step + 1), coherence=0.9)
    ...     for step in range(0, 100, 10)
    ... ]
    >>> window = Window(
    ...     start=0, stop=100, since=0, fraction=0.1, momentum=0.0, first_loss=9.0, pairs=(*pairs,)
    ... )
    >>> advice = advise(statistics(window))
    >>> advice.verdict, advice.factor, advice.confidence
    ('increase', 10.0, 'high')
    """
    evidence = votes(found, limits)
    change, confidence, (factor, band), why = _judge(found, evidence, known, limits)
    return Advice(
        verdict=change,
        factor=factor,
        band=band,
        confidence=confidence,
        step=found.step,
        fraction=found.fraction,
        evidence=evidence,
        supporting=classic(found),
        caveats=(*([why] if why else ()), *_caveats(change, found, known, limits)),
    )


def _judge(
    found: Statistics, evidence: tuple[Evidence, ...], known: Circumstances, limits: Thresholds
) -> tuple[Change, Confidence, Size, str]:
    if diverges(found, known, limits):
        return "decrease", "high", DIVERGED, _times(inf if known.broken else found.loss_ratio.value)
    if not _is_enough(found, limits):
        return "keep", "none", KEEP, _SHORT
    change, confidence, factors, why = _weighed(found, evidence, limits)
    doubtful = doubt(change, found, evidence, limits)
    if doubtful:
        return "keep", "none", KEEP, doubtful
    if change == "decrease" and confidence == "high" and _is_weak(found, known, limits):
        confidence = "medium"
    return change, confidence, factors, why


def _is_weak(found: Statistics, known: Circumstances, limits: Thresholds) -> bool:
    """Say whether less has to be weighed with care: it has been wrong under these signs."""
    stays = limits.unlearned <= found.loss_ratio.value < limits.risen
    noisy = isnan(found.slope_ratio.value) and is_noise(found, limits)
    return known.decays or stays or noisy


def _weighed(
    found: Statistics, evidence: tuple[Evidence, ...], limits: Thresholds
) -> tuple[Change, Confidence, Size, str]:
    if _learns_nothing(found, evidence, limits):
        return "decrease", "high", DIVERGED, _UNLEARNED
    change, confidence, why = decide(evidence)
    return change, confidence, size(change, found.directedness.value), why


def diverges(found: Statistics, known: Circumstances, limits: Thresholds = THRESHOLDS) -> bool:
    """Say whether the loss is far above what it was at first, by more than chance.

    Parameters
    ----------
    found : Statistics
        Of the latest window.
    known : Circumstances
        What else is known.
    limits : Thresholds
        Of the statistics.
    """
    # a loss with heavy tails is far from its first value too, while updates still lower it
    cosines = found.alignment.value, found.displacement.value
    lowers = any(cosine > limits.cosine_high for cosine in cosines)
    ratio = found.loss_ratio.value
    if known.broken or ratio == inf:
        return True
    # losses of a few examples are far from one another, whatever the learning rate
    spreads = 2 * _SPREADS if is_noise(found, limits) else _SPREADS
    far = limits.diverged * exp(spreads * found.oscillation.value)
    return _is_enough(found, limits) and not lowers and ratio > far


def _learns_nothing(found: Statistics, evidence: tuple[Evidence, ...], limits: Thresholds) -> bool:
    # after a first jump too far the path is long, and looks straight: only the cosines tell
    says = {each.name: each.says for each in evidence}
    still = found.loss_ratio.value >= limits.unlearned
    back = says["displacement"] == "decrease" and "increase" not in says.values()
    highest = found.alignment.value + SURE * found.alignment.error
    return still and back and highest < limits.cosine_low and not is_noise(found, limits)


def _is_enough(found: Statistics, limits: Thresholds) -> bool:
    return found.pairs >= limits.pairs and found.steps >= limits.steps


def _times(ratio: float) -> str:
    return _BROKEN if ratio == inf else f"the loss is {ratio:.3g} times what it was at first"


def _caveats(
    change: Change, found: Statistics, known: Circumstances, limits: Thresholds
) -> list[str]:
    caveats = {
        _DECAYS: known.decays and change == "decrease",
        _OVERFITS: known.overfits and found.loss_trend.value < 0,
        _TRAINED: known.starts_trained and change == "keep",
        _HEAVY: found.momentum > limits.heavy,
        _GUESSED: known.guesses_momentum,
        _LIMIT: change == known.at_limit,
    }
    return [said for said, holds in caveats.items() if holds]
