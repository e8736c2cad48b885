"""Measuring: gather updates since some step, for all parameters or for a group of them."""

from collections.abc import Mapping
from math import isfinite
from statistics import fmean
from typing import Any, final

from lr_plugin.advisor import Pair, Probe, Window, pack, unpack
from lr_plugin.callback.meter import Meter
from lr_plugin.callback.sampling import Stretch

__all__ = ["Measuring"]


@final
class Measuring:
    """What is known of the run since its rate no longer rises.

    Parameters
    ----------
    meter : Meter
        Of the parameters to watch.
    momentum : float
        The optimizer's.
    """

    def __init__(self, meter: Meter, momentum: float) -> None:
        self.meter, self._momentum = meter, momentum
        self._pairs: list[Pair] = []
        self._probes: list[Probe] = []
        self._pending: tuple[int, float, float] | None = None
        self._probed: list[tuple[float, float]] = []
        self.start = 0

    def begin(self, step: int) -> None:
        """Measure from here on, and forget what was before.

        Parameters
        ----------
        step : int
            The step that is about to be done.
        """
        self._pairs, self._probes = [], []
        self._pending, self._probed = None, []
        self.meter.anchor()
        self.start = step

    def losses(self, since: int) -> list[float]:
        """Return training losses of measured updates.

        Parameters
        ----------
        since : int
            The first step that counts.
        """
        return [pair.loss for pair in self._pairs if pair.step >= since]

    @property
    def awaits(self) -> bool:
        """Whether an update is measured, and the gradient after it is not."""
        return self._pending is not None

    def applied(self, step: int, rate: float, loss: float) -> None:
        """Take in the update that has just been applied.

        Parameters
        ----------
        step : int
            Index of its step.
        rate, loss : float
            Its learning rate and its training loss.
        """
        self._pending = step, rate, loss

    def probe(self, before: float, after: float) -> None:
        """Note the losses of a batch of the next step before and after the update."""
        self._probed.append((before, after))

    def followed(self) -> None:
        """Measure the update by the gradient after it, and be done with the pair."""
        if self._pending is None:
            return
        (step, rate, loss), found = self._pending, self.meter.after()
        probed, self._pending, self._probed = self._probed, None, []
        if found.update == 0 or (isfinite(loss) and not isfinite(found.gradient)):
            return  # a gradient scaler has skipped that step, or will skip this one
        self._pairs.append(
            Pair(
                step=step,
                rate=rate,
                loss=loss,
                update=found.update,
                distance=found.distance,
                gradient=found.gradient,
                slope=found.slope,
                pull=found.pull,
                coherence=found.coherence,
            )
        )
        if probed:  # as many as batches are accumulated
            before, after = (fmean(losses) for losses in zip(*probed, strict=True))
            self._probes.append(Probe(before=before, after=after, slope=found.slope))

    def pack(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {
            "start": self.start,
            "measured": pack(self.window(Stretch(start=0, stop=1, every=1, fraction=1), 0, 0)),
            "pending": self._pending,
            "meter": self.meter.pack(awaits=self.awaits),
        }

    def unpack(self, packed: Mapping[str, Any]) -> bool:
        """Go on from a checkpoint; return whether it is about the same parameters.

        Parameters
        ----------
        packed : mapping
            What `pack` returned.
        """
        if not self.meter.unpack(packed["meter"]):
            return False
        window, pending = unpack(packed["measured"]), packed["pending"]
        self.start, self._pairs, self._probes = (
            packed["start"],
            list(window.pairs),
            list(window.probes),
        )
        if pending is not None:
            step, rate, loss = pending
            self._pending = step, rate, loss
        return True

    def window(self, part: Stretch, stop: int, first_loss: float) -> Window:
        """Return what was measured.

        Parameters
        ----------
        part : Stretch
            The part of the run that it ends with.
        stop : int
            Steps done.
        first_loss : float
            What training began with.
        """
        return Window(
            start=self.start,
            stop=stop,
            since=part.start,
            fraction=part.done(stop),
            momentum=self._momentum,
            first_loss=first_loss,
            pairs=tuple(self._pairs),
            probes=tuple(self._probes),
        )
