"""Curves as text: a line that draws one, and a table of its phases."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Final

import numpy as np

from lr_plugin.plot.sampling import Unit, per_step, sample, shown_length
from lr_plugin.schedule import Curve, Segment, Span
from lr_plugin.schedule.rounding import Steps, Values

__all__ = ["sparkline", "table"]

_MOST_SEGMENTS: Final = 500
_MOST_ROWS, _HEAD, _TAIL = 8, 4, 2
_SLACK: Final = 1e-9  # a constant must not flicker where it is just between two blocks
_BLOCKS: Final = np.array(list("▁▂▃▄▅▆▇█"))


def sparkline(curve: Curve, width: int = 60, *, top: float | None = None) -> str:
    """Draw a curve as a line of text.

    Parameters
    ----------
    curve : Curve
        What to draw.
    width : int
        In characters, fewer where there are fewer steps. Each stands for the same length of time
        and shows the mean value in it: a short warm-up shows, and so does a short peak.
    top : float, optional
        The value of a full block; by default the curve's largest. The scale begins at 0 and has
        eight equal parts; what is below 0 is drawn as 0.

    Returns
    -------
    str
        Characters from ``▁`` to ``█``.

    Raises
    ------
    ValueError
        If the width is below 1.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> sparkline(Linear().over(Span(1000)), 16)
    '██▇▇▆▆▅▅▄▄▃▃▂▂▁▁'
    """
    if width < 1:
        raise ValueError(f"{width!r} characters leave nothing to draw; write at least 1")
    steps = sample(curve)
    values = curve(steps)
    highest = values.max() if top is None else top
    means = _means(values, steps * min(width, shown_length(curve)) // shown_length(curve))
    parts = np.floor(8 * means / highest + _SLACK) if highest > 0 else np.zeros(means.size)
    return "".join(_BLOCKS[np.clip(parts, 0, 7).astype(int)])


def table(curve: Curve, unit: Unit = "steps") -> str:
    """Give the phases of a curve as text: where each begins and ends, and its values there.

    Parameters
    ----------
    curve : Curve
        What to describe.
    unit : {'steps', 'epochs', '%'}
        Of the first and the last step of each phase.

    Returns
    -------
    str
        A heading and one line for each phase. A repetition of more than eight phases is
        abbreviated, a line such as ``… 94 more`` then covers what is left out; after 500 phases
        the last line is ``… and so on``.

    Raises
    ------
    ScheduleError
        If the span does not know what the unit is worth.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> print(table(Linear().over(Span(4))))
    phase      first step  last step  first value  last value
    whole run           0          3            1        0.25
    """
    name = {"steps": "step", "epochs": "epoch", "%": "%"}[unit]
    heading = ("phase", f"first {name}", f"last {name}", "first value", "last value")
    groups = (list(group) for _, group in groupby(_segments(curve), _without_cycle))
    parts = [part for group in groups for part in _abbreviated(group)]
    cells = [heading, *_cells(curve, parts, unit)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(line, widths) for line in cells)


def _means(values: Values, part: Steps) -> Values:
    """Give the mean of the values in each part."""
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    return np.add.reduceat(values, starts) / np.diff(starts, append=part.size)


def _segments(curve: Curve) -> Iterator[Segment]:
    segments = curve.segments()
    yield from islice(segments, _MOST_SEGMENTS)
    for following in islice(segments, 1):
        yield Segment("… and so on", following.start, curve.span.steps)


def _without_cycle(segment: Segment) -> str:
    return re.split(r"\.?cycle \d", segment.name)[0]


def _abbreviated(group: Sequence[Segment]) -> Sequence[Segment]:
    if len(group) <= _MOST_ROWS:
        return group
    hidden = group[_HEAD:-_TAIL]
    middle = Segment(f"… {len(hidden)} more", hidden[0].start, hidden[-1].stop)
    return [*group[:_HEAD], middle, *group[-_TAIL:]]


def _cells(curve: Curve, parts: Sequence[Segment], unit: Unit) -> Iterator[tuple[str, ...]]:
    lasts = [max((part.stop or 0) - 1, part.start) for part in parts]
    values = zip(curve([part.start for part in parts]), curve(lasts), strict=True)
    for part, last, pair in zip(parts, lasts, values, strict=True):
        places = [_place(step, curve.span, unit) for step in (part.start, last)]
        cells = [*places, *(f"{value:.4g}" for value in pair)]
        if part.stop is None:
            cells[1::2] = "?", "?"
        yield (part.name or "whole run", *cells)


def _place(step: int, span: Span, unit: Unit) -> str:
    return str(step) if unit == "steps" else f"{step * per_step(span, unit):.5g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = (
        cell.rjust(width) if i else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([name, *numbers])
