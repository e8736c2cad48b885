"""Two clocks, optimizer steps and milliseconds, and the record that ties one to the other.

A span is measured by one of them. How many milliseconds a step takes is only known once it has
happened, so a phase written in the other unit ends where the record says that it has.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Clock: TypeAlias = Literal["steps", "time"]

_MOST_MARKS = 2048


@final
@dataclass(frozen=True, slots=True)
class Record:
    """When steps began.

    Parameters
    ----------
    marks : tuple of (int, int)
        Pairs of a step and the millisecond of training at which it began, both counted from the
        start of the span, ascending. Between marks, and after the last, time runs evenly.

    Examples
    --------
    >>> from lr_plugin.schedule import Record
    >>> import numpy as np
    >>> record = Record(((0, 0), (1, 20), (2, 40)))
    >>> record.other(np.array([0, 39, 40, 100]), "time")
    array([0, 1, 2, 5])
    """

    marks: tuple[tuple[int, int], ...] = ((0, 0),)

    def add(self, step: int, millisecond: int) -> "Record":
        """Give the record with one more mark; a long one is thinned out evenly.

        Parameters
        ----------
        step : int
            A step later than all before.
        millisecond : int
            When it began.

        Returns
        -------
        Record
            A new record.
        """
        thin = self.marks[::2] if len(self.marks) >= _MOST_MARKS else self.marks
        return Record((*thin, (step, millisecond)))

    def other(self, own: NDArray[np.int64], clock: Clock) -> NDArray[np.int64]:
        """Convert positions on one clock into the other's.

        Parameters
        ----------
        own : ndarray of int64
            Positions on `clock`.
        clock : {"steps", "time"}
            The clock that they are read from.

        Returns
        -------
        ndarray of int64
            Whole steps begun, or milliseconds, at these positions.
        """
        mine, others = self._columns(clock)
        after = np.maximum(own - mine[-1], 0) * self._rate(clock)
        there = _between(own, mine, others) + after
        return np.asarray(np.floor(there)).astype(np.int64)

    def reached(self, amount: Fraction, clock: Clock) -> int:
        """Position on `clock` at which the other one reaches an amount, as far as can be told.

        Parameters
        ----------
        amount : Fraction
            Position on the other clock.
        clock : {"steps", "time"}
            The clock to answer in.

        Returns
        -------
        int
            Exact where it has happened; later than the last mark, and an estimate, otherwise.
        """
        mine, others = self._columns(clock)
        if amount <= int(others[-1]):
            first = np.append([True], others[1:] > others[:-1])
            return ceil(float(np.interp(float(amount), others[first], mine[first])))
        rate = self._rate(clock)
        left = float(amount - int(others[-1])) / rate if rate else 1.0
        return int(mine[-1]) + max(ceil(left), 1)

    def last(self, clock: Clock) -> int:
        """Position of the last mark on `clock`."""
        return self.marks[-1][0 if clock == "steps" else 1]

    def since(self, start: int, clock: Clock) -> "Record":
        """Count the record from a later start.

        Parameters
        ----------
        start : int
            Position on `clock`.
        clock : {"steps", "time"}
            Which clock that is.

        Returns
        -------
        Record
            The marks from there on, the first one at zero on both clocks.
        """
        there = int(self.other(np.array([start]), clock)[0])
        step, millisecond = (start, there) if clock == "steps" else (there, start)
        later = [(s - step, m - millisecond) for s, m in self.marks]
        return Record(((0, 0), *((s, m) for s, m in later if min(s, m) >= 0 and max(s, m) > 0)))

    def _columns(self, clock: Clock) -> NDArray[np.int64]:
        return np.array(self.marks, np.int64).T[:: 1 if clock == "steps" else -1]

    def _rate(self, clock: Clock) -> float:
        """Give units of the other clock per unit of this one, over the whole record."""
        first, last = self.marks[0], self.marks[-1]
        steps, time = last[0] - first[0], last[1] - first[1]
        mine, others = (steps, time) if clock == "steps" else (time, steps)
        return others / mine if mine else 0.0


def _between(
    at: NDArray[np.int64], xs: NDArray[np.int64], ys: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Interpolate from the last mark at or before each position to the next one.

    Several marks may have the same position, which `np.interp` does not promise to take.
    """
    i = np.maximum(np.searchsorted(xs, at, side="right") - 1, 0)
    width = np.append(np.maximum(xs[1:] - xs[:-1], 1), [1])[i]
    height = np.append(ys[1:] - ys[:-1], [0])[i]
    between: NDArray[np.float64] = ys[i] + height * ((at - xs[i]) / width)
    return between


NO_RECORD = Record()
