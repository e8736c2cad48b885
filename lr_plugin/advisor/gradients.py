"""What the gradients after updates say."""

from math import nan

import numpy as np

from lr_plugin.advisor.signal import Signal, mean, standard_error
from lr_plugin.advisor.window import Values, Window

__all__ = ["alignment", "coherence", "displacement", "slope_ratio"]


def alignment(window: Window) -> Signal:
    """Return the mean cosine of each update and the gradient after it.

    Positive: the loss still falls in the direction of the update, so that a longer one would have
    been better for this step. Zero: the update ended at the lowest point of its line. Negative: it
    went too far. It is the sign of the hypergradient of Baydin et al. (2018, arXiv:1703.04782).

    Parameters
    ----------
    window : Window
        What was measured.
    """
    return mean(_cosines(window, "slope", "update"))


def displacement(window: Window) -> Signal:
    """Return the mean cosine of the whole way since the window began and the gradient after it.

    Parameters
    ----------
    window : Window
        What was measured.
    """
    return mean(_cosines(window, "pull", "distance"))


def coherence(window: Window) -> Signal:
    """Return the mean cosine of successive gradients: what is left of them when noise is.

    Parameters
    ----------
    window : Window
        What was measured.
    """
    return mean(window.column("coherence"))


def slope_ratio(window: Window) -> Signal:
    r"""Return the slope of the loss along an update at its end, over the slope at its start.

    On a fresh batch with losses :math:`f_0, f_1` before and after the update and slope
    :math:`s_1` after it, a parabola through them begins with the slope :math:`2 (f_1 - f_0) - s_1`.
    Then :math:`\rho = \sum s_1 / \sum (2 (f_1 - f_0) - s_1)` over the probes: 1 far below the
    curvature, 0 at the lowest point, negative beyond it; :math:`1 - \eta \lambda` for gradient
    descent on :math:`\lambda x^2 / 2`. It is limited to -2..2.

    Parameters
    ----------
    window : Window
        What was measured; without probes the value is NaN.
    """
    after = np.array([-probe.slope for probe in window.probes])
    rises = np.array([probe.after - probe.before for probe in window.probes])
    before = 2 * rises - after
    if len(after) == 0 or not before.mean() < 0:
        return Signal(value=nan)
    ratio = float(np.clip(after.mean() / before.mean(), -2, 2))
    spread = after - ratio * before
    error = standard_error(spread) / abs(float(before.mean()))
    return Signal(value=ratio, error=error)


def _cosines(window: Window, product: str, length: str) -> Values:
    norms = window.column(length) * window.column("gradient")
    moved = norms > 0
    return window.column(product)[moved] / norms[moved]
