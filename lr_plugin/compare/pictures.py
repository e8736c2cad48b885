"""All pictures of a comparison, as files in memory."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.curves import draw_curves
from lr_plugin.compare.places import draw_ranks
from lr_plugin.compare.rates import draw_rates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "pictures"]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture, and what it shows.

    Parameters
    ----------
    name : str
        Of its file, without an ending.
    shows : str
        A sentence for those who cannot see it, and below it for those who can.
    png, svg : bytes
        The same picture for screens of today, and at any size.
    """

    name: str
    shows: str
    png: bytes
    svg: bytes


_RATES: Final = """\
The metric at every learning rate tried: the median over the tuning seeds and the range. A ring is \
around the rate that was chosen; a cross at the edge says that a run diverged."""
_RANKS: Final = """\
Where each schedule comes in on every seed that all of them ran, and its mean rank."""
_UNFINISHED: Final = """\
No run came to its end: what was logged until then, as thin lines that end in a cross."""
_DRAWN: Final[Mapping[str, Callable[[Comparison], "Figure | None"]]] = {
    "curves": draw_curves,
    "rates": draw_rates,
    "ranks": draw_ranks,
}


def pictures(comparison: Comparison) -> list[Picture]:
    """Draw what there is to draw.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    shows = {"curves": _curves(comparison), "rates": _RATES, "ranks": _RANKS}
    drawn = {name: draw(comparison) for name, draw in _DRAWN.items()}
    return [_picture(name, figure, shows[name]) for name, figure in drawn.items() if figure]


def _curves(comparison: Comparison) -> str:
    if not comparison.candidates:
        return _UNFINISHED
    several = any(len(one.report) > 1 for one in comparison.candidates)
    band = ": the median over seeds and the range" if several else ""
    lost = any(one.diverged for one in comparison.candidates)
    cross = " A run that diverged is a thin line that ends in a cross." if lost else ""
    return f"The runs that report{band}.{cross}"


def _picture(name: str, figure: "Figure", shows: str) -> Picture:
    png = _saved(figure, "png")
    figure.set_layout_engine("none")  # what was found for the first holds for the second
    return Picture(name=name, shows=shows, png=png, svg=_saved(figure, "svg"))


def _saved(figure: "Figure", ending: str) -> bytes:
    from matplotlib import rc_context

    file = io.BytesIO()
    # the same picture has the same bytes
    with rc_context({"svg.hashsalt": "lr_plugin", "svg.fonttype": "none"}):
        metadata = {"Date": None} if ending == "svg" else {}
        figure.savefig(file, format=ending, dpi=110, metadata=metadata)
    return file.getvalue()
