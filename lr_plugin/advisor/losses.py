"""What the training loss says."""

from math import nan, sqrt

import numpy as np

from lr_plugin.advisor.signal import Signal
from lr_plugin.advisor.window import Values, Window

__all__ = ["loss_ratio", "loss_trend", "oscillation"]

_FEWEST = 4  # points that say something about a line and what is left around it


def loss_ratio(window: Window) -> Signal:
    """Return the median loss of the window over that of the first steps of the run.

    Parameters
    ----------
    window : Window
        What was measured. NaN where the first loss is not positive, infinite where a loss is not
        finite.
    """
    losses = window.column("loss")
    if not np.isfinite(losses).all():
        return Signal(value=float("inf"))
    positive = len(losses) and window.first_loss > 0
    return Signal(value=float(np.median(losses)) / window.first_loss if positive else nan)


def loss_trend(window: Window) -> Signal:
    """Return how the loss changes over the window: the slope of its logarithm, per window.

    Parameters
    ----------
    window : Window
        What was measured. NaN where a loss is not positive.
    """
    losses, steps = window.column("loss"), window.column("step")
    if not _can_fit(losses):
        return Signal(value=nan)
    slope, residuals, centred = _line(steps, np.log(losses))
    scale = window.stop - window.start
    error = sqrt(float(residuals @ residuals) / (len(losses) - 2) / float(centred @ centred))
    return Signal(value=slope * scale, error=error * scale)


def oscillation(window: Window) -> Signal:
    """Return the spread of the loss around its trend, as a share of the loss.

    Parameters
    ----------
    window : Window
        What was measured. NaN where a loss is not positive.
    """
    losses = window.column("loss")
    if not _can_fit(losses):
        return Signal(value=nan)
    _, residuals, _ = _line(window.column("step"), np.log(losses))
    return Signal(value=float(residuals.std(ddof=2)))


def _can_fit(losses: Values) -> bool:
    return len(losses) >= _FEWEST and bool(np.isfinite(losses).all() and (losses > 0).all())


def _line(steps: Values, values: Values) -> tuple[float, Values, Values]:
    centred = steps - steps.mean()
    slope = float(centred @ values) / float(centred @ centred)
    return slope, values - values.mean() - slope * centred, centred
