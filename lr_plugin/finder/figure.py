"""The picture of a test: losses against rates, and where the suggestion is."""

from typing import TYPE_CHECKING, Final

import numpy as np

from lr_plugin.finder.suggestion import Suggestion, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure"]

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_COLOURS: Final = ("#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_SUGGESTED: Final = "#D55E00"
_GREY: Final = "#666666"
_OTHER_STYLES: Final = (":", "--", "-.")
_ROOM: Final = 0.15  # of the height, above and below what counts


def figure(found: Suggestion) -> "Figure":
    """Draw the losses of a test against the rates, its repeats over each other.

    Parameters
    ----------
    found : Suggestion
        Of any outcome; a refusal is the title then.

    Returns
    -------
    matplotlib.figure.Figure
        With a canvas of its own: no pyplot, no display.

    Examples
    --------
    >>> import numpy as np
    >>> from lr_plugin.finder.plan import Plan
    >>> from lr_plugin.finder.suggestion import suggest
    >>> plan = Plan(mode="grid")
    >>> drawn = figure(suggest(plan, np.ones((3, 15))))
    >>> drawn.axes[0].get_xscale()
    'log'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8, 4.2), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.add_subplot()
    _draw_repeats(axes, found)
    _mark(axes, found)
    _style(axes, found)
    return drawn


def _draw_repeats(axes: "Axes", found: Suggestion) -> None:
    dots = "o" if found.mode == "grid" else "."
    for number, (losses, curve) in enumerate(zip(found.losses, found.curves, strict=True)):
        colour = _COLOURS[number % len(_COLOURS)]
        size = 18 if found.mode == "grid" else 12
        axes.scatter(found.rates, losses, s=size, marker=dots, color=colour, alpha=0.5, lw=0)
        label = f"{'sweep' if found.mode == 'sweep' else 'fixed batch'} {number + 1}"
        axes.plot(found.rates, curve, color=colour, lw=1.6, label=label)


def _mark(axes: "Axes", found: Suggestion) -> None:
    if found.learning_rate is not None:
        label = f"suggestion {short(found.learning_rate)}"
        axes.axvline(found.learning_rate, color=_SUGGESTED, lw=2.2, label=label)
    for style, (name, rate) in zip(_OTHER_STYLES, found.others.items(), strict=False):
        axes.axvline(rate, color=_GREY, lw=1.0, ls=style, label=f"{name} {short(rate)}")


def _style(axes: "Axes", found: Suggestion) -> None:
    axes.set_xscale("log")
    axes.set_xlim(found.rates[0], found.rates[-1])
    shown = found.curves[np.isfinite(found.curves)]
    if shown.size and shown.min() > 0:
        axes.set_yscale("log")
        axes.set_ylim(shown.min() / (1 + _ROOM), shown.max() * (1 + _ROOM))
    elif shown.size:
        room = _ROOM * (np.ptp(shown) or 1.0)
        axes.set_ylim(shown.min() - room, shown.max() + room)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("learning rate")
    steps = "of each step's batch" if found.mode == "sweep" else "after each run"
    axes.set_ylabel(f"training loss {steps}")
    axes.legend(frameon=False, fontsize="small")
    axes.set_title(str(found), loc="left", fontsize="medium", wrap=True)
