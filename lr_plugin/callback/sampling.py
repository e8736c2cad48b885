"""Sampling: where the advisor speaks, and at which steps it measures."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["SPEAKS", "Stretch", "stretches"]

SPEAKS = (0.1, 0.2, 0.3, 0.6, 1.0)
"""Shares of the run at whose ends the advisor speaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A part of the run that ends in advice.

    Parameters
    ----------
    start, stop : int
        Its optimizer steps.
    every : int
        Steps from one measured update to the next.
    fraction : float
        Share of the run that is done at its end, 0..1.
    """

    start: int
    stop: int
    every: int
    fraction: float

    def is_sampled(self, step: int) -> bool:
        """Say whether the update of a step is measured; the gradient after it has to be within.

        Parameters
        ----------
        step : int
            Index of an optimizer step.
        """
        return step + 1 < self.stop and (step - self.start) % self.every == 0

    def next_sample(self, step: int) -> int:
        """Return the first step from some step on whose update would be measured.

        Parameters
        ----------
        step : int
            Index of an optimizer step.
        """
        return step + (self.start - step) % self.every

    def done(self, step: int) -> float:
        """Return the share of the run that is done after some steps.

        Parameters
        ----------
        step : int
            Steps done.
        """
        return self.fraction * step / self.stop


def stretches(
    steps: float, *, start: int = 0, pairs: int = 16, speaks: Sequence[float] = SPEAKS
) -> list[Stretch]:
    """Divide a run.

    Parameters
    ----------
    steps : float
        Optimizer steps of the run, a whole number.
    start : int
        Steps that are done, or that are not to be judged.
    pairs : int
        How many updates are to be measured in each part, at least.
    speaks : sequence of float
        Shares of the run, ascending, at which to speak.

    Returns
    -------
    list of Stretch
        Those that end after `start`.

    Examples
    --------
    >>> [(part.start, part.stop, part.every) for part in stretches(1000, start=150)]
    [(150, 200, 3), (200, 300, 6), (300, 600, 18), (600, 1000, 25)]
    """
    found: list[Stretch] = []
    # in a short run several shares end at the same step
    for stop, share in {round(share * steps): share for share in speaks}.items():
        if stop > start:
            every = max((stop - start) // pairs, 1)
            found.append(Stretch(start=start, stop=stop, every=every, fraction=share))
            start = stop
    return found
