"""What a curve looks like: a line of text, a table and a figure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import cycle, groupby, islice
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from lr_plugin.schedule import Curve, ScheduleError, Segment, Span
from lr_plugin.schedule.rounding import Steps, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Unit", "figure", "sample", "sparkline", "table"]

Unit: TypeAlias = Literal["steps", "epochs", "%"]

_MOST_POINTS: Final = 2000
_MOST_SEGMENTS: Final = 500  # restarts can go on without end; the points above have to be enough
_MOST_ROWS, _HEAD, _TAIL = 8, 4, 2
_UNKNOWN_LENGTH: Final = 1000
_GOLDEN: Final = (5**0.5 - 1) / 2
_SLACK: Final = 1e-9  # a constant must not flicker where it is just between two blocks
_BLOCKS: Final = np.array(list("▁▂▃▄▅▆▇█"))

# Okabe and Ito's colours, which colour-blind readers can tell apart; their yellow is too pale here
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES: Final = ("-", "--", ":", "-.")
_GREY: Final = "#666666"
_LEGEND_ROW: Final = 0.22  # inches
_FEW_STEPS: Final = 50
_MOST_NAMED: Final = 12
_WIDE_NAME: Final = 0.013  # share of the axes that one letter of a phase's name takes


def sample(curve: Curve) -> Steps:
    """Choose the steps at which to look at a curve.

    Parameters
    ----------
    curve : Curve
        Over a span of any length. Of an unknown length, the beginning: twice as far as the start of
        the last known phase, and at least 1000 steps.

    Returns
    -------
    ndarray of int64
        All steps if there are at most 2000. Otherwise about as many, always with the first and the
        last step of each phase (of the first 500), so that no peak at a joint is missed. Between
        them the distances vary, so that a rapid repetition shows as a band and not as a slow wave.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> sample(Linear().over(Span(4)))
    array([0, 1, 2, 3])
    >>> sample(Linear().over(Span(10**9))).size <= 2000
    True
    """
    length = _length(curve)
    if length <= _MOST_POINTS:
        return np.arange(length)
    joints = _joints(curve, length)
    spread = _spread(_MOST_POINTS - len(joints), length).tolist()
    return np.array(sorted(joints.union(spread)))


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
    means = _means(values, steps * min(width, _length(curve)) // _length(curve))
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


def figure(
    curves: Mapping[str, Curve],
    *,
    title: str | None = None,
    unit: Unit = "steps",
    value: str = "factor of the configured value",
    log: bool = False,
) -> "Figure":
    """Draw curves over each other; a single one with the names of its phases.

    Parameters
    ----------
    curves : mapping of str to Curve
        By the name to show.
    title : str, optional
        Above the axes.
    unit : {'steps', 'epochs', '%'}
        Of the horizontal axis.
    value : str
        Label of the vertical axis.
    log : bool
        Whether the vertical axis is logarithmic, as far as anything is above 0; what is not is left
        out.

    Returns
    -------
    matplotlib.figure.Figure
        With a canvas of its own: no pyplot, no display and no state shared between threads.

    Raises
    ------
    ScheduleError
        If a span does not know what the unit is worth.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> drawn = figure({"linear": Linear().over(Span(4))})
    >>> drawn.axes[0].lines[0].get_ydata().tolist()
    [1.0, 0.75, 0.5, 0.25]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8, max(3.6, _LEGEND_ROW * len(curves))), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.add_subplot()
    _draw(axes, curves, unit)
    _style(axes, unit, value, log=log)
    if len(curves) > 1:
        drawn.legend(loc="outside right upper", frameon=False)
    else:
        _name_phases(axes, *curves.values(), unit=unit)
    if title:
        axes.set_title(title, loc="left", pad=18 if axes.texts else None)
    return drawn


def _length(curve: Curve) -> int:
    known = curve.end() if curve.span.steps is None else curve.span.steps
    if known is not None:
        return max(known, 1)
    *_, last = islice(curve.segments(), _MOST_SEGMENTS)
    return max(2 * last.start, _UNKNOWN_LENGTH)


def _joints(curve: Curve, length: int) -> set[int]:
    starts = [segment.start for segment in islice(curve.segments(), _MOST_SEGMENTS)]
    joints = {0, length - 1, *starts, *(start - 1 for start in starts)}
    return {step for step in joints if 0 <= step < length}


def _spread(count: int, length: int) -> Steps:
    """Give one step in each of `count` equal parts, at places that repeat no pattern."""
    part = np.arange(count)
    return ((part + part**2 * _GOLDEN % 1) * (length / count)).astype(np.int64)


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
    return str(step) if unit == "steps" else f"{step * _per_step(span, unit):.5g}"


def _per_step(span: Span, unit: Unit) -> float:
    """Give what one step is in a unit."""
    if unit == "steps":
        return 1
    if unit == "epochs":
        if span.steps_per_epoch is None:
            raise ScheduleError("write it, for an axis in epochs needs it", "steps_per_epoch")
        return float(1 / Fraction(span.steps_per_epoch))
    if span.steps is None:
        raise ScheduleError("an axis in % needs a run of known length", "steps")
    return 100 / max(span.steps, 1)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = (
        cell.rjust(width) if i else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([name, *numbers])


def _draw(axes: "Axes", curves: Mapping[str, Curve], unit: Unit) -> None:
    styles = ((style, colour) for style in cycle(_STYLES) for colour in _COLOURS)
    for (name, curve), (style, colour) in zip(curves.items(), styles, strict=False):
        steps = sample(curve)
        marker = "." if _length(curve) <= _FEW_STEPS else None
        place = steps * _per_step(curve.span, unit)
        axes.plot(place, curve(steps), style, color=colour, label=name, marker=marker, lw=1.6)


def _style(axes: "Axes", unit: Unit, value: str, *, log: bool) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    axes.set_xlabel({"steps": "optimizer step", "epochs": "epoch", "%": "% of the run"}[unit])
    axes.ticklabel_format(axis="x", scilimits=(-6, 6), useMathText=True)
    axes.set_ylabel(value)
    if log and axes.dataLim.y1 > 0:
        axes.set_yscale("log", nonpositive="mask")
    else:
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))


def _name_phases(axes: "Axes", curve: Curve, *, unit: Unit) -> None:
    length, per_step = _length(curve), _per_step(curve.span, unit)
    segments = [part for part in islice(curve.segments(), _MOST_NAMED + 1) if part.name]
    if not 1 < len(segments) <= _MOST_NAMED:
        return
    for part in segments[1:]:
        axes.axvline(part.start * per_step, color=_GREY, linewidth=0.8, linestyle=(0, (1, 3)))
    for name, middle in _fitting(segments, length):
        style: dict[str, Any] = {"ha": "center", "color": _GREY, "fontsize": "small"}
        place = middle * length * per_step
        axes.text(place, 1.02, name, transform=axes.get_xaxis_transform(), **style)


def _fitting(segments: Sequence[Segment], length: int) -> Iterator[tuple[str, float]]:
    """Give each name and where its middle goes, from 0 to 1; what finds no room is left out."""
    free = 0.0
    for part in segments:
        name = part.name.rpartition(".")[2]
        half = _WIDE_NAME * len(name) / 2
        start, stop = part.start / length, (part.stop or length) / length
        middle = max((start + stop) / 2, free + half)
        if middle - half < stop:
            free = middle + half + _WIDE_NAME
            yield name, middle
