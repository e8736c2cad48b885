"""Where the cycles of a repetition begin, in exact integer arithmetic."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import floor

import numpy as np

from lr_plugin.schedule.error import ScheduleError
from lr_plugin.schedule.rounding import Steps, boundary, nearest, passed

_FAR = 2**62
_MOST = 10_000  # cycles of different lengths: the exact integers get too long beyond


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles of the length `first`, then `mult` times as long each."""

    first: Fraction
    mult: Fraction
    count: int | None

    def position(self, index: int) -> Fraction:
        """Give the exact start of one cycle."""
        if self.mult == 1:
            return self.first * index
        return self.first * (self.mult**index - 1) / (self.mult - 1)

    def around(self, step: Steps) -> tuple[Steps, Steps, Steps]:
        """Give each step's cycle, its first step and its end; after all, the last with steps."""
        step = np.minimum(step, self._last_step())
        if self.mult == 1:
            index = passed(step, self.first)
            index = index if self.count is None else np.minimum(index, self.count - 1)
            return index, boundary(index, self.first), boundary(index + 1, self.first)
        joints = np.array(self._joints(int(step.max(initial=0))), np.int64)
        index = np.minimum(np.searchsorted(joints, step, side="right"), len(joints) - 1) - 1
        return index, joints[index], joints[index + 1]

    def lengths(self, steps: int) -> set[int]:
        """Give every length of the cycles that begin within so many steps; 0 only if all are."""
        if self.mult == 1:
            lengths = self._two_lengths(int(passed(np.array([steps - 1]), self.first)[0]) + 1)
        else:
            lengths = {end - a for a, end in pairwise(self._joints(steps)) if a < steps}
        return lengths - {0} or {0}

    def _two_lengths(self, begun: int) -> set[int]:
        """Give the lengths of equal cycles: rounded down, rounded up, or some of each."""
        count = begun if self.count is None else min(begun, self.count)
        short = floor(self.first)
        longer = nearest(self.position(count)) - count * short
        return {length for length, n in ((short, count - longer), (short + 1, longer)) if n}

    def _last_step(self) -> int:
        end = _FAR if self.count is None else nearest(self.position(self.count))
        return min(max(end - 1, 0), _FAR)

    def _joints(self, step: int) -> tuple[int, ...]:
        """Give the starts of the cycles up to a step, and the end of the last of them."""
        until = 1 << step.bit_length()  # few different ones, so that the answer is kept
        return _joints(self.first, self.mult, self.count, until)


@lru_cache(maxsize=64)
def _joints(first: Fraction, mult: Fraction, count: int | None, until: int) -> tuple[int, ...]:
    joints, top, unit = [0], 0, 1
    while joints[-1] <= until and len(joints) - 1 != count:
        top = first.numerator * unit + mult.numerator * top
        bottom = first.denominator * unit
        joints.append(min((2 * top + bottom) // (2 * bottom), _FAR))
        unit *= mult.denominator
        check_number(len(joints) - 1, mult)
    return tuple(joints)


def check_number(cycles: int, mult: Fraction) -> None:
    """Raise if so many cycles of different lengths would take too long to count."""
    if mult != 1 and cycles > _MOST:
        raise ScheduleError(
            f"{float(mult):g} makes more than {_MOST} cycles, no two of them alike; write 1, a "
            "factor further away from it, or a lower count",
            "length_mult",
        )
