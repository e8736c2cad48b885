"""The clock of training time: milliseconds between the start and the end of training."""

from collections.abc import Callable
from time import monotonic
from typing import final

_EVERY = 10
"""Steps from one agreement of several processes to the next."""

Share = Callable[[float], float]
"""Gives every process the value of process 0."""


@final
class Stopwatch:
    """Milliseconds of training so far, downtime between two runs left out.

    Several processes read the same: process 0's clock, agreed on every ten steps and, between
    them, going on at the pace of the ten before.

    Parameters
    ----------
    before : int
        Milliseconds that an earlier part of the run took.
    share : callable, optional
        Gives every process the value of process 0; with it, reading may communicate.

    Examples
    --------
    >>> Stopwatch(before=5000).read(100)
    5000
    """

    def __init__(self, before: int = 0, share: Share | None = None) -> None:
        self._before = before
        self._began: float | None = None
        self._share = share
        self._agreed = (-1, float(before))
        self._pace = 0.0
        self._read = (-1, before)

    @property
    def last(self) -> int:
        """What was read last."""
        return self._read[1]

    def read(self, step: int) -> int:
        """Read the time at which a step begins; the same step always reads the same.

        Parameters
        ----------
        step : int
            Steps done.

        Returns
        -------
        int
            Milliseconds, never fewer than before.
        """
        if step != self._read[0]:
            self._read = (step, max(self._read[1], int(self._time(step))))
        return self._read[1]

    def _time(self, step: int) -> float:
        if self._began is None:  # the first step read begins where the run before left off
            self._began = monotonic() - self._before / 1000
            return self._before
        now = (monotonic() - self._began) * 1000
        if self._share is None:
            return now
        agreed_step, agreed = self._agreed
        if agreed_step < 0 or step >= agreed_step + _EVERY:
            shared = self._share(now)
            self._pace = (shared - agreed) / (step - agreed_step) if agreed_step >= 0 else 0.0
            self._agreed = (step, shared)
            return shared
        return agreed + self._pace * (step - agreed_step)
