"""Timing: where each optimizer is on the clock of its schedules, and when its steps began."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from lr_plugin.callback.state import Curves, State
from lr_plugin.callback.stopwatch import Stopwatch
from lr_plugin.schedule import Record, Span
from lr_plugin.schedule.clock import NO_RECORD

if TYPE_CHECKING:
    from pytorch_lightning import Trainer


@final
class Timing:
    """Positions on the clocks of a run that has to do with time.

    Parameters
    ----------
    stopwatch : Stopwatch
        Training time.
    records : list of Record
        When the steps of each optimizer began, as far as a schedule needs it.
    spans : sequence of Span
        One per optimizer.
    """

    def __init__(self, stopwatch: Stopwatch, records: list[Record], spans: Sequence[Span]) -> None:
        self.records = records
        self._stopwatch = stopwatch
        self._timed = [span.clock == "time" for span in spans]
        self._settled = [False] * len(records)

    def position(self, number: int, step: int) -> int:
        """Give the position of an optimizer on its clock, where this step begins.

        Parameters
        ----------
        number : int
            Index of the optimizer.
        step : int
            Index of its step.

        Returns
        -------
        int
            Milliseconds or steps.
        """
        time = self._stopwatch.read(step)
        return time if self._timed[number] else step

    def note(self, number: int, step: int) -> bool:
        """Add the beginning of a step to the record; say whether that made it longer.

        Parameters
        ----------
        number : int
            Index of the optimizer.
        step : int
            Index of its step.

        Returns
        -------
        bool
            False too where no schedule needs the record any more.
        """
        if self._settled[number] or step <= self.records[number].last("steps"):
            return False
        self.records[number] = self.records[number].add(step, self._stopwatch.read(step))
        return True

    def settle(self, number: int) -> None:
        """Keep no longer record for an optimizer: nothing reads more of it."""
        self._settled[number] = True

    def pack(self) -> State:
        """Give the state as primitives."""
        marks = [[list(mark) for mark in record.marks] for record in self.records]
        return {"milliseconds": self._stopwatch.last, "records": marks}


def unpack_records(saved: State, count: int) -> list[Record]:
    """Read the records of all optimizers back; empty ones where there are none."""
    written = (saved.get("time") or {}).get("records")
    if written is None:
        return [NO_RECORD] * count
    return [Record(tuple((step, time) for step, time in marks)) for marks in written]


def needs_time(curves: Curves) -> bool:
    """Say whether any schedule runs by the clock, or has a phase that does."""
    return any(c.span.clock == "time" or not c.schedule.is_settled(c.span) for c in curves.values())


def stopwatch(trainer: "Trainer", saved: State) -> Stopwatch:
    """Start the clock, from what an earlier part of the run took."""
    share = trainer.strategy.broadcast if trainer.world_size > 1 else None
    return Stopwatch((saved.get("time") or {}).get("milliseconds", 0), share)
