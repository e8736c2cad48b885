"""`schedule.json`: what was scheduled, in absolute steps, and the events that changed it."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.app.record import write_json
from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import Curve, Segment, dump, identity

__all__ = ["ScheduleWriter", "resolved"]

_MOST_SEGMENTS: Final = 1000  # a run of unknown length can have restarts without end


def resolved(curve: Curve) -> dict[str, Any]:
    """Return a curve as plain values: its data, events and phases in absolute steps, and a hash.

    The hash is that of the plan, whatever happens.

    Parameters
    ----------
    curve : Curve
        A schedule over the span of a run.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> resolved(Linear().over(Span(4)))["segments"]
    [{'name': '', 'start': 0, 'stop': 4, 'first_value': 1.0, 'last_value': 0.25}]
    """
    return {
        "hash": identity(Curve(curve.schedule, replace(curve.span, log=()))),
        "steps": curve.span.steps,
        "end": curve.end(),
        "segments": list(_segments(curve)),
        "events": [asdict(firing) for firing in curve.span.log],
        "schedule": dump(curve.schedule),
    }


def _segments(curve: Curve) -> Iterator[dict[str, Any]]:
    for segment in islice(curve.segments(), _MOST_SEGMENTS):
        yield {
            "name": segment.name,
            "start": segment.start,
            "stop": segment.stop,
            "first_value": curve(segment.start),
            "last_value": _last(curve, segment),
        }


def _last(curve: Curve, segment: Segment) -> float | None:
    return None if segment.stop is None else curve(segment.stop - 1)


class ScheduleWriter(Callback):
    """Write `schedule.json` before the first batch, and again with the events at the end.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "schedule.json"

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._write(trainer)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._write(trainer)

    def _write(self, trainer: Trainer) -> None:
        found = [one for one in trainer.callbacks if isinstance(one, LearningRateScheduler)]  # type: ignore[attr-defined] # Lightning sets it outside __init__
        curves = {name: curve for one in found for name, curve in one.curves.items()}
        if trainer.is_global_zero:
            rules = {name: resolved(curve) for name, curve in curves.items()}
            write_json(self.path, {"schema": 1, "rules": rules})
