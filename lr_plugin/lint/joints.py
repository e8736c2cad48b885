"""Where one phase meets the next: jumps, and peaks that fall between two steps."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from lr_plugin.lint.edit import Edit, Edits, has
from lr_plugin.lint.finding import Problem
from lr_plugin.lint.numbers import shown, tidy
from lr_plugin.lint.parts import Ends, Part
from lr_plugin.schedule import Chebyshev, Constant, Repeat

__all__ = ["jumps", "peaks"]

_FACTOR: Final = 2.0
_NEXT_TO_NOTHING: Final = 0.01  # of the largest value: from 0 to there is no jump
_MISSED: Final = 0.1
_ENOUGH: Final = 20
_START: Final = 0.01  # of the peak, where a warm-up begins


def jumps(part: Part) -> Iterator[Problem]:
    """Find phases that begin far above or below the end of the one before.

    Parameters
    ----------
    part : Part
        Any part.
    """
    found = part.phases()
    largest = max((abs(value) for each in found for value in (each.first, each.last)), default=0.0)
    for before, after in pairwise(found):
        sizes = [max(abs(each), _NEXT_TO_NOTHING * largest) for each in (before.last, after.first)]
        if max(sizes) > _FACTOR * min(sizes) and not _is_meant(before, after):
            yield Problem(
                name="jump",
                path=(*part.path, "phases", after.name),
                message=(
                    f"begins at {shown(after.first)} at {part.time(after.start)}, where "
                    f"{before.name!r} has come to {shown(before.last)}"
                ),
                remedies=tuple(_smooth(part, before, after, is_first=before is found[0])),
            )


def _is_meant(before: Ends, after: Ends) -> bool:
    """Say whether what is written jumps by design: constants, fractal orders and restarts."""
    both = before.phase.schedule, after.phase.schedule
    restarts = isinstance(both[1], Repeat) and before.last < before.first
    constants = all(isinstance(each, Constant) for each in both)
    return constants or restarts or any(isinstance(each, Chebyshev) for each in both)


def _smooth(part: Part, before: Ends, after: Ends, *, is_first: bool) -> Iterator[Edits]:
    """Give ways to make two phases meet, the likeliest first."""
    falls, rises = before.last < before.first, before.last > before.first
    from_there = _ways(part, after, before.last, "start_value")
    to_there = _ways(part, before, after.first, "end_value")
    up = after.first > before.last
    if up and falls and is_first:  # a warm-up without numbers: every ramp falls unless told
        start = _ways(part, before, _START * after.first, "start_value")
        yield from (one + other for one, other in zip(start, to_there, strict=False))
    if up and not rises and not after.phase.relative:
        yield (Edit((*part.path, "phases", after.name, "relative"), value=True),)
    heads_there = rises if up else falls
    yield from [*to_there, *from_there] if heads_there else [*from_there, *to_there]


def _ways(part: Part, one: Ends, value: float, field: str) -> list[Edits]:
    """Give the edit that makes a phase begin or end at a value, if it has a field for it."""
    names = [name for name in (field, "value") if has(one.phase.schedule, name)]
    if not names or not one.scale:
        return []
    return [(Edit((*part.path, "phases", one.name, names[0]), tidy(value / one.scale)),)]


def peaks(part: Part) -> Iterator[Problem]:
    """Find phases that rise to a value between two steps, which no step is trained at.

    Parameters
    ----------
    part : Part
        Any part.
    """
    found = part.phases()
    for before, after in pairwise(found):
        highest = before.last
        if highest <= max(before.first, after.first, *(each.first for each in found)):
            continue
        sampled = float(part.sampled().max())
        if sampled < (1 - _MISSED) * highest:
            keys = (*part.path, "phases")
            longer = Edit((*keys, before.name, "duration"), part.time(_ENOUGH))
            yield Problem(
                name="peak_unsampled",
                path=(*keys, before.name),
                message=(
                    f"rises to {shown(highest)} at {part.time(before.stop)}, but {after.name!r} "
                    f"begins there at {shown(after.first)}: no step has more than {shown(sampled)}"
                ),
                remedies=(*_ways(part, after, highest, "start_value"), (longer,)),
            )
