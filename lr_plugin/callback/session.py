"""Session: from the steps of one fit to windows that can be judged."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, isfinite, nan
from statistics import median
from typing import Any, Final, TypeAlias, final

from lr_plugin.advisor import Window
from lr_plugin.advisor.votes import THRESHOLDS
from lr_plugin.callback.horizon import SETTLED, Horizon
from lr_plugin.callback.measuring import Measuring
from lr_plugin.callback.sampling import Stretch, stretches

__all__ = ["FEWEST", "Session", "Windows"]

Windows: TypeAlias = dict[str, Window]

FEWEST: Final = 8
"""Measured updates that are enough to say anything."""

_FIRST: Final = 10  # steps whose median loss is what training began with
_LOOK: Final = 50  # steps from one look at the loss to the next: a GPU waits for each


@final
class Session:
    """What an advisor measures during one fit.

    Parameters
    ----------
    horizon : Horizon
        How many optimizer steps the run will take.
    pairs : int
        Updates to measure in each part.
    measuring : mapping of str to Measuring
        By the name of the parameters, all of them first.
    done : int
        Steps done.

    Attributes
    ----------
    total : float
        Optimizer steps of the run, as far as is known by now.
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

    def __init__(
        self,
        horizon: Horizon,
        pairs: int,
        measuring: Mapping[str, Measuring],
        done: int = 0,
    ) -> None:
        self._horizon, self._pairs, self._measuring = horizon, pairs, measuring
        self.total, self.whole = horizon.steps(done), next(iter(measuring.values()))
        self.first: list[float] = []
        self.step, self.rate, self.broken = -1, nan, False
        self.due: float = 0
        self._parts: list[Stretch] = []
        self._warm, self._since, self._said = False, 0, 0.0
        self._sampled, self.alarmed, self.acted = -1, False, False
        self.is_over = False

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
        if not self._warm:
            self._warm_up(step, rises=not rate <= self.rate)
        self.step, self.rate = step, rate
        if self._parts and self._parts[0].is_sampled(step):
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
        is_sampled, is_first = step == self._sampled, len(self.first) < _FIRST
        is_look = step == self._look(step)
        looked = loss() if is_sampled or is_first or is_look else None
        if looked is not None and is_first:
            self.first.append(looked)
        if looked is not None and is_sampled:
            self._sampled = -1
            for each in self._measuring.values():
                each.applied(step, self.rate, looked)
        windows = self._news(step + 1, looked)
        if is_look:
            self._look_ahead(step + 1)
        self.due = self._next(step + 1)
        return windows

    def _news(self, done: int, loss: float | None) -> Windows | None:
        if loss is not None and not isfinite(loss) and not self._warm:
            self._warm_up(done - 1, rises=False)  # there is nothing to wait for
        diverges = loss is not None and self._diverges(loss)
        if self._parts and done == self._parts[0].stop:
            return self.close(done)
        self.alarmed |= diverges
        return self._windows(done) if diverges else None

    def _next(self, step: int) -> float:
        if not self._warm or self.whole.awaits or len(self.first) < _FIRST:
            return step
        if not self._parts:
            return inf if isfinite(self.total) else self._look(step)
        part = self._parts[0]
        return min(part.next_sample(step), self._look(step), part.stop - 1)

    def _look(self, step: int) -> int:
        # the pace of a run is known early or not at all
        early = (SETTLED, 2 * SETTLED) if self._horizon.is_timed else ()
        return min([done - 1 for done in early if done > step] + [step + -step % _LOOK])

    def finish(self, done: int) -> Windows | None:
        """Return what was measured until the end of the run, unless that was said.

        Parameters
        ----------
        done : int
            Steps done.
        """
        self._look_ahead(done)
        self.is_over = True
        return self.close(done)

    def close(self, done: int) -> Windows | None:
        """Return what was measured so far, if there is news, and go on to the next part.

        Parameters
        ----------
        done : int
            Steps done.
        """
        measured = self._parts and self.whole.losses(self._parts[0].start)
        found = self._windows(done) if measured else None
        self._said = max([self._said, *(part.fraction for part in self._parts[:1])])
        self._parts, self.alarmed = self._parts[1:], False
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
        return None if self.alarmed or not self._parts else self._windows(done)

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
            "first": list(self.first),
            "warm": self._warm,
            "since": self._since,
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
        self.first, self.rate = list(packed["first"]), packed["rate"]
        held, known = packed["measuring"], self._measuring
        same = held.keys() == known.keys() and all(
            each.unpack(held[name]) for name, each in known.items()
        )
        if same and packed["warm"]:
            self._warm, self._since, self.alarmed = True, packed["since"], packed["alarmed"]
            parts = self._stretches()
            self._said = max([0.0, *(part.fraction for part in parts if part.stop <= step)])
            self._divide(step)

    def _warm_up(self, step: int, *, rises: bool) -> None:
        # distances and cosines of a rate that still rises say nothing about the one it rises to
        if not rises or step >= self.total:
            self._warm, self._since = True, step
            self._divide(step)
            self.anew(step)

    def _look_ahead(self, done: int) -> None:
        if self._horizon.is_timed:
            self.total = self._horizon.steps(done)
            self._divide(done)

    def _stretches(self) -> list[Stretch]:
        known = isfinite(self.total)
        return stretches(self.total, start=self._since, pairs=self._pairs) if known else []

    def _divide(self, done: int) -> None:
        left = [part for part in self._stretches() if part.fraction > self._said and self._warm]
        late = [replace(part, stop=done + 1) for part in left if part.stop <= done]
        self._parts = [*late[-1:], *(part for part in left if part.stop > done)]

    def _diverges(self, loss: float) -> bool:
        if not self._parts:
            return False
        was, self.broken = self.broken, not isfinite(loss)
        if self.alarmed:
            return False
        far = THRESHOLDS.diverged * self.first_loss
        if self.broken or not loss > far > 0:
            return self.broken and not was
        losses = self.whole.losses(self._parts[0].start)
        return len(losses) >= FEWEST and median(losses) > far

    @property
    def first_loss(self) -> float:
        """Training loss of the first step, or the median of the first ones if that is lower."""
        # at a rate that is much too high the second loss is far above the first
        return min(self.first[0], median(self.first)) if self.first else nan

    def _windows(self, done: int) -> Windows:
        part = self._parts[0]
        return {
            name: each.window(part, done, self.first_loss) for name, each in self._measuring.items()
        }
