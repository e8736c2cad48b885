"""What the path of the parameters says."""

from math import isfinite, log, nan, sqrt

import numpy as np

from lr_plugin.advisor.signal import Signal
from lr_plugin.advisor.window import Window

__all__ = ["directedness", "random_walk", "straightness"]


def random_walk(steps: int, momentum: float) -> float:
    r"""Return how far a random walk with momentum gets.

    .. math:: \frac{|p_n - p_0|}{\sqrt{\sum_t |u_t|^2}} =
        \sqrt{\frac{1 + b}{1 - b} - \frac{2 b (1 - b^n)}{n (1 - b)^2}}

    in the mean, for updates that are an exponential average of independent gradients.

    Parameters
    ----------
    steps : int
        The number of updates, n.
    momentum : float
        The weight b of the average, 0 <= b < 1.

    Examples
    --------
    >>> random_walk(100, 0.0)
    1.0
    >>> round(random_walk(100_000, 0.9), 2)
    4.36
    """
    rest = 1 - momentum
    return sqrt(
        (1 + momentum) / rest - 2 * momentum * (1 - momentum**steps) / (steps * rest * rest)
    )


def directedness(window: Window) -> Signal:
    r"""Return how straight the path of the parameters is: 1 a straight line, 0 a random walk.

    With the greatest distance :math:`d` from the start of the window, in units of
    :math:`\sqrt{\sum_t |u_t|^2}`, and what a random walk of n steps reaches, :math:`w`:

    .. math:: \delta = \frac{\log d - \log w}{\log \sqrt{n} - \log w}

    Negative where updates undo one another. The statistic is that of DoG (Ivgi et al. 2023,
    arXiv:2302.12022), here on a scale that does not depend on length and momentum.

    Parameters
    ----------
    window : Window
        What was measured; each update stands for those that follow until the next measured one.
    """
    updates, distances = window.column("update"), window.column("distance")
    if len(updates) == 0:
        return Signal(value=nan)
    steps = np.append(window.column("step"), window.pairs[-1].step + 1)
    steps[0] = window.start
    squares = float(updates**2 @ np.diff(steps))
    total = int(steps[-1]) - window.start  # distances are known as far as this
    return straightness(float(distances.max()), squares, total, window.momentum)


def straightness(distance: float, squares: float, steps: int, momentum: float) -> Signal:
    """Return the directedness of a path of known size.

    Parameters
    ----------
    distance : float
        The greatest distance from its start.
    squares : float
        Sum of the squared lengths of all updates.
    steps : int
        How many updates there are.
    momentum : float
        The optimizer's.
    """
    if not (isfinite(squares) and squares > 0 and isfinite(distance) and distance > 0 < steps - 1):
        return Signal(value=nan)
    walk = random_walk(steps, momentum)
    return Signal(value=log(distance / sqrt(squares) / walk) / log(sqrt(steps) / walk))
