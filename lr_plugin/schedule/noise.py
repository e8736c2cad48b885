"""Bounded noise without a state: the same seed and step always give the same value."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_above, check_duration
from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Steps, Values, passed
from lr_plugin.schedule.span import Span
from lr_plugin.schedule.timed import distance

_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_TO_UNIT = 2.0**-53


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Noise(Schedule):
    r"""Uniform noise around 1, to multiply another schedule with.

    Parameters
    ----------
    amplitude : float
        Above 0 and below 1; values lie in [1 - amplitude, 1 + amplitude).
    seed : int
        From 0 on; another seed gives other noise.
    every : str
        How long each value is held, such as ``1 epochs``.

    See Also
    --------
    Product : How to apply it.

    Notes
    -----
    The value is a hash (SplitMix64) of the seed and of the number of times `every` has passed, so
    a resumed run sees the same noise, on every machine.

    References
    ----------
    .. [1] G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom Number Generators",
       OOPSLA 2014, figure 17.

    Examples
    --------
    >>> from lr_plugin.schedule import Noise, Span
    >>> Noise(amplitude=0.1, seed=3, every="2 steps").over(Span(6))([0, 1, 2, 3]).round(4)
    array([0.9227, 0.9227, 1.0401, 1.0401])
    """

    amplitude: float = 0.1
    seed: int = 0
    every: str = "1 steps"

    def __post_init__(self) -> None:
        check_above(self, 0, "amplitude")
        check_duration(self, "every")
        if self.amplitude >= 1:
            raise ScheduleError(f"{self.amplitude!r} could turn the sign; write 0.1", "amplitude")
        _check_seed(self)

    def evaluate(self, step: Steps, span: Span) -> Values:
        draw = passed(span.last_held(step), distance(span, self.every, "every"))
        uniform: Values = (_mixed(draw, self.seed) >> np.uint64(11)) * np.float64(_TO_UNIT)
        return 1 + self.amplitude * (2 * uniform - 1)


def _check_seed(node: Noise) -> None:
    seed: object = node.seed
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise ScheduleError(f"{seed!r} is not a whole number from 0 to 2**64 - 1; write 0", "seed")


def _mixed(draw: Steps, seed: int) -> NDArray[np.uint64]:
    """Hash each draw with the seed; unsigned arithmetic wraps around, as SplitMix64 wants."""
    mixed = np.array([seed], np.uint64) + (draw + 1).astype(np.uint64) * np.uint64(_GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_FIRST)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_SECOND)
    finished: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return finished
