"""Colours, dashes and words that the picture and the page share."""

from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Final

from lr_plugin.plot.sampling import Unit

__all__ = ["AXES", "styles"]

AXES: Final[Mapping[Unit, str]] = {
    "steps": "optimizer step",
    "epochs": "epoch",
    "%": "% of the run",
}
"""What the horizontal axis is called, by its unit."""

# Okabe and Ito's colours, which colour-blind readers can tell apart; their yellow is too pale here
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_DASHES: Final = ("solid", "dash", "dot", "dashdot")


def styles(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Give every curve a colour and a dash of its own, the same wherever it is drawn.

    Parameters
    ----------
    names : iterable of str
        Of the curves; one may come more than once.
    """
    pairs = ((colour, dash) for dash in cycle(_DASHES) for colour in _COLOURS)
    return dict(zip(dict.fromkeys(names), pairs, strict=False))
