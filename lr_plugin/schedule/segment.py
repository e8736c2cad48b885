"""Named stretches of a curve."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """A named stretch of a curve.

    Parameters
    ----------
    name : str
        Dotted name of the phase in force, such as ``warmup`` or ``main.cycle 3``; empty where
        nothing is named.
    start, stop : int
        First step, and first step after it; `stop` is ``None`` where it is not known yet.

    Examples
    --------
    >>> from lr_plugin.schedule import Segment
    >>> Segment("warmup", 0, 50)
    Segment(name='warmup', start=0, stop=50)
    """

    name: str
    start: int
    stop: int | None

    def inside(self, outer: str, start: int) -> "Segment":
        """Place the segment in the part `outer` that begins at `start`.

        Parameters
        ----------
        outer : str
            Name of the part.
        start : int
            First step of the part.

        Returns
        -------
        Segment
            The same stretch, named and counted from outside.
        """
        name = f"{outer}.{self.name}" if self.name else outer
        return Segment(name, start + self.start, None if self.stop is None else start + self.stop)


def lasting(segments: Iterable[Segment], steps: int | None) -> Iterator[Segment]:
    """Cut segments at `steps`, and let the last of them last as long."""
    current: Segment | None = None
    for segment in segments:
        if steps is not None and segment.start >= steps:
            break
        if current is not None:
            yield current
        current = segment
    if steps != 0:  # one without a name, where a sequence has no phase with steps
        yield replace(current or Segment("", 0, steps), stop=steps)
