"""All statistics of a window."""

from dataclasses import dataclass

from lr_plugin.advisor.gradients import alignment, coherence, displacement, slope_ratio
from lr_plugin.advisor.losses import loss_ratio, loss_trend, oscillation
from lr_plugin.advisor.path import directedness
from lr_plugin.advisor.signal import Signal
from lr_plugin.advisor.window import Window

__all__ = ["Statistics", "statistics"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """All that a verdict is made from; each statistic is described at the function of its name.

    Parameters
    ----------
    step, fraction : int, float
        The optimizer steps that were done, and their share of the planned ones.
    steps, pairs : int
        Optimizer steps from the first measured update to the last, and how many were measured.
    momentum : float
        The optimizer's ``momentum``, or the first of its ``betas``.
    alignment, displacement, directedness, coherence, slope_ratio : Signal
        Of updates, gradients and the path.
    loss_ratio, loss_trend, oscillation : Signal
        Of the training loss.

    Examples
    --------
    >>> from lr_plugin.advisor import Window
    >>> window = Window(
    ...     start=0, stop=9, since=0, fraction=0.1, momentum=0.9, first_loss=2.3, pairs=()
    ... )
    >>> statistics(window).pairs
    0
    """

    step: int
    fraction: float
    steps: int
    pairs: int
    momentum: float
    alignment: Signal
    displacement: Signal
    directedness: Signal
    coherence: Signal
    slope_ratio: Signal
    loss_ratio: Signal
    loss_trend: Signal
    oscillation: Signal


def statistics(window: Window) -> Statistics:
    """Return all statistics of a window.

    Parameters
    ----------
    window : Window
        What was measured.

    Returns
    -------
    Statistics
        NaN where there is too little to compute one from.

    Examples
    --------
    >>> from lr_plugin.advisor import Window
    >>> window = Window(
    ...     start=0, stop=9, since=0, fraction=0.1, momentum=0.9, first_loss=2.3, pairs=()
    ... )
    >>> statistics(window).alignment
    Signal(value=nan, error=nan)
    """
    recent = window.recent
    return Statistics(
        step=window.stop,
        fraction=window.fraction,
        steps=window.pairs[-1].step + 1 - window.start if window.pairs else 0,
        pairs=len(window.pairs),
        momentum=window.momentum,
        alignment=alignment(window),
        displacement=displacement(window),
        directedness=directedness(window),
        coherence=coherence(window),
        slope_ratio=slope_ratio(window),
        loss_ratio=loss_ratio(recent),
        loss_trend=loss_trend(recent),
        oscillation=oscillation(recent),
    )
