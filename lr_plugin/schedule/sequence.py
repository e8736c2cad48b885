"""Named phases, one after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.check import check_named
from lr_plugin.schedule.error import within
from lr_plugin.schedule.phase import Phase
from lr_plugin.schedule.plan import Place, place
from lr_plugin.schedule.rounding import Steps, Values
from lr_plugin.schedule.segment import Segment, lasting
from lr_plugin.schedule.span import Span


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sequence(Schedule):
    r"""Named phases, one after another.

    Parameters
    ----------
    phases : mapping of str to Phase
        The phases in the order in which they run. A mapping, because one phase can then be
        changed, removed or added by its name; do not change it afterwards.

    Raises
    ------
    ScheduleError
        From `over`, if the phases are longer than the span, if two of them have no duration, or
        if the rest cannot be known.

    Notes
    -----
    Durations are exact fractions; what is rounded (to the nearest step, halves up) are the
    boundaries, so the phases always tile the span. Each phase sees only its own steps, from 0.
    An event that ends a phase early moves all later phases forward with their planned lengths;
    an open later phase takes what was gained, otherwise the sequence ends early and holds.

    Examples
    --------
    >>> from lr_plugin.schedule import Cosine, Linear, Phase, Sequence, Span
    >>> warmup = Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration="10%")
    >>> schedule = Sequence(phases={"warmup": warmup, "decay": Phase(schedule=Cosine())})
    >>> curve = schedule.over(Span(100))
    >>> curve([0, 5, 10, 55, 100]).round(3)
    array([0. , 0.5, 1. , 0.5, 0. ])
    >>> list(curve.segments())
    [Segment(name='warmup', start=0, stop=10), Segment(name='decay', start=10, stop=100)]
    """

    phases: Mapping[str, Phase]

    def __post_init__(self) -> None:
        check_named(self, "phases", Phase, "{warmup: {kind: linear, duration: 5%}, ...}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return tuple(self.phases.items()) == tuple(other.phases.items())

    def __hash__(self) -> int:
        return hash(tuple(self.phases.items()))

    def evaluate(self, step: Steps, span: Span) -> Values:
        parts = self._parts(span)
        if not step.size:  # the checks, of phases too that no step can fall into
            for part in _that_last(parts):
                part.values(step)
        placed = _with_steps(parts)
        index = np.searchsorted([part.start for part in placed], step, side="right") - 1
        value = np.empty(step.shape)
        for i in np.flatnonzero(np.bincount(index.ravel())).tolist():
            here = index == i
            value[here] = _scale(placed, i) * placed[i].values(step[here])
        return value

    def segments(self, span: Span) -> Iterator[Segment]:
        for part in _with_steps(self._parts(span)):
            yield from part.segments()

    def end(self, span: Span) -> int | None:
        parts = self._parts(span)
        awaits = any(part.place.start is None for part in parts)
        return None if awaits else _with_steps(parts)[-1].end()

    def is_settled(self, span: Span) -> bool:
        now = span.record.last(span.clock)
        return all(part.is_settled(now) for part in self._parts(span))

    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        begun = [part for part in _with_steps(self._parts(span)) if part.start <= step]
        yield from begun[-1].listens(step)

    def _parts(self, span: Span) -> "list[_Part]":
        places = place(self.phases, span)
        named = zip(self.phases.items(), places, strict=True)
        return [_Part(name, phase, where) for (name, phase), where in named]


@dataclass(frozen=True, slots=True)
class _Part:
    """A phase in its place."""

    name: str
    phase: Phase
    place: Place

    @property
    def start(self) -> int:
        return self.place.start or 0

    def values(self, step: Steps) -> Values:
        """Evaluate at steps of the sequence that are in this part or after it."""
        with within(f"phases.{self.name}"):
            return self.phase.schedule.evaluate(self.place.local(step), self.place.inner)

    def end_value(self) -> float:
        """Give the value at which this part really ends."""
        return float(self.values(np.array([self.start + (self.place.steps or 0)]))[0])

    def segments(self) -> Iterator[Segment]:
        """Give the segments of this part, placed in the sequence."""
        if self.place.is_foreign:  # what is inside is counted on another clock
            yield Segment("", 0, self.place.steps).inside(self.name, self.start)
            return
        inner = self.phase.schedule.segments(self.place.inner)
        for segment in lasting(inner, self.place.steps):
            yield segment.inside(self.name, self.start)

    def end(self) -> int | None:
        """Give the first step of the sequence from which this part's value is held."""
        inner = None if self.place.is_foreign else self.phase.schedule.end(self.place.inner)
        ends = [end for end in (inner, self.place.steps) if end is not None]
        return self.start + min(ends) if ends else None

    def listens(self, step: int) -> Iterator[tuple[str, int]]:
        """Give what this part reads at a step of the sequence, and from which of its steps on."""
        if self.phase.until is not None:
            yield self.phase.until, self.start
        local = int(self.place.local(np.array([step]))[0])
        for event, since in self.phase.schedule.listens(local, self.place.inner):
            # What is inside a part on another clock counts there from the start of the part.
            yield event, self.start + (0 if self.place.is_foreign else since)

    def is_settled(self, now: int) -> bool:
        """Say whether no longer record could move this part's end, or anything inside it."""
        if self.place.is_foreign:
            steps = self.place.steps
            return self.place.start is not None and steps is not None and self.start + steps <= now
        return self.phase.schedule.is_settled(self.place.inner)


def _that_last(parts: list[_Part]) -> list[_Part]:
    """Leave out phases that are switched off: planned to last no steps."""
    return [part for part in parts if part.place.outer.steps != 0] or parts[-1:]


def _scale(parts: list[_Part], index: int) -> float:
    """Give the value at which the part before really ended, if this one is relative to it."""
    if index == 0 or not parts[index].phase.relative:
        return 1.0
    return _scale(parts, index - 1) * parts[index - 1].end_value()


def _with_steps(parts: list[_Part]) -> list[_Part]:
    """Leave out what has no steps; where nothing has any, the last part holds its end."""
    return [p for p in parts if p.place.start is not None and p.place.steps != 0] or parts[-1:]
