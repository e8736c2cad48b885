"""Learning rate, loss and metric against steps, with a band over the seeds."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.family import families
from lr_plugin.compare.record import RecordError, RunRecord
from lr_plugin.compare.series import Points, read_series
from lr_plugin.compare.style import Style, colours, dress, explain, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["band", "draw_curves"]

Series = Mapping[str, Points]
Logged = Mapping[str, Sequence[tuple[RunRecord, Series]]]
Band = tuple[NDArray[np.int64], NDArray[np.float64]]

_RATES: Final = ("lr",)
_TRAINING: Final = ("train/loss", "train_loss", "loss")
_VALIDATION: Final = ("val/loss", "val_loss")
_MOST_POINTS: Final = 400


def band(curves: Sequence[Points]) -> Band:
    """Return steps, and there the least, the median and the largest of several curves.

    Parameters
    ----------
    curves : sequence of tuple
        Steps and values of each, not empty. Between its steps a curve is taken to be straight;
        beyond them it has no say.

    Examples
    --------
    >>> steps, values = band([([0, 10], [1.0, 3.0]), ([0, 5], [2.0, 2.0])])
    >>> steps.tolist(), values.tolist()
    ([0, 5, 10], [[1.0, 2.0, 3.0], [1.5, 2.0, 3.0], [2.0, 2.0, 3.0]])
    """
    steps = np.unique(np.concatenate([np.asarray(where) for where, _ in curves]))
    if len(steps) > _MOST_POINTS:
        steps = steps[np.linspace(0, len(steps) - 1, _MOST_POINTS).astype(int)]
    values = [np.interp(steps, *curve, left=np.nan, right=np.nan) for curve in curves]
    quantile = np.nanquantile if np.isnan(values).any() else np.quantile  # ten times as fast
    return steps, quantile(values, [0, 0.5, 1], axis=0)


def draw_curves(comparison: Comparison) -> "Figure | None":
    """Draw how the runs that report went, or all if none has a result; None if nothing was logged.

    Parameters
    ----------
    comparison : Comparison
        What was measured. A run that diverged, or did not come to its end, is a thin line that ends
        in a cross, and is in no band.
    """
    shown = _shown(comparison).items()
    logged = {name: [(run, _series(run)) for run in runs] for name, runs in shown}
    panels = list(dict.fromkeys(_panels(logged, comparison.metric)))
    if not panels:
        return None
    drawn, axes = figure(len(panels), 2.6, list(logged))
    for place, name in zip(axes, panels, strict=True):
        _panel(place, name, logged)
    axes[-1].set_xlabel("optimizer step")
    explain(drawn, axes[0])
    return drawn


def _shown(comparison: Comparison) -> Mapping[str, Sequence[RunRecord]]:
    if not comparison.candidates:
        return {one.name: one.unfinished for one in families(comparison.runs)}
    return {one.name: [one.cell.runs[seed] for seed in one.report] for one in comparison.candidates}


def _series(run: RunRecord) -> Series:
    try:
        return read_series(run.folder)
    except (RecordError, OSError):  # a picture without it says no less of the others
        return {}


def _panels(logged: Logged, metric: str) -> Iterator[str]:
    names = sorted({name for runs in logged.values() for _, series in runs for name in series})
    for wanted in (_RATES, _TRAINING, _VALIDATION, (metric,)):
        # of several groups' rates, named lr/..., the first stands for all
        found = [name for one in wanted for name in names if f"{name}/".startswith(f"{one}/")]
        yield from found[:1]


def _panel(axes: "Axes", name: str, logged: Logged) -> None:
    lowest = inf
    for label, style in colours(logged).items():
        known = ((run, _finite(series[name])) for run, series in logged[label] if name in series)
        curves = [(run, curve) for run, curve in known if curve[0]]
        lowest = min([lowest, *(min(values) for _, (_, values) in curves)])
        _lines(axes, label, curves, style)
    axes.set_ylabel(name)
    dress(axes, log=name in (*_TRAINING, *_VALIDATION) and lowest > 0)
    if name.partition("/")[0] in _RATES and lowest >= 0:
        axes.set_ylim(bottom=0)  # a constant rate has no other scale


def _finite(curve: Points) -> Points:
    if all(map(isfinite, curve[1])):
        return curve
    pairs = [(step, value) for step, value in zip(*curve, strict=True) if isfinite(value)]
    return [step for step, _ in pairs], [value for _, value in pairs]


def _lines(
    axes: "Axes", label: str, curves: Sequence[tuple[RunRecord, Points]], style: Style
) -> None:
    colour, dash = style
    whole = [curve for run, curve in curves if run.is_result and not run.diverged]
    ended = [curve for run, curve in curves if not run.is_result or run.diverged]
    (line,) = axes.plot([], [], dash, color=colour, label=label, linewidth=1.4)
    if whole:
        steps, values = band(whole)
        line.set_data(steps, values[1])
        line.set_marker("." if len(steps) == 1 else "")  # no line goes through one point
        axes.fill_between(steps, values[0], values[2], color=colour, alpha=0.15, linewidth=0)
    for where, heights in ended:
        axes.plot(where, heights, dash, color=colour, linewidth=0.6)
        axes.plot(where[-1:], heights[-1:], "x", color=colour)
