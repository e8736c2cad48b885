"""The parts of a schedule as a tree, each with the stretch of time that it runs over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from lr_plugin.lint.edit import Path
from lr_plugin.plot import sample
from lr_plugin.schedule import Curve, Phase, Product, Repeat, Schedule, Sequence, Span
from lr_plugin.schedule.around import Around
from lr_plugin.schedule.clock import NO_RECORD
from lr_plugin.schedule.plan import Place, place
from lr_plugin.schedule.rounding import Values


@final
@dataclass(frozen=True, slots=True)
class Ends:
    """A phase that has steps, in its place.

    Parameters
    ----------
    name : str
        Of the phase.
    phase : Phase
        The phase.
    start, steps : int
        Where it begins in its sequence, and how long it lasts.
    scale : float
        What its values are multiplied by, if they are relative to the phase before.
    first, last : float
        Value at its first step, and the value that it has reached at its end.
    """

    name: str
    phase: Phase
    start: int
    steps: int
    scale: float
    first: float
    last: float

    @property
    def stop(self) -> int:
        """First step after it."""
        return self.start + self.steps


@final
@dataclass(frozen=True, slots=True)
class Part:
    """A node of a schedule.

    Parameters
    ----------
    path : tuple of str
        Where it is written, from the root.
    node : Schedule
        The node.
    span : Span
        What it runs over, as planned.
    places : tuple of Place
        Of a sequence, where its phases are.
    """

    path: Path
    node: Schedule
    span: Span
    places: tuple[Place, ...] = ()

    def sampled(self) -> Values:
        """Give its values, all of them or enough to see every phase."""
        curve = Curve(self.node, self.span)
        return curve(sample(curve))

    def time(self, ticks: int) -> str:
        """Write a length of time."""
        return f"{ticks} {'ms' if self.span.clock == 'time' else 'steps'}"

    def written(self) -> Iterator[tuple[str, Phase, Place]]:
        """Give the phases of a sequence by name, each with its place."""
        if isinstance(self.node, Sequence):
            for (name, phase), where in zip(self.node.phases.items(), self.places, strict=True):
                yield name, phase, where

    def phases(self) -> list[Ends]:
        """Give the phases of a sequence that have steps, as far as their places are known."""
        found: list[Ends] = []
        for name, phase, where in self.written():
            if where.start is None or where.steps is None or where.is_foreign:
                break
            if where.steps:
                scale = found[-1].last if found and phase.relative else 1.0
                ends = phase.schedule.evaluate(np.array([0, where.steps]), where.inner)
                first, last = (scale * ends).tolist()
                found.append(Ends(name, phase, where.start, where.steps, scale, first, last))
        return found


def parts(schedule: Schedule, span: Span) -> list[Part]:
    """Give a schedule and every schedule inside it that has steps, the outer before the inner.

    Parameters
    ----------
    schedule : Schedule
        Any schedule. Of a repetition, what is inside comes twice: in its shortest cycle and in its
        longest.
    span : Span
        The run. Recorded events are left out: what is looked at is the plan.
    """
    return list(_parts((), schedule, replace(span, log=(), record=NO_RECORD)))


def _parts(path: Path, node: Schedule, span: Span) -> Iterator[Part]:
    places = place(node.phases, span) if isinstance(node, Sequence) else ()
    part = Part(path, node, span, tuple(places))
    yield part
    for names, inner, its_span in _inside(part):
        yield from _parts((*path, *names), inner, its_span)


def _inside(part: Part) -> Iterator[tuple[Path, Schedule, Span]]:
    node, span = part.node, part.span
    for name, phase, where in part.written():
        if where.steps != 0:
            yield ("phases", name), phase.schedule, where.inner
    if isinstance(node, Product):
        for name, factor in node.factors.items():
            yield ("factors", name), factor, span
    elif isinstance(node, Repeat):
        lengths = node.lengths(span)
        for steps in sorted({min(lengths), max(lengths)}):
            yield ("schedule",), node.schedule, span.inner(0, steps)
    elif isinstance(node, Around):
        yield ("schedule",), node.schedule, node.inner(span)
