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


_CURVES: Final = """\
The runs that report: the median over seeds and the range. A run that diverged is a thin line that \
ends in a cross."""
_RATES: Final = """\
The metric at every learning rate tried: the median over the tuning seeds and the range. A ring is \
around the rate that was chosen; a cross at the edge says that a run diverged."""
_RANKS: Final = """\
Where each schedule comes in on every seed that all of them ran, and its mean rank."""
_DRAWN: Final[Mapping[str, tuple[Callable[[Comparison], "Figure | None"], str]]] = {
    "curves": (draw_curves, _CURVES),
    "rates": (draw_rates, _RATES),
    "ranks": (draw_ranks, _RANKS),
}


def pictures(comparison: Comparison) -> list[Picture]:
    """Draw what there is to draw.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    drawn = ((name, draw(comparison), shows) for name, (draw, shows) in _DRAWN.items())
    return [_picture(name, figure, shows) for name, figure, shows in drawn if figure is not None]


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
