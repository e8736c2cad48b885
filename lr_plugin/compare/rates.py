"""The metric against the learning rate: how much tuning matters to each schedule."""

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.style import Style, colours, dress, explain, figure
from lr_plugin.compare.tried import Tried, tried

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_rates"]


def draw_rates(comparison: Comparison) -> "Figure | None":
    """Draw the metric at every learning rate; None if no schedule chose among several.

    Parameters
    ----------
    comparison : Comparison
        What was measured. Lines are medians over the tuning seeds and bands their ranges; a ring is
        around the rate that was chosen. A cross at the bad edge says that a run diverged there: it
        counts as the worst for the median, and the range is that of the others.
    """
    tuned = [one for one in comparison.candidates if one.choice is not None]
    if not tuned:
        return None
    drawn, (axes,) = figure(1, 4.5, [one.name for one in tuned])
    styles = colours(one.name for one in comparison.candidates)
    bad_edge = 0.02 if comparison.scale.mode == "max" else 0.98
    for one in tuned:
        _line(axes, one.name, tried(one), styles[one.name])
        _crosses(axes, tried(one), styles[one.name], bad_edge)
    axes.set_xlabel("learning rate")
    axes.set_ylabel(comparison.metric)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    dress(axes, log=comparison.scale.logarithmic)
    explain(drawn, axes)
    return drawn


def _line(axes: "Axes", name: str, found: Sequence[Tried], style: Style) -> None:
    colour, dash = style
    rates = [_or_gap(one.rate) for one in found]
    least, most = ([_or_gap(end) for end in ends] for ends in zip(*_ranges(found), strict=True))
    axes.fill_between(rates, least, most, color=colour, alpha=0.15, linewidth=0)
    medians = [_or_gap(one.median) for one in found]
    axes.plot(rates, medians, dash, color=colour, label=name, marker=".", linewidth=1.4)
    chosen = [one.chosen for one in found].index(True)
    axes.plot(rates[chosen], medians[chosen], "o", color=colour, markersize=11, fillstyle="none")


def _ranges(found: Sequence[Tried]) -> list[tuple[float | None, float | None]]:
    return [(one.least, one.most) for one in found]


def _or_gap(value: float | None) -> float:
    return nan if value is None else value


def _crosses(axes: "Axes", found: Sequence[Tried], style: Style, height: float) -> None:
    rates = [_or_gap(one.rate) for one in found if one.diverged]
    place = axes.get_xaxis_transform()
    axes.plot(rates, [height] * len(rates), "x", color=style[0], transform=place)
