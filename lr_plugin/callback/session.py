"""Session: from the steps of one fit to windows that can be judged."""

from collections.abc import Callable, Mapping
from math import isfinite, nan
from statistics import median
from typing import Any, Final, TypeAlias, final

from lr_plugin.advisor import Window
from lr_plugin.advisor.votes import THRESHOLDS
from lr_plugin.callback.agenda import Agenda
from lr_plugin.callback.measuring import Measuring

__all__ = ["FEWEST", "Session", "Windows"]

Windows: TypeAlias = dict[str, Window]

FEWEST: Final = 8
"""Measured updates that are enough to say anything."""

_FIRST: Final = 10  # steps whose median loss is what training began with


@final
class Session:
    """What an advisor measures during one fit.

    Parameters
    ----------
    agenda : Agenda
        When to measure and to speak.
    measuring : mapping of str to Measuring
        By the name of the parameters, all of them first.

    Attributes
    ----------
    whole : Measuring
        The one that measures all parameters.
    step, rate : int, float
        The latest step that was looked at, and its learning rate.
    due : float
        The first step at which there is anything to do; those before it need not be told of.
        Infinite when all is said.
    broken : bool
        Whether the latest loss that was looked at is not finite, or the run ends for it.
    alarmed : bool
        Whether the loss of this part was far above the first ones, so that what is returned before
        its end is about that.
    acted : bool
        Whether that has changed the learning rate, which is to change once in a part.
    is_over : bool
        Whether the run has ended, so that no learning rate is of use any more.
    """

    def __init__(self, agenda: Agenda, measuring: Mapping[str, Measuring]) -> None:
        self._agenda, self._measuring = agenda, measuring
        self.whole = next(iter(measuring.values()))
        self._first: list[float] = []
        self._first_loss = nan
        self.step, self.rate, self.broken = -1, nan, False
        self.due: float = 0
        self._sampled, self.alarmed, self.acted = -1, False, False
        self.is_over = False

    @property
    def total(self) -> float:
        """Optimizer steps of the run, as far as is known by now."""
        return self._agenda.total

    def begins(self, step: int, rate: float) -> None:
        """Take in the gradient of a step that is about to be done.

        Parameters
        ----------
        step : int
            Its index.
        rate : float
            Its learning rate.
        """
        for each in self._measuring.values() if self.whole.awaits else ():
            each.followed()
        if self._agenda.since is None:
            self._warm_up(step, rises=not rate <= self.rate)
        self.step, self.rate = step, rate
        if self._agenda.is_sampled(step):
            self._sampled = step
            for each in self._measuring.values():
                each.meter.before()

    def ends(self, step: int, loss: Callable[[], float | None]) -> Windows | None:
        """Take in a step that is done; return what was measured if it is time to speak.

        Parameters
        ----------
        step : int
            Its index.
        loss : callable
            Gives its training loss, if asked; None if it has none.
        """
        is_sampled, is_first = step == self._sampled, len(self._first) < _FIRST
        is_look = self._agenda.is_look(step)
        looked = loss() if is_sampled or is_first or is_look else None
        if looked is not None and is_first:
            self._begin_with(looked)
        if looked is not None and is_sampled:
            self._sampled = -1
            for each in self._measuring.values():
                each.applied(step, self.rate, looked)
        windows = self._news(step + 1, looked)
        if is_look:
            self._agenda.look_ahead(step + 1)
        waits = self.whole.awaits or len(self._first) < _FIRST or self._agenda.since is None
        self.due = step + 1 if waits else self._agenda.next(step + 1)
        return windows

    def _news(self, done: int, loss: float | None) -> Windows | None:
        if loss is not None and not isfinite(loss) and self._agenda.since is None:
            self._warm_up(done - 1, rises=False)  # there is nothing to wait for
        diverges = loss is not None and self._diverges(loss)
        if self._agenda.ends(done):
            return self.close(done)
        self.alarmed |= diverges
        return self._windows(done) if diverges else None

    def finish(self, done: int) -> Windows | None:
        """Return what was measured until the end of the run, unless that was said.

        Parameters
        ----------
        done : int
            Steps done.
        """
        self._agenda.look_ahead(done)
        if self._agenda.since is None and 0 < done >= self.total:
            self._warm_up(done - 1, rises=False)  # the rate rose to the end
        self.is_over = True
        return self.close(done)

    def close(self, done: int) -> Windows | None:
        """Return what was measured so far, if there is news, and go on to the next part.

        Parameters
        ----------
        done : int
            Steps done.
        """
        part = self._agenda.part
        # where nothing moved there is nothing to tell from, which is to be said too
        is_due = part is not None and done >= part.stop
        is_long = done >= self.total or (part is not None and done - part.start >= FEWEST)
        found = self._windows(done) if self._losses() or (is_due and is_long) else None
        self._agenda.close()
        self.alarmed = False
        self.is_over |= done >= self.total
        return found

    def end(self, done: int) -> Windows | None:
        """Return what was measured of a run that ends because it diverged, unless that was said.

        Parameters
        ----------
        done : int
            Steps done.
        """
        self.broken = self.is_over = True
        return None if self.alarmed else self._windows(done)

    def anew(self, step: int) -> None:
        """Measure anew: what was measured is about another learning rate.

        Parameters
        ----------
        step : int
            The step that is about to be done.
        """
        for each in self._measuring.values():
            each.begin(step)

    def watch(self, measuring: Mapping[str, Measuring], step: int) -> None:
        """Measure other parameters from now on.

        Parameters
        ----------
        measuring : mapping of str to Measuring
            By the name of the parameters, all of them first.
        step : int
            The step that is about to be done.
        """
        self._measuring, self.whole = measuring, next(iter(measuring.values()))
        self.anew(step)

    def pack(self) -> dict[str, Any]:
        """Return what a checkpoint needs; Tensors and primitives."""
        return {
            "first": list(self._first),
            "since": self._agenda.since,
            "rate": self.rate,
            "alarmed": self.alarmed,
            "measuring": {name: each.pack() for name, each in self._measuring.items()},
        }

    def unpack(self, packed: Mapping[str, Any], step: int) -> None:
        """Go on from a checkpoint; where it is about other parameters, measure anew.

        Parameters
        ----------
        packed : mapping
            What `pack` returned.
        step : int
            Steps done.
        """
        for loss in packed["first"]:
            self._begin_with(loss)
        self.rate = packed["rate"]
        held, known = packed["measuring"], self._measuring
        same = held.keys() == known.keys() and all(
            each.unpack(held[name]) for name, each in known.items()
        )
        if same and packed["since"] is not None:
            self.alarmed = packed["alarmed"]
            self._agenda.go_on(packed["since"], step)

    def _warm_up(self, step: int, *, rises: bool) -> None:
        # distances and cosines of a rate that still rises say nothing about the one it rises to
        if not rises or step >= self.total:
            self._agenda.begin(step)
            self.anew(step)

    def _diverges(self, loss: float) -> bool:
        if self._agenda.part is None:
            return False
        was, self.broken = self.broken, not isfinite(loss)
        if self.alarmed:
            return False
        far = THRESHOLDS.diverged * self._first_loss
        if self.broken or not loss > far > 0:
            return self.broken and not was
        losses = self._losses()
        return len(losses) >= FEWEST and median(losses) > far

    def _losses(self) -> list[float]:
        part = self._agenda.part
        return [] if part is None else self.whole.losses(part.start)

    def _begin_with(self, loss: float) -> None:
        # at a rate that is much too high the second loss is far above the first
        self._first.append(loss)
        self._first_loss = min(self._first[0], median(self._first))

    def _windows(self, done: int) -> Windows | None:
        part, first = self._agenda.part, self._first_loss
        if part is None:
            return None
        return {name: each.window(part, done, first) for name, each in self._measuring.items()}
