"""The picture of a sweep: what was scheduled above what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lr_plugin.compare.records import Points, RunRecord, read_series
from lr_plugin.compare.summary import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

Series = Mapping[str, Points]

_DASHES: Final = ("-", "--", ":", "-.")  # one per learning rate
_RATES: Final = ("lr",)
_LOSSES: Final = ("val/loss", "val_loss", "train/loss", "train_loss", "loss")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How the lines of one setting look."""

    colour: str
    dashes: str
    label: str


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
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    styles = _styles(records)
    losses = [(styles(record), _find(series, _LOSSES)) for record, series in runs]
    _panel(above, [(styles(record), _find(series, _RATES)) for record, series in runs])
    _panel(below, losses)
    above.set_ylabel("learning rate")
    if _positive(losses):
        below.set_yscale("log")
        below.yaxis.set_major_formatter("{x:g}")
        below.yaxis.set_minor_formatter("{x:g}")
    below.set_xlabel("optimizer step")
    lines = {line.get_label(): line for line in above.get_lines() or below.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=120)
    return True


def _styles(records: Sequence[RunRecord]) -> Callable[[RunRecord], Style]:
    names = labels(records)
    settings = list(dict.fromkeys(names.values()))
    rates = list(dict.fromkeys(record.learning_rate for record in records))

    def style(record: RunRecord) -> Style:
        name = names[record.setting_hash]
        dashes = _DASHES[rates.index(record.learning_rate) % len(_DASHES)]
        label = name if len(rates) == 1 else f"{name}, {record.learning_rate:g}"
        return Style(colour=f"C{settings.index(name)}", dashes=dashes, label=label)

    return style


def _find(series: Series, names: Sequence[str]) -> tuple[str, Points] | None:
    # of several groups' rates, named lr/..., the first stands for all
    found = (name for wanted in names for name in series if f"{name}/".startswith(f"{wanted}/"))
    name = next(found, None)
    return None if name is None else (name, series[name])


def _panel(axes: "Axes", curves: Sequence[tuple[Style, tuple[str, Points] | None]]) -> None:
    drawn = [(style, *found) for style, found in curves if found is not None]
    for style, name, (steps, values) in drawn:
        axes.plot(steps, values, style.dashes, color=style.colour, label=style.label, linewidth=0.9)
        axes.set_ylabel(name)
    axes.grid(alpha=0.3)


def _positive(curves: Sequence[tuple[Style, tuple[str, Points] | None]]) -> bool:
    return all(min(found[1][1]) > 0 for _, found in curves if found is not None)
