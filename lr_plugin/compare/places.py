"""The rank plot: where each schedule comes in, seed by seed."""

from statistics import fmean
from typing import TYPE_CHECKING

from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.ranks import ranks
from lr_plugin.compare.style import colours, dress, figure, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_ranks"]

_ROW = 0.35  # inches
_LINE = 0.15  # more, for each further line of a name
_LETTERS = 40  # of a name in a line
_SPREAD = 0.5  # of a row, over which seeds are spread, so that equal ranks are all seen


def draw_ranks(comparison: Comparison) -> "Figure | None":
    """Draw the rank of each schedule on each seed, and the mean; None if nothing can be ranked.

    Parameters
    ----------
    comparison : Comparison
        What was measured, with equal budgets.
    """
    found = ranks(comparison.candidates) if comparison.fair else {}
    if not found:
        return None
    labels = wrapped(list(found), _LETTERS)
    lines = 1 + max(label.count("\n") for label in labels)
    drawn, (axes,) = figure(1, 1 + (_ROW + _LINE * (lines - 1)) * len(found))
    styles = colours(one.name for one in comparison.candidates)
    for row, (name, places) in enumerate(found.items()):
        colour, _ = styles[name]
        steps = range(len(places))
        heights = [row + _SPREAD * ((seed + 0.5) / len(places) - 0.5) for seed in steps]
        axes.plot(places, heights, ".", color=colour, alpha=0.6)
        axes.plot(fmean(places), row, "D", color=colour, markeredgecolor="white")
    axes.set_xticks(range(1, len(found) + 1))
    axes.set_yticks(range(len(found)), labels)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlabel("rank on each seed, and the mean (1 is the best)")
    dress(axes)
    return drawn
