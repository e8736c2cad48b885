"""How pictures look: a colour for each schedule, and axes without clutter."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from math import ceil, log10
from textwrap import fill
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Style", "colours", "dress", "explain", "figure", "wrapped"]

# Okabe and Ito's colours, which colour-blind readers can tell apart; their yellow is too pale here
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES: Final = ("-", "--", ":", "-.")
_WIDTH: Final = 9.0  # inches, as is what follows
_LEGEND_ROW: Final = 0.22
_LETTER: Final = 0.09
_HANDLE: Final = 0.6  # of a line beside its name
_LEGEND_LETTERS: Final = 90
_FEW_DECADES, _MANY_DECADES = 0.7, 3

Style = tuple[str, str]


def colours(names: Iterable[str]) -> Mapping[str, Style]:
    """Return a colour and a dash for each schedule; with more than 28 they repeat.

    Parameters
    ----------
    names : iterable of str
        Of the schedules, in the order of the table.
    """
    styles = [(colour, dash) for dash in _DASHES for colour in _COLOURS]
    return dict(zip(names, cycle(styles), strict=False))


def figure(rows: int, height: float, names: Sequence[str] = ()) -> "tuple[Figure, list[Axes]]":
    """Return a figure with some axes below each other, and room for a legend below them.

    Parameters
    ----------
    rows : int
        How many axes.
    height : float
        Of each, in inches.
    names : sequence of str
        The lines of the legend.
    """
    from matplotlib.figure import Figure

    lines = wrapped(names, _LEGEND_LETTERS)
    shown = sum(1 + line.count("\n") for line in lines)
    legend = _LEGEND_ROW * ceil(shown / _columns(lines))
    drawn = Figure(figsize=(_WIDTH, rows * height + legend), layout="constrained")
    return drawn, list(drawn.subplots(rows, 1, squeeze=False, sharex=True)[:, 0])


def wrapped(names: Sequence[str], width: int) -> list[str]:
    r"""Return names of at most so many letters a line.

    Parameters
    ----------
    names : sequence of str
        As they are in the table.
    width : int
        The letters.

    Examples
    --------
    >>> wrapped(["wsd", "wsd decay.kind=sqrt decay.duration=20%"], 24)
    ['wsd', 'wsd decay.kind=sqrt\ndecay.duration=20%']
    """
    return [fill(name, width, break_on_hyphens=False) for name in names]


def _columns(lines: Sequence[str]) -> int:
    letters = max((len(line) for name in lines for line in name.split("\n")), default=0)
    return max(int(_WIDTH / (_HANDLE + _LETTER * letters)), 1)


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
        _label_between(axes)


def _label_between(axes: "Axes") -> None:
    """Label as many ticks between the powers of ten as there is room for."""
    from matplotlib.ticker import LogLocator

    low, high = axes.get_ylim()
    decades = log10(high / low)
    axes.yaxis.set_minor_formatter("{x:g}" if decades < _MANY_DECADES else "")
    if decades > _FEW_DECADES:
        axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))


def explain(drawn: "Figure", axes: "Axes") -> None:
    """Put the legend below all axes.

    Parameters
    ----------
    drawn : matplotlib.figure.Figure
        The figure.
    axes : matplotlib.axes.Axes
        The axes whose lines have the names.
    """
    lines, names = axes.get_legend_handles_labels()
    shown = wrapped(names, _LEGEND_LETTERS)
    columns = _columns(shown)
    drawn.legend(lines, shown, loc="outside lower left", ncols=columns, frameon=False)
