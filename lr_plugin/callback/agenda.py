"""Agenda: at which steps of a run an advisor measures, looks at the loss, and speaks."""

from dataclasses import replace
from math import inf, isfinite
from typing import Final, final

from lr_plugin.callback.horizon import SETTLED, Horizon
from lr_plugin.callback.sampling import Stretch, stretches

__all__ = ["Agenda"]

_EARLY: Final = (SETTLED, 2 * SETTLED)  # steps: the pace of a run is known early or not at all
_LOOK: Final = 50  # steps from one look at the loss to the next: a GPU waits for each


@final
class Agenda:
    """The parts of a run that are still to be spoken of.

    Parameters
    ----------
    horizon : Horizon
        How many optimizer steps the run will take.
    pairs : int
        Updates to measure in each part.
    done : int
        Steps done.

    Attributes
    ----------
    total : float
        Optimizer steps of the run, as far as is known by now.
    since : int or None
        The step from which on it is judged; None before.
    """

    def __init__(self, horizon: Horizon, pairs: int, done: int = 0) -> None:
        self._horizon, self._pairs = horizon, pairs
        self.total = horizon.steps(done)
        self.since: int | None = None
        self._said = 0.0
        self._parts: list[Stretch] = []

    @property
    def part(self) -> Stretch | None:
        """The part that goes on; None before the first and after the last one."""
        return self._parts[0] if self._parts else None

    def begin(self, step: int) -> None:
        """Judge the run from a step on."""
        self.since = step
        self._divide(step)

    def go_on(self, since: int, done: int) -> None:
        """Go on where an earlier part of the run had come to.

        Parameters
        ----------
        since : int
            The step from which on it is judged.
        done : int
            Steps done.
        """
        self.since = since
        behind = [part for part in self._stretches() if part.stop <= done]
        self._said = max([0.0, *(part.fraction for part in behind)])
        self._divide(done)

    def ends(self, done: int) -> bool:
        """Say whether the part is over; the last one is not while there is time left.

        Parameters
        ----------
        done : int
            Steps done.
        """
        part = self.part
        if part is None or done != part.stop:
            return False
        if part.fraction == 1 and done < self._horizon.steps(done) < inf:
            self.look_ahead(done)
            return False
        return True

    def close(self) -> None:
        """Go on to the next part."""
        self._said = max([self._said, *(part.fraction for part in self._parts[:1])])
        self._parts = self._parts[1:]

    def is_sampled(self, step: int) -> bool:
        """Say whether the update of a step is to be measured."""
        return bool(self._parts) and self._parts[0].is_sampled(step)

    def is_look(self, step: int) -> bool:
        """Say whether the loss of a step is looked at, and the length of the run."""
        return step % _LOOK == 0 or (self._horizon.is_timed and step + 1 in _EARLY)

    def next(self, step: int) -> float:
        """Return the first step, from some step on, at which there is anything to do."""
        if not self._parts:
            return inf if isfinite(self.total) else self._next_look(step)
        part = self._parts[0]
        return min(part.next_sample(step), self._next_look(step), part.stop - 1)

    def look_ahead(self, done: int) -> None:
        """Take in how long the run looks after some steps; what was said stays said."""
        if self._horizon.is_timed:
            self.total = self._horizon.steps(done)
            self._divide(done)

    def _next_look(self, step: int) -> int:
        usual = step + -step % _LOOK
        if not self._horizon.is_timed or step >= _EARLY[-1]:
            return usual
        return min([usual, *(done - 1 for done in _EARLY if done > step)])

    def _stretches(self) -> list[Stretch]:
        if self.since is None or not isfinite(self.total):
            return []
        return stretches(self.total, start=self.since, pairs=self._pairs)

    def _divide(self, done: int) -> None:
        left = [part for part in self._stretches() if part.fraction > self._said]
        late = [replace(part, stop=done + 1) for part in left if part.stop <= done]
        self._parts = [*late[-1:], *(part for part in left if part.stop > done)]
