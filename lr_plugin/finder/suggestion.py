"""What a test suggests: a learning rate with its evidence, or the reason why there is none."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from lr_plugin.finder.answer import Confidence
from lr_plugin.finder.plan import Mode, Plan
from lr_plugin.finder.rules import other_answers
from lr_plugin.finder.smoothing import Values


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Suggestion:
    """A learning rate with its evidence, or the reason why there is none.

    Parameters
    ----------
    mode : {'sweep', 'grid'}
        How it was tested.
    learning_rate : float or None
        What to configure, of two digits; None in a refusal. The schedule scales it.
    spread : float or None
        Factor between the largest and the smallest answer of the repeats.
    confidence : {'high', 'medium', 'low'} or None
        How well the repeats agree: within a factor of 2, of 5, or less well. It tells noise from a
        clear valley, and not how good the answer is.
    refusal : str or None
        Why there is no suggestion.
    ratio : float
        What the schedule and its length have multiplied the answer by.
    group_rates : tuple of float
        What each parameter group gets of it, in their order.
    rates : ndarray
        Learning rates that were tried.
    losses : ndarray
        One row for each repeat, NaN where there is none.
    curves : ndarray
        One row for each repeat: the losses as they were read, smoothed in a sweep, NaN from where
        they have diverged.
    minima : tuple of (float or None)
        The rate at the lowest smoothed loss of each repeat.

    Examples
    --------
    >>> plan = Plan()
    >>> losses = 1 + np.log10(plan.rates / 0.1) ** 2
    >>> found = suggest(plan, np.stack([losses] * 3), group_ratios=(1.0, 0.5))
    >>> found.override, found.confidence, found.group_rates
    ('optimizer.lr=2.0e-2', 'high', (0.02, 0.01))
    """

    mode: Mode
    learning_rate: float | None
    spread: float | None
    confidence: Confidence | None
    refusal: str | None
    ratio: float
    group_rates: tuple[float, ...]
    rates: Values
    losses: Values
    curves: Values
    minima: tuple[float | None, ...]

    @property
    def override(self) -> str | None:
        """What to paste behind a command of a Hydra app; None in a refusal."""
        return None if self.learning_rate is None else f"optimizer.lr={short(self.learning_rate)}"

    @property
    def others(self) -> dict[str, float]:
        """What other finders' rules answer from the median of the curves."""
        known = np.isfinite(self.curves).any(axis=0)
        return other_answers(self.rates[known], np.nanmedian(self.curves[:, known], axis=0))

    def as_data(self) -> dict[str, Any]:
        """Give all of it as plain values that JSON can hold: None where a loss is not finite.

        Returns
        -------
        dict
            By the names of the fields, and ``override`` and ``others``.
        """
        plain = {name: getattr(self, name) for name in _PLAIN}
        arrays = {name: _listed(getattr(self, name)) for name in ("rates", "losses", "curves")}
        return {"schema": 1, **plain, **arrays}

    def __str__(self) -> str:
        if self.learning_rate is None:
            return f"no suggestion: {self.refusal}"
        return (
            f"{short(self.learning_rate)} with {self.confidence} confidence (the repeats are "
            f"within a factor of {self.spread:.2g})"
        )


_PLAIN = (
    *("mode", "learning_rate", "override", "spread", "confidence", "refusal", "ratio"),
    *("group_rates", "minima", "others"),
)


def suggest(
    plan: Plan,
    losses: Values,
    *,
    factors: ArrayLike | None = None,
    group_ratios: tuple[float, ...] = (1.0,),
) -> Suggestion:
    """Make a suggestion of what a test has measured.

    Parameters
    ----------
    plan : Plan
        The test.
    losses : ndarray
        As `Plan.losses` arranges them.
    factors : array_like, optional
        The schedule's value at each step of the training that is to come.
    group_ratios : tuple of float
        Configured rate of each parameter group, in units of the one that is suggested.

    Returns
    -------
    Suggestion
        With all that it rests on.
    """
    answer = plan.answer(losses, factors)
    rate = None if answer.learning_rate is None else float(short(answer.learning_rate))
    return Suggestion(
        mode=plan.mode,
        learning_rate=rate,
        spread=answer.spread,
        confidence=answer.confidence,
        refusal=answer.refusal,
        ratio=answer.ratio,
        group_rates=() if rate is None else tuple(rate * each for each in group_ratios),
        rates=plan.rates,
        losses=losses,
        curves=np.stack([each.curve for each in answer.repeats]),
        minima=tuple(each.minimum for each in answer.repeats),
    )


def _listed(values: Values) -> list[Any]:
    held = values.astype(object)
    held[~np.isfinite(values)] = None
    return list(held.tolist())


def short(rate: float) -> str:
    """Write a rate with two digits.

    Parameters
    ----------
    rate : float
        Above 0.

    Returns
    -------
    str
        Such as ``3.2e-3``.

    Examples
    --------
    >>> short(0.0032), short(1.25)
    ('3.2e-3', '1.2e0')
    """
    mantissa, exponent = f"{rate:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"
