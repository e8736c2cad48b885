"""What a scheduler's calls give, computed once and kept."""

from array import array
from typing import final

import numpy as np

from lr_plugin.interop.peer import Peer, Wanted
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.rounding import Steps, Values

LONGEST = 10_000_000
"""Calls that one scheduler may be traced over: 80 MB, and a minute of time at a few µs each."""


class Trace:
    """The values of one scheduler from its start, longer whenever more is asked for.

    Parameters
    ----------
    wanted : Wanted
        The scheduler.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._peer = Peer(wanted)
        self._values = array("d")

    def __len__(self) -> int:
        return len(self._values)

    def extend(self, calls: int) -> None:
        """Make sure that there are at least so many values.

        Parameters
        ----------
        calls : int
            Values, counting the one that the scheduler starts with.

        Raises
        ------
        ScheduleError
            If the scheduler fails, or gives something else than a finite number.
        """
        known = len(self)
        self._peer.read_on(self._values, calls)
        new = np.frombuffer(self._values)[known:]
        wrong = np.flatnonzero(~np.isfinite(new))
        if wrong.size:
            raise ScheduleError(
                f"{self._peer.name!r} gives {new[wrong[0]]} after {known + wrong[0]} calls; its "
                "arguments do not fit this span: write others, or the same as phases",
                "arguments",
            )

    def at(self, call: Steps) -> Values:
        """Give the value after each number of calls."""
        return np.frombuffer(self._values)[call]


@final
class Traces:
    """The traces used last, as many as fit into a number of values.

    Parameters
    ----------
    limit : int
        Values to keep; the trace used last is kept at any length.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[Wanted, Trace] = {}

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    def get(self, wanted: Wanted, calls: int) -> Trace:
        """Give a trace of at least so many values.

        Parameters
        ----------
        wanted : Wanted
            The scheduler.
        calls : int
            Values that are needed.

        Returns
        -------
        Trace
            Perhaps longer than asked for.

        Raises
        ------
        ScheduleError
            If it is too long to be traced, or if the scheduler fails on the way.
        """
        if calls > LONGEST:
            raise ScheduleError(
                f"{calls} calls are too many to be traced one by one (at most {LONGEST}); write a "
                "longer 'every:', or the same curve as a sequence of phases",
                "every",
            )
        # What fails is not put back: it cannot be continued.
        trace = self._kept.pop(wanted, None) or Trace(wanted)
        trace.extend(calls)
        self._kept[wanted] = trace
        self._drop()
        return trace

    def _drop(self) -> None:
        while len(self) > self._limit and len(self._kept) > 1:
            del self._kept[next(iter(self._kept))]


TRACES = Traces(2 * LONGEST)
"""Shared by all nodes: equal ones, and cycles of equal length, are traced once."""
