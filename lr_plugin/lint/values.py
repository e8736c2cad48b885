"""Values that come out otherwise than they are written: floors, a flat line, a first zero."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from lr_plugin.lint.edit import Edit, Edits, has
from lr_plugin.lint.finding import Problem
from lr_plugin.lint.numbers import shown, tidy
from lr_plugin.lint.parts import Ends, Part, parts
from lr_plugin.schedule import Clamp, Constant, Knots, Scaled, Shape
from lr_plugin.schedule.kinds import KINDS
from lr_plugin.schedule.reads import reads
from lr_plugin.schedule.rounding import Values

__all__ = ["floors_above", "floors_below", "last_floor", "never_changes", "starts_at_zero"]

_MISSED: Final = 0.2  # of the way down to a floor
_SHORT: Final = 0.3  # of the way down to an end value: what a line of four steps does not miss
_SMALL: Final = 0.01  # of a peak: where floors and warm-ups usually are
_LONGER: Final = (5, 10, 20, 50, 100)
# What makes a flat node move, by the name of a field.
_LIVELY: Final[dict[str, Any]] = {
    "end_value": 0.0,
    "factor": 0.1,
    "every": "10%",
    "milestones": ("50%", "75%"),
    "period": "20%",
    "scale": 1.0,
    "count": 8,
}


def floors_above(part: Part) -> Iterator[Problem]:
    """Find floors of a `Clamp` that are above all there is.

    Parameters
    ----------
    part : Part
        Any part.
    """
    found = _limited(part)
    if found is None or _may_grow(part):
        return
    floor, low, high = found
    if low < high <= floor:
        path = (*part.path, "min_value")
        yield Problem(
            name="floor_above_peak",
            path=path,
            message=(f"the floor {shown(floor)} is not below the peak {shown(high)}: all is flat"),
            remedies=tuple((Edit(path, tidy(value)),) for value in (_SMALL * high, low)),
        )


def floors_below(part: Part) -> Iterator[Problem]:
    """Find floors of a `Clamp` that nothing comes near.

    Parameters
    ----------
    part : Part
        Any part.
    """
    found = _limited(part)
    if found is None or reads(part.node):
        return
    floor, low, high = found
    if low - floor > _MISSED * (high - floor):
        path = (*part.path, "min_value")
        yield Problem(
            name="floor_unreached",
            path=path,
            message=f"the floor is {shown(floor)}, and nothing falls below {shown(low)}",
            remedies=((Edit(path, tidy(low)),),),
        )


def _limited(part: Part) -> tuple[float, float, float] | None:
    """Give the floor of a `Clamp`, and the smallest and the largest value that come to it."""
    node = part.node
    if not isinstance(node, Clamp) or node.min_value is None:
        return None
    values = Part(part.path, node.schedule, part.span).sampled()
    return node.min_value, float(values.min()), float(values.max())


def _may_grow(part: Part) -> bool:
    return any(isinstance(each.node, Scaled) for each in parts(part.node, part.span))


def last_floor(part: Part) -> Iterator[Problem]:
    """Find last phases that are too short to come near their end value.

    Parameters
    ----------
    part : Part
        Any part.
    """
    found = part.phases()
    if len(found) < 2 or not _falls_to_the_end(part, found[-1]):  # noqa: PLR2004 - a whole run is long
        return
    last = found[-1]
    lowest = float(part.node.evaluate(np.array([last.stop - 1]), part.span)[0])
    if lowest - last.last > _SHORT * (last.first - last.last):
        yield Problem(
            name="floor_unreached",
            path=(*part.path, "phases", last.name),
            message=(
                f"is to fall to {shown(last.last)} and has {part.time(last.steps)} for it: the "
                f"last one is at {shown(lowest)}"
            ),
            remedies=tuple(_longer(part, found)),
        )


def _falls_to_the_end(part: Part, last: Ends) -> bool:
    is_ramp = isinstance(last.phase.schedule, Shape) and last.first > last.last
    return is_ramp and last.stop == part.span.steps


def _longer(part: Part, found: list[Ends]) -> Iterator[Edits]:
    last = found[-1]
    if last.phase.duration is not None:
        for steps in _LONGER:
            yield (Edit((*part.path, "phases", last.name, "duration"), part.time(steps)),)
    for each in found[:-1]:
        field = "ends_at" if each.phase.duration is None else "duration"
        yield (Edit((*part.path, "phases", each.name, field), "5%"),)


def never_changes(inside: Sequence[Part], values: Values) -> Iterator[Problem]:
    """Say that all values are the same, where more than a constant is written.

    Parameters
    ----------
    inside : sequence of Part
        The whole schedule and its parts.
    values : ndarray of float64
        What it gives.
    """
    root = inside[0]
    plain = all(isinstance(each.node, Constant) or has(each.node, "phases") for each in inside)
    if plain or values.size == 1 or np.ptp(values) > 0 or reads(root.node):
        return
    yield Problem(
        name="never_changes",
        path=(),
        message=f"all {root.time(root.span.steps or values.size)} are at {shown(float(values[0]))}",
        remedies=tuple(remedy for each in reversed(inside) for remedy in _livelier(each)),
    )


def _livelier(part: Part) -> Iterator[Edits]:
    if type(part.node) in KINDS.values():
        for field, value in _LIVELY.items():
            if has(part.node, field) and getattr(part.node, field) is not None:
                yield (Edit((*part.path, field), value),)


def starts_at_zero(inside: Sequence[Part], values: Values) -> Iterator[Problem]:
    """Say that the first step trains at zero.

    Parameters
    ----------
    inside : sequence of Part
        The whole schedule and its parts.
    values : ndarray of float64
        What it gives.
    """
    frozen = any(isinstance(each.node, Constant) and each.node.value == 0 for each in inside)
    if values[0] != 0 or not values.any() or frozen:
        return
    small = float(f"{_SMALL * abs(values).max():.1g}")
    yield Problem(
        name="first_step_zero",
        path=(),
        message=f"the value of the first step is 0, and the largest is {shown(values.max())}",
        remedies=tuple(remedy for each in inside for remedy in _above_zero(each, small)),
    )


def _above_zero(part: Part, small: float) -> Iterator[Edits]:
    if has(part.node, "start_value"):
        yield (Edit((*part.path, "start_value"), small),)
    if isinstance(part.node, Knots):
        yield (Edit((*part.path, "values"), (small, *part.node.values[1:])),)
