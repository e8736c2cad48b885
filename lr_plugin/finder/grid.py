"""Read a grid of short runs: where the loss after them is lowest, between the grid's rates."""

import numpy as np

from lr_plugin.finder import fitted
from lr_plugin.finder.smoothing import Scale, Values
from lr_plugin.finder.sweep import Sweep

_NOT_ONE = "the loss is not finite after the runs at the two lowest rates, {:g} and {:g}"


def read_grid(rates: Values, losses: Values) -> Sweep:
    """Read the losses after short runs from one state.

    Parameters
    ----------
    rates : ndarray
        The learning rate of each run, ascending, at least three.
    losses : ndarray
        The loss of the same fixed batch after each run; NaN where the run diverged.

    Returns
    -------
    Sweep
        The losses, and the vertex of the parabola through the lowest log loss and its two
        neighbours, or the reason why there is none.

    Examples
    --------
    >>> rates = np.geomspace(1e-6, 10, 15)
    >>> round(read_grid(rates, np.exp((np.log10(rates) + 1.6) ** 2)).minimum, 4)
    0.0251
    """
    values = Scale.of(losses).to(losses)
    curve = np.where(np.isfinite(losses), losses, np.nan)
    if not np.isfinite(values[:2]).all():
        return Sweep(curve=curve, problem=_NOT_ONE.format(*rates[:2]))
    lowest = int(np.nanargmin(values))
    problem = _no_valley(rates, values, lowest)
    minimum = None if problem else _vertex(np.log(rates), values, lowest)
    return Sweep(curve=curve, minimum=minimum, problem=problem)


def _no_valley(rates: Values, values: Values, lowest: int) -> str | None:
    if lowest == 0:
        return f"the loss is lowest after the run at {rates[0]:g}: lower lowest"
    if lowest == len(rates) - 1:
        return f"the loss still falls at {rates[-1]:g}: raise highest"
    if values[0] - values[lowest] < fitted.LEAST_FALL:
        return f"the loss falls by less than {fitted.LEAST_FALL:.1%} at every rate"
    return None


def _vertex(places: Values, values: Values, lowest: int) -> float:
    """Give the rate at the vertex; next to a run that diverged, the lowest rate itself."""
    before, here, after = values[lowest - 1 : lowest + 2]
    bend = before - 2 * here + after
    shift = (before - after) / (2 * bend) if bend > 0 else 0.0
    spacing = (places[-1] - places[0]) / (len(places) - 1)
    return float(np.exp(places[lowest] + shift * spacing))
