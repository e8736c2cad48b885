"""Lengths that do not fit the run: phases of no steps, ends before the end, cycles cut short."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from lr_plugin.lint.edit import Edit, Edits
from lr_plugin.lint.finding import Problem
from lr_plugin.lint.numbers import shown, tidy
from lr_plugin.lint.parts import Ends, Part
from lr_plugin.schedule import Constant, Duration, Phase, Repeat

__all__ = ["cut_cycles", "empty_phases", "ends_early"]

_REST: Final = 0.02  # of the run: what rounded shares such as three times 33% leave
_LEFT: Final = 0.2  # of a cycle's way down
_NOTHING: Final = 0.001  # of the largest value: nobody holds that on purpose
_NAMES: Final = ("hold", "hold_at_the_end")


def empty_phases(part: Part) -> Iterator[Problem]:
    """Find phases that are to last some time and are rounded to no steps.

    Parameters
    ----------
    part : Part
        Any part.
    """
    for name, phase, where in part.written():
        if where.steps == 0 and part.span.steps and not _is_switched_off(phase):
            path = (*part.path, "phases", name)
            removed = (Edit(path, None),)
            one = (Edit((*path, "duration"), part.time(1)),) if phase.duration else removed
            yield Problem(
                name="phase_empty",
                path=path,
                message=f"{_written(phase)} is {part.time(0)} of {part.time(part.span.steps)} here",
                remedies=(one, removed),
            )


def _is_switched_off(phase: Phase) -> bool:
    written = phase.duration or phase.ends_at
    return written is not None and Duration.parse(written).amount == 0


def _written(phase: Phase) -> str:
    if phase.duration is not None:
        return f"a duration of {phase.duration!r}"
    return "the rest" if phase.ends_at is None else f"its part up to {phase.ends_at!r}"


def ends_early(part: Part) -> Iterator[Problem]:
    """Find phases, and counted cycles, that are over long before their span is.

    Parameters
    ----------
    part : Part
        Any part.
    """
    steps, end = part.span.steps, _end(part)
    if not steps or end is None or steps - end <= _REST * steps:
        return
    last = float(part.node.evaluate(np.array([end]), part.span)[0])
    yield Problem(
        name="ends_early",
        path=part.path,
        message=(
            f"is over after {part.time(end)} of {steps} and holds {shown(last)} for the other "
            f"{steps - end}"
        ),
        remedies=tuple(_until_the_end(part, last)),
    )


def _end(part: Part) -> int | None:
    """Give where the values stop to change, of what has a length of its own."""
    if isinstance(part.node, Repeat):
        return part.node.end(part.span)
    found = part.phases()
    if not found or isinstance(found[-1].phase.schedule, Constant):
        return None
    return found[-1].stop if part.node.end(part.span) is not None else None


def _until_the_end(part: Part, last: float) -> Iterator[Edits]:
    """Give ways to fill the span, the likeliest first."""
    if isinstance(part.node, Repeat):
        yield (Edit((*part.path, "period"), None),)
        yield (Edit((*part.path, "count"), None),)
        return
    found = part.phases()
    holds = [each for each in found if isinstance(each.phase.schedule, Constant)]
    if abs(last) > _NOTHING * max(abs(part.sampled())):
        yield (_held(part, found, tidy(last)),)
    for each in (*holds, found[-1]):
        field = "ends_at" if each.phase.duration is None else "duration"
        yield (Edit((*part.path, "phases", each.name, field), None),)


def _held(part: Part, found: list[Ends], value: float) -> Edit:
    taken = {each.name for each in found}
    name = next(name for name in _NAMES if name not in taken)
    return Edit((*part.path, "phases", name), Phase(schedule=Constant(value=value)))


def cut_cycles(part: Part) -> Iterator[Problem]:
    """Find cycles of a stated period that the end of the span cuts, high above their own end.

    Parameters
    ----------
    part : Part
        Any part.
    """
    node, span = part.node, part.span
    if not isinstance(node, Repeat) or node.period is None or not span.steps:
        return
    number, start, stop = node.cycle(span.steps - 1, span)
    inner = Part((*part.path, "schedule"), node.schedule, span.inner(start, stop - start))
    now, ends = node.schedule.evaluate(np.array([span.steps - start, stop - start]), inner.span)
    if stop > span.steps and now - ends > _LEFT * np.ptp(inner.sampled()):
        fill = Edit((*part.path, "period"), None)
        yield Problem(
            name="cycle_cut",
            path=part.path,
            message=(
                f"cycle {number + 1} has {part.time(stop - start)}, and {part.time(span.steps)} "
                f"end after {span.steps - start} of them, at {shown(now)} instead of {shown(ends)}"
            ),
            remedies=tuple(
                (Edit((*part.path, "count"), count), fill) for count in (number + 1, number)
            ),
        )
