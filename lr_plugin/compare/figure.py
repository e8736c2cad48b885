"""The picture of a sweep: what was scheduled above what came of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lr_plugin.compare.records import Points, RunRecord, read_series
from lr_plugin.compare.summary import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

Series = Mapping[str, Points]

_STYLES: Final = ("-", "--", ":", "-.")


def draw(records: Sequence[RunRecord], path: Path) -> bool:
    """Draw learning rate and loss against steps; one colour per setting, one thin line per seed.

    Parameters
    ----------
    records : sequence of RunRecord
        The runs of a sweep.
    path : pathlib.Path
        Where the picture goes; its ending chooses the format.

    Returns
    -------
    bool
        Whether there was anything to draw: runs without a `metrics.csv` have no curves.
    """
    runs = [(record, read_series(record.folder)) for record in records]
    if not any(series for _, series in runs):
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6.5), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    _panel(above, runs, _rate, "learning rate")
    _panel(below, runs, _loss, "loss")
    below.set_xlabel("optimizer step")
    figure.legend(*above.get_legend_handles_labels(), loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=120)
    return True


def _rate(series: Series) -> str | None:
    return next((name for name in series if name.startswith("lr")), None)


def _loss(series: Series) -> str | None:
    return next((name for name in ("val/loss", "train/loss") if name in series), None)


def _panel(
    axes: "Axes",
    runs: Sequence[tuple[RunRecord, Series]],
    choose: Callable[[Series], str | None],
    title: str,
) -> None:
    names = labels([record for record, _ in runs])
    colours = {name: f"C{index}" for index, name in enumerate(dict.fromkeys(names.values()))}
    rates = list(dict.fromkeys(record.learning_rate for record, _ in runs))
    positive = True
    for record, series in runs:
        chosen = choose(series)
        if chosen is None:
            continue
        label = names[record.setting_hash]
        steps, values = series[chosen]
        positive = positive and min(values) > 0
        style = _STYLES[rates.index(record.learning_rate) % len(_STYLES)]
        axes.plot(steps, values, style, color=colours[label], linewidth=0.9, label=label)
        title = chosen if choose is _loss else title
    axes.set_ylabel(title)
    axes.set_yscale("log" if choose is _loss and positive else "linear")
    axes.grid(alpha=0.3)
