"""What other finders answer: Lightning's own function, and fastai's rules as they are described."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Values: TypeAlias = NDArray[np.float64]

BETA = 0.98  # both smooth the loss by a running mean that forgets at this rate
STOP = 4.0  # and end a sweep at this multiple of the best smoothed loss


def lightning(rates: Values, losses: Values) -> float | None:
    """Return what `lr_find` of the installed Lightning suggests for the losses of its sweep.

    Examples
    --------
    It takes the slope over the rate, not over its logarithm, so that the least noise at the lowest
    rates wins over any valley:

    >>> rates = np.geomspace(1e-8, 1, 100)
    >>> valley = 2 + np.abs(np.log10(rates / 0.01)) / 10
    >>> lightning(rates, valley + 0.3 * (-1.0) ** np.arange(100)) < 1e-7
    True
    """
    from pytorch_lightning.tuner.lr_finder import _LRFinder

    logging.getLogger(_LRFinder.__module__).setLevel(logging.CRITICAL)  # None says as much
    finder = _LRFinder("exponential", rates[0], rates[-1], len(rates))
    kept = _as_lightning_smooths(losses)
    finder.results = {"lr": rates[: len(kept)].tolist(), "loss": kept}
    found = finder.suggestion()
    return None if found is None else float(found)


def _as_lightning_smooths(losses: Values) -> list[float]:
    """Return the running mean, divided as in Lightning's callback: by one step too many."""
    mean, best, kept = 0.0, 0.0, []
    for step, loss in enumerate(losses, 1):
        mean = BETA * mean + (1 - BETA) * loss
        kept.append(float(mean / (1 - BETA ** (step + 1))))
        if step > 1 and kept[-1] > STOP * best:
            break
        best = kept[-1] if step == 1 else min(kept[-1], best)
    return kept


def _as_fastai_smooths(rates: Values, losses: Values) -> tuple[Values, Values]:
    """Return rates and smoothed losses up to divergence, without the first tenth and the last 5."""
    mean, best, kept = 0.0, np.inf, []
    for step, loss in enumerate(losses, 1):
        mean = BETA * mean + (1 - BETA) * loss
        kept.append(mean / (1 - BETA**step))
        best = min(best, kept[-1])
        if kept[-1] > STOP * best:  # never where the loss is NaN
            break
    used = slice(len(rates) // 10, max(len(kept) - 5, 0))
    smooth = np.array(kept)[used]
    known = np.logical_and.accumulate(np.isfinite(smooth))
    return rates[used][known], smooth[known]


def valley(rates: Values, losses: Values) -> float:
    """Return the middle of the longest falling subsequence, counted back from where it ends.

    Examples
    --------
    >>> valley(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([5.0, 4.0, 3.0, 2.0, 9.0]))
    2.0
    """
    lengths = np.ones(len(losses), dtype=int)
    for place in range(1, len(losses)):
        lengths[place] += lengths[:place][losses[:place] > losses[place]].max(initial=0)
    end = int(lengths.argmax())
    return float(rates[max(end - (lengths[end] + 1) // 2, 0)])


def steep(rates: Values, losses: Values) -> float:
    """Return where the loss falls fastest over the logarithm of the rate."""
    return float(rates[(np.diff(losses) / np.diff(np.log(rates))).argmin()])


def tenth_of_minimum(rates: Values, losses: Values) -> float:
    """Return a tenth of the rate with the least loss."""
    return float(rates[losses.argmin()]) / 10


def slide(rates: Values, losses: Values, apart: int = 15, flat: float = 0.005) -> float:
    """Return the left end of a window that moves left until the slopes at its ends agree."""
    slopes = np.gradient(losses)
    left, found = len(losses) - 1 - apart, float(rates[max(len(losses) - 1 - apart, 0)])
    while left >= 0 and abs(slopes[left + apart] - slopes[left]) > flat:
        found, left = float(rates[left]), left - 1
    return found


def fastai(rule: Callable[[Values, Values], float], rates: Values, losses: Values) -> float | None:
    """Return what a rule says of a sweep; None where fewer than two losses are left."""
    kept, smooth = _as_fastai_smooths(rates, losses)
    return rule(kept, smooth) if len(kept) > 1 else None


RULES = {
    "fastai valley": partial(fastai, valley),
    "fastai slide": partial(fastai, slide),
    "fastai steep": partial(fastai, steep),
    "fastai minimum / 10": partial(fastai, tenth_of_minimum),
}
