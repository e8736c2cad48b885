"""Read a grid of short runs: the centre of the valley that the losses after them form."""

import numpy as np

from lr_plugin.finder import fitted
from lr_plugin.finder.smoothing import Scale, Values
from lr_plugin.finder.sweep import Sweep

_NOT_ONE = "the loss is not finite after the runs at the two lowest rates, {:g} and {:g}"


def read_grid(rates: Values, losses: Values) -> Sweep:
    r"""Read the losses after short runs from one state.

    Parameters
    ----------
    rates : ndarray
        The learning rate of each run, ascending, at least three.
    losses : ndarray
        The loss of the same fixed batch after each run; NaN where the run diverged.

    Returns
    -------
    Sweep
        The losses, and the centre of their valley, or the reason why there is none.

    Notes
    -----
    The centre is a mean of the logarithms of the rates, each weighted by a power of how far its log
    loss has fallen below that of the lowest rate, at which nothing is learned: unlike the vertex of
    a parabola it rests on all runs of the valley, and what has diverged has no weight,

    .. math:: \log r = \frac{\sum_i w_i \log r_i}{\sum_i w_i} , \qquad
              w_i = \max(\log L_1 - \log L_i, 0)^4 .

    Examples
    --------
    >>> rates = np.geomspace(1e-6, 10, 15)
    >>> losses = 2 - 1 / (1 + np.log10(rates / 0.025) ** 4)
    >>> round(read_grid(rates, losses).minimum, 3)
    0.025
    """
    values = Scale.of(losses).to(losses)
    curve = np.where(np.isfinite(losses), losses, np.nan)
    if not np.isfinite(values[:2]).all():
        return Sweep(curve=curve, problem=_NOT_ONE.format(*rates[:2]))
    problem = _no_valley(rates, values, int(np.nanargmin(values)))
    minimum = None if problem else _centre(rates, values)
    return Sweep(curve=curve, minimum=minimum, problem=problem)


def _no_valley(rates: Values, values: Values, lowest: int) -> str | None:
    if lowest == 0:
        return f"the loss is lowest after the run at {rates[0]:g}: lower lowest"
    if lowest == len(rates) - 1:
        return f"the loss still falls at {rates[-1]:g}: raise highest"
    if values[0] - values[lowest] < fitted.LEAST_FALL:
        return f"the loss falls by less than {fitted.LEAST_FALL:.1%} at every rate"
    return None


def _centre(rates: Values, values: Values) -> float:
    fallen = np.fmax(values[0] - values, 0.0)
    return float(np.exp(np.average(np.log(rates), weights=fallen**fitted.VALLEY_POWER)))
