"""How pictures look: a colour for each schedule, and axes without clutter."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lr_plugin.compare.candidate import Candidate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GREY", "Style", "colours", "dress", "explain", "figure"]

# Okabe and Ito's colours, which colour-blind readers can tell apart; their yellow is too pale here
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES: Final = ("-", "--", ":", "-.")
GREY: Final = "#666666"
_LEGEND_ROW: Final = 0.22  # inches

Style = tuple[str, str]


def colours(candidates: Sequence[Candidate]) -> Mapping[str, Style]:
    """Return a colour and a dash for each schedule; with more than 28 they repeat.

    Parameters
    ----------
    candidates : sequence of Candidate
        In the order of the table.
    """
    styles = [(colour, dash) for dash in _DASHES for colour in _COLOURS]
    return {one.name: styles[place % len(styles)] for place, one in enumerate(candidates)}


def figure(rows: int, height: float, names: int) -> "tuple[Figure, list[Axes]]":
    """Return a figure with some axes below each other, high enough for a legend.

    Parameters
    ----------
    rows : int
        How many axes.
    height : float
        Of each, in inches.
    names : int
        How many lines the legend has.
    """
    from matplotlib.figure import Figure

    size = (9, max(rows * height, _LEGEND_ROW * names))
    drawn = Figure(figsize=size, layout="constrained")
    return drawn, list(drawn.subplots(rows, 1, squeeze=False, sharex=True)[:, 0])


def dress(axes: "Axes", *, log: bool = False) -> None:
    """Leave out what nobody reads, and make the values logarithmic if asked.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        What to dress.
    log : bool
        Whether the vertical axis is logarithmic.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")


def explain(drawn: "Figure", axes: "Axes") -> None:
    """Put the legend beside the axes.

    Parameters
    ----------
    drawn : matplotlib.figure.Figure
        The figure.
    axes : matplotlib.axes.Axes
        The axes whose lines have the names.
    """
    lines = axes.get_legend_handles_labels()
    drawn.legend(*lines, loc="outside right upper", frameon=False)
