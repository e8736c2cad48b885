"""What convex theory says of a schedule: how good it can be, and at which peak rate."""

import numpy as np
from numpy.typing import ArrayLike

from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Values

# A trailing factor this far below the peak is a zero that was rounded.
_ROUNDED_ZERO = 1e-12


def bound(factors: ArrayLike) -> float:
    r"""Bound the loss after the last step of a schedule that runs at its best peak rate.

    Parameters
    ----------
    factors : array_like
        The schedule's value at each step. Their common scale does not matter.

    Returns
    -------
    float
        Bound on the loss above its minimum, in units of :math:`D G`, where :math:`D` is the
        distance from the start to the minimiser and :math:`G` bounds the gradient norm.

    Raises
    ------
    ScheduleError
        If the factors are not numbers of one dimension, finite, not negative, and not all 0.

    See Also
    --------
    peak_ratio : What the same theory says of the learning rate.

    Notes
    -----
    Subgradient descent :math:`x_{k+1} = x_k - \gamma \eta_k g_k` with factors :math:`\eta_k`,
    tails :math:`S_k = \sum_{t \ge k} \eta_t` and :math:`Q_k = \sum_{t \ge k} \eta_t^2` ends, on a
    convex function, after :math:`T` steps with a loss above the minimum of at most

    .. math:: \frac{A D^2}{\gamma} + \gamma B G^2 , \qquad
              A = \frac{1}{2 S_1} , \qquad
              B = \frac{Q_1}{2 S_1}
                  + \frac12 \sum_{k=1}^{T-1} \frac{\eta_k}{S_{k+1}} \frac{Q_k}{S_k} .

    The best peak rate is :math:`\gamma = (D / G) \sqrt{A / B}`, which leaves
    :math:`2 D G \sqrt{A B}`. A step whose factor is 0 does nothing, and is left out.
    It takes time and memory in proportion to the number of steps. Use it to scale learning rates;
    schedules whose bounds are within some 10 % of each other are not ranked by it.

    References
    ----------
    .. [1] A. Defazio et al., "Optimal Linear Decay Learning Rate Schedules and Further
       Refinements", 2023, section 2. https://arxiv.org/abs/2310.07831
    .. [2] F. Schaipp et al., "The Surprising Agreement Between Convex Optimization Theory and
       Learning-Rate Scheduling for Large Model Training", ICML 2025, section 3.
       https://arxiv.org/abs/2501.18965

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Linear, Span
    >>> steps = range(880)
    >>> constant = bound(Constant().over(Span(880))(steps))
    >>> round(constant / bound(Linear().over(Span(880))(steps)), 3)
    1.441
    """
    distance, noise = _terms(_checked(factors, "factors")[0])
    return float(2 * np.sqrt(distance * noise))


def peak_ratio(factors: ArrayLike, reference: ArrayLike) -> float:
    r"""Give the best peak rate under one schedule in units of the best under another.

    Parameters
    ----------
    factors : array_like
        The schedule's value at each step, with a peak of 1.
    reference : array_like
        The other schedule's value at each step of its run, which may have another length.

    Returns
    -------
    float
        What to multiply a learning rate that is good for `reference` by. Where a peak is not 1,
        it is the ratio of the configured rates, which the factors scale.

    Raises
    ------
    ScheduleError
        If factors are not numbers of one dimension, finite, not negative, and not all 0.

    See Also
    --------
    bound : The bound that the best rate minimises.

    Notes
    -----
    The best peak rate is :math:`(D / G) \sqrt{A / B}` with the :math:`A` and :math:`B` of
    `bound`; distance and gradient norm cancel in the ratio.

    The theory knows neither curvature nor momentum, and takes the gradient norm as constant.
    ``scripts/bench_find`` measures how far the ratio is from what training shows.

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Cosine, Span
    >>> steps = range(880)
    >>> constant, cosine = (shape.over(Span(880))(steps) for shape in (Constant(), Cosine()))
    >>> round(peak_ratio(cosine, reference=constant), 2)
    2.8
    """
    values, peak = _checked(factors, "factors")
    others, other_peak = _checked(reference, "reference")
    return _best_rate(values) / _best_rate(others) * (other_peak / peak)


def _best_rate(factors: Values) -> float:
    distance, noise = _terms(factors)
    return float(np.sqrt(distance / noise))


def _terms(factors: Values) -> tuple[float, float]:
    """Give A and B: what falls with the rate, and what grows with it."""
    sums, squares = _tails(factors), _tails(factors**2)
    ratios = factors[:-1] / sums[1:] * (squares[:-1] / sums[:-1])
    return 0.5 / sums[0], 0.5 * squares[0] / sums[0] + 0.5 * float(ratios.sum())


def _tails(values: Values) -> Values:
    return np.asarray(values[::-1].cumsum()[::-1])


def _checked(factors: ArrayLike, name: str) -> tuple[Values, float]:
    """Give the factors, scaled to a peak of 1 and without zeros, and their peak."""
    values = np.asarray(factors)
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise ScheduleError("these are not numbers in one row; give a schedule's values", name)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        step = int(wrong.argmax())
        problem = f"{values[step]} at step {step} is no factor of a rate; give finite values from 0"
        raise ScheduleError(problem, name)
    if not values.any():
        raise ScheduleError("no value is above 0, so that no rate is best; give one that is", name)
    peak = float(values.max())
    return _without_zeros(values / peak), peak


def _without_zeros(values: Values) -> Values:
    last = int(np.flatnonzero(values > _ROUNDED_ZERO)[-1])
    kept = values[: last + 1]
    return kept[kept > 0]
