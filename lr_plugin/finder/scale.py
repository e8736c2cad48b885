"""From a rate that a test has found to one for a whole training under a schedule."""

import numpy as np
from numpy.typing import ArrayLike

from lr_plugin.finder import fitted
from lr_plugin.schedule.bound import peak_ratio


def schedule_ratio(factors: ArrayLike | None) -> float:
    r"""Give what a schedule and its length multiply the answer of a test by.

    Parameters
    ----------
    factors : array_like or None
        The schedule's value at each step of the training; None is a constant rate for a training
        of medium length.

    Returns
    -------
    float
        1 for a constant schedule of medium length.

    Raises
    ------
    ScheduleError
        If no rate can be multiplied by these values.

    Notes
    -----
    Between schedules of one length it is the ratio of the best peak rates by the bound of
    `lr_plugin.schedule.bound`. Between lengths the same bound says :math:`T^{-1/2}`; what is best
    by the loss on validation data falls more slowly, with the fitted power :math:`p` of
    `lr_plugin.finder.fitted`: with :math:`T_0` a medium length,

    .. math:: r = \frac{\gamma(\eta)}{\gamma(1)} \left(\frac{T}{T_0}\right)^{-p} .

    Examples
    --------
    >>> round(schedule_ratio(np.linspace(1, 0, 440, endpoint=False)), 2)
    2.75
    """
    if factors is None:
        return 1.0
    length = np.size(factors)
    ratio = peak_ratio(factors, np.ones(length))
    return float(ratio * (length / fitted.LENGTH) ** -fitted.LENGTH_POWER)
