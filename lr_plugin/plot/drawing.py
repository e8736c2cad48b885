"""Curves as a picture, drawn with matplotlib."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lr_plugin.plot.sampling import Unit, per_step, sample, shown_length
from lr_plugin.plot.style import AXES, styles
from lr_plugin.schedule import Curve, Segment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure", "panels"]

_GREY: Final = "#666666"
_HEIGHT: Final = 3.6  # inches, of a panel
_LEGEND_ROW: Final = 0.22
_DASHES: Final = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
_FEW_STEPS: Final = 50
_MOST_NAMED: Final = 12
_WIDE_NAME: Final = 0.013  # share of the axes that one letter of a phase's name takes


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
    return panels({value: curves}, title=title, unit=unit, log=log)


def panels(
    groups: Mapping[str, Mapping[str, Curve]],
    *,
    title: str | None = None,
    unit: Unit = "steps",
    log: bool = False,
) -> "Figure":
    """Draw curves of several hyperparameters, one panel below the other.

    Parameters
    ----------
    groups : mapping of str to mapping of str to Curve
        By the label of the vertical axis, and by the name to show.
    title : str, optional
        Above the first panel.
    unit : {'steps', 'epochs', '%'}
        Of the horizontal axis.
    log : bool
        Whether the vertical axes are logarithmic, as far as anything is above 0.

    Returns
    -------
    matplotlib.figure.Figure
        As `figure` gives it.

    Raises
    ------
    ScheduleError
        If a span does not know what the unit is worth.

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Linear, Span
    >>> span = Span(4)
    >>> drawn = panels({"lr": {"a": Linear().over(span)}, "momentum": {"a": Constant().over(span)}})
    >>> [axes.get_ylabel() for axes in drawn.axes]
    ['lr', 'momentum']
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    looks = styles(name for curves in groups.values() for name in curves)
    height = max(_HEIGHT * len(groups), _LEGEND_ROW * len(looks))
    drawn = Figure(figsize=(8, height), layout="constrained")
    FigureCanvasAgg(drawn)
    rows = drawn.subplots(len(groups), sharex=True, squeeze=False)[:, 0].tolist()
    for axes, (label, curves) in zip(rows, groups.items(), strict=True):
        _draw(axes, curves, unit, looks)
        _style(axes, label, log=log)
    rows[-1].set_xlabel(AXES[unit])
    if len(looks) > 1:
        lines = {str(line.get_label()): line for axes in rows for line in axes.lines}
        drawn.legend(handles=[*lines.values()], loc="outside right upper", frameon=False)
    else:
        _name_phases(rows[0], *next(iter(groups.values())).values(), unit=unit)
    if title:
        rows[0].set_title(title, loc="left", pad=18 if rows[0].texts else None)
    return drawn


def _draw(
    axes: "Axes", curves: Mapping[str, Curve], unit: Unit, looks: Mapping[str, tuple[str, str]]
) -> None:
    for name, curve in curves.items():
        steps, (colour, dash) = sample(curve), looks[name]
        marker = "." if shown_length(curve) <= _FEW_STEPS else None
        place = steps * per_step(curve.span, unit)
        style: dict[str, Any] = {"color": colour, "linestyle": _DASHES[dash], "marker": marker}
        axes.plot(place, curve(steps), label=name, linewidth=1.6, **style)


def _style(axes: "Axes", value: str, *, log: bool) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    axes.ticklabel_format(axis="x", scilimits=(-6, 6), useMathText=True)
    axes.set_ylabel(value)
    if log and axes.dataLim.y1 > 0:
        axes.set_yscale("log", nonpositive="mask")
    else:
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))


def _name_phases(axes: "Axes", curve: Curve, *, unit: Unit) -> None:
    length, each = shown_length(curve), per_step(curve.span, unit)
    segments = [part for part in islice(curve.segments(), _MOST_NAMED + 1) if part.name]
    if not 1 < len(segments) <= _MOST_NAMED:
        return
    for part in segments[1:]:
        axes.axvline(part.start * each, color=_GREY, linewidth=0.8, linestyle=(0, (1, 3)))
    for name, middle in _fitting(segments, length):
        style: dict[str, Any] = {"ha": "center", "color": _GREY, "fontsize": "small"}
        place = middle * length * each
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
