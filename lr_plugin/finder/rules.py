"""What other finders would answer from the same curve: for comparison, not for use."""

import numpy as np

from lr_plugin.finder.smoothing import Values


def other_answers(rates: Values, losses: Values) -> dict[str, float]:
    """Give the answers of three well-known rules.

    Parameters
    ----------
    rates : ndarray
        Learning rates, ascending.
    losses : ndarray
        The smoothed loss at each rate; NaN where there is none.

    Returns
    -------
    dict of str to float
        ``valley`` (the middle of the longest run of falling losses), ``steep`` (where the loss
        falls fastest over the logarithm of the rate) and ``minimum / 10``; none of them if fewer
        than two losses are left.

    Notes
    -----
    Valley and minimum / 10 as fastai's ``lr_find`` words them, steep as its ``steep``.

    Examples
    --------
    >>> rates = np.array([0.01, 0.1, 1.0, 10.0])
    >>> other_answers(rates, np.array([4.0, 3.0, 1.0, 5.0]))
    {'valley': 0.1, 'steep': 0.1, 'minimum / 10': 0.1}
    """
    known = np.isfinite(losses)
    rates, values = rates[known], losses[known]
    if rates.size < 2:  # noqa: PLR2004 - a slope has two ends
        return {}
    slopes = np.gradient(values, np.log(rates))
    return {
        "valley": float(rates[_middle_of_the_longest_fall(values)]),
        "steep": float(rates[slopes.argmin()]),
        "minimum / 10": float(rates[values.argmin()]) / 10,
    }


def _middle_of_the_longest_fall(values: Values) -> int:
    """Give the middle of the longest falling subsequence, which may leave out points."""
    lengths, starts = np.ones(values.size, int), np.arange(values.size)
    for place in range(1, values.size):
        higher = np.flatnonzero(values[:place] > values[place])
        if higher.size:
            best = higher[::-1][lengths[higher[::-1]].argmax()]  # the nearest of the longest
            lengths[place], starts[place] = lengths[best] + 1, starts[best]
    end = int(lengths.argmax())
    return int(starts[end] + end) // 2
