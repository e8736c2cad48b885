"""Whether a value of a metric is an improvement."""

import math


def is_better(
    value: float,
    best: float | None,
    mode: str,
    threshold: float,
    threshold_mode: str,
) -> bool:
    """Say whether a value is better than the best so far, by more than a threshold.

    Parameters
    ----------
    value : float
        The new value; NaN is never better.
    best : float or None
        The best value so far; anything but NaN is better than none.
    mode : {"min", "max"}
        Whether lower or higher is better.
    threshold : float
        Least difference that counts, from 0 on.
    threshold_mode : {"rel", "abs"}
        Whether it is a share of the size of `best`, or an amount.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    A loss below zero that rises is no improvement, however the threshold is written:

    >>> from lr_plugin.trigger.improve import is_better
    >>> is_better(-0.95, -1.0, "min", 0.1, "rel")
    False
    """
    if math.isnan(value):
        return False
    if best is None:
        return True
    margin = threshold * abs(best) if threshold_mode == "rel" else threshold
    gain = best - value if mode == "min" else value - best
    return gain > margin
