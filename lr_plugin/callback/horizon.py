"""Horizon: how many optimizer steps a run will take, as far as anyone knows by now."""

from math import inf
from typing import TYPE_CHECKING, Final, final

from lr_plugin.callback import length
from lr_plugin.callback.scheduled import scheduled, scheduler_of
from lr_plugin.callback.total import Total
from lr_plugin.schedule import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytorch_lightning import Trainer

__all__ = ["SETTLED", "Horizon"]

SETTLED: Final = 10
"""Steps after which the pace of a run says something: the first ones load and compile."""


@final
class Horizon:
    """The length of a run in steps: as planned, or at its pace where its time is limited.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.

    Attributes
    ----------
    is_known : bool
        Whether anything limits the run.
    is_timed : bool
        Whether time does, so that the length becomes clear on the way.
    """

    def __init__(self, trainer: "Trainer") -> None:
        self._trainer, self._planned = trainer, _planned(trainer)
        self._since = (0, 0.0)
        self.is_timed = next(_shares(trainer), None) is not None
        self.is_known = self.is_timed or self._planned is not None

    def steps(self, done: int) -> float:
        """Return the length as it looks after some steps; infinite while nothing is known.

        Parameters
        ----------
        done : int
            Optimizer steps done.
        """
        planned = inf if self._planned is None else self._planned
        if not self.is_timed:
            return planned
        return min(planned, self._trainer.strategy.broadcast(self._at_this_pace(done)))

    def _at_this_pace(self, done: int) -> float:
        gone = max(_shares(self._trainer))
        if done == SETTLED:
            self._since = done, gone
        since, then = self._since
        if done < since + SETTLED or not gone > then:
            return inf
        return done + round(max(1 - gone, 0) * (done - since) / (gone - then))


def _planned(trainer: "Trainer") -> int | None:
    scheduler = scheduler_of(trainer)
    if scheduler is None:
        return _steps(length.resolve(trainer, Total())[0])
    stops = {rule.name for rule in scheduler.rules if rule.stop}
    curves = [curve for name, curve in scheduler.curves.items() if name in stops]
    ends = [curve.end() for curve in curves if curve.span.clock == "steps"]
    spans = (length.resolve(trainer, total)[0] for total in (scheduler.total, Total()))
    return next(filter(None, (*ends, *map(_steps, spans))), None)


def _steps(span: Span) -> int | None:
    return span.steps if span.clock == "steps" else None


def _shares(trainer: "Trainer") -> "Iterator[float]":
    """Yield how much is gone of each limit in time."""
    for timer in length.timers(trainer):
        gone = timer.time_elapsed()
        yield gone / (gone + timer.time_remaining())
    rate = scheduled(trainer)
    if rate is not None and rate.is_timed and rate.end:
        yield rate.position / rate.end
