"""Statistics of a window: each a number with its standard error."""

from dataclasses import dataclass
from math import isfinite, log, nan, sqrt

import numpy as np

from lr_plugin.advisor.window import Values, Window

__all__ = [
    "Signal",
    "Statistics",
    "alignment",
    "coherence",
    "directedness",
    "displacement",
    "loss_ratio",
    "loss_trend",
    "oscillation",
    "random_walk",
    "slope_ratio",
    "statistics",
    "straightness",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """A statistic.

    Parameters
    ----------
    value : float
        NaN where there is too little to compute it from.
    error : float
        Its standard error; NaN where it has none.

    Examples
    --------
    >>> Signal(value=3.0, error=1.5).t
    2.0
    """

    value: float
    error: float = nan

    @property
    def t(self) -> float:
        """How many standard errors it is away from zero."""
        return self.value / self.error if self.error > 0 else nan


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
    return _mean(_cosines(window, "slope", "update"))


def displacement(window: Window) -> Signal:
    """Return the mean cosine of the whole way since the window began and the gradient after it.

    Parameters
    ----------
    window : Window
        What was measured.
    """
    return _mean(_cosines(window, "pull", "distance"))


def coherence(window: Window) -> Signal:
    """Return the mean cosine of successive gradients: what is left of them when noise is.

    Parameters
    ----------
    window : Window
        What was measured.
    """
    return _mean(window.column("coherence"))


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
    error = _error(spread) / abs(float(before.mean()))
    return Signal(value=ratio, error=error)


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


def _cosines(window: Window, product: str, length: str) -> Values:
    norms = window.column(length) * window.column("gradient")
    moved = norms > 0
    return window.column(product)[moved] / norms[moved]


def _mean(values: Values) -> Signal:
    if len(values) == 0 or not np.isfinite(values).all():
        return Signal(value=nan)
    return Signal(value=float(values.mean()), error=_error(values))


def _error(values: Values) -> float:
    return float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else nan


_FEWEST = 4  # points that say something about a line and what is left around it


def _can_fit(losses: Values) -> bool:
    return len(losses) >= _FEWEST and bool(np.isfinite(losses).all() and (losses > 0).all())


def _line(steps: Values, values: Values) -> tuple[float, Values, Values]:
    centred = steps - steps.mean()
    slope = float(centred @ values) / float(centred @ centred)
    return slope, values - values.mean() - slope * centred, centred
