"""Curves as a page to look at in a browser, drawn with plotly."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lr_plugin.plot.sampling import Unit, per_step, sample
from lr_plugin.plot.style import AXES, styles
from lr_plugin.schedule import Curve, ScheduleError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

__all__ = ["page"]

_HEIGHT = 420  # pixels of each panel


def page(
    groups: Mapping[str, Mapping[str, Curve]],
    *,
    title: str | None = None,
    unit: Unit = "steps",
    log: bool = False,
) -> str:
    """Draw curves on a page of HTML that needs nothing else, the network included.

    Values show under the pointer, and a curve goes and comes with a click on its name.

    Parameters
    ----------
    groups : mapping of str to mapping of str to Curve
        By the label of the vertical axis, and by the name to show; one panel for each label.
    title : str, optional
        Above all panels.
    unit : {'steps', 'epochs', '%'}
        Of the horizontal axis.
    log : bool
        Whether the vertical axes are logarithmic.

    Returns
    -------
    str
        The whole page, some 4 MB, nearly all of it plotly's own script.

    Raises
    ------
    ScheduleError
        If plotly is not installed, or if a span does not know what the unit is worth.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> '"name":"line"' in page({"factor": {"line": Linear().over(Span(4))}})
    True
    """
    drawn = _drawn(groups, unit)
    for row, label in enumerate(groups, 1):
        drawn.update_yaxes(title_text=label, type="log" if log else "linear", row=row, col=1)
    drawn.update_xaxes(title_text=AXES[unit], row=len(groups), col=1)
    drawn.update_layout(
        title=title, template="simple_white", hovermode="x unified", height=_HEIGHT * len(groups)
    )
    text: str = drawn.to_html(include_plotlyjs=True, full_html=True, div_id="curves")
    return text


def _drawn(groups: Mapping[str, Mapping[str, Curve]], unit: Unit) -> "Figure":
    try:
        from plotly.subplots import make_subplots
    except ImportError:
        raise ScheduleError(
            "a page is drawn with plotly, which is not installed; run pip install 'lr-plugin[html]'"
        ) from None
    drawn: Figure = make_subplots(rows=len(groups), cols=1, shared_xaxes=True)
    looks = styles(name for curves in groups.values() for name in curves)
    named: set[str] = set()
    for row, curves in enumerate(groups.values(), 1):
        for name, curve in curves.items():
            line = _line(name, curve, unit, looks[name], named=name not in named)
            drawn.add_trace(line, row=row, col=1)
            named.add(name)
    return drawn


def _line(name: str, curve: Curve, unit: Unit, look: tuple[str, str], *, named: bool) -> "Scatter":
    from plotly.graph_objects import Scatter

    steps, (colour, dash) = sample(curve), look
    return Scatter(
        x=steps * per_step(curve.span, unit),
        y=curve(steps),
        name=name,
        legendgroup=name,  # one click for a curve in all panels
        showlegend=named,
        line={"color": colour, "dash": dash},
        hovertemplate="%{y:.4g}",
    )
