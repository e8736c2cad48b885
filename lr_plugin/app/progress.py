"""Say how far a run is, at most once a second, for whoever watches the sweep."""

from pathlib import Path
from time import monotonic
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.app.record import write_json
from lr_plugin.app.watch import PROGRESS
from lr_plugin.callback.length import resolve
from lr_plugin.callback.total import Total
from lr_plugin.schedule import Span

__all__ = ["ProgressWriter"]


class ProgressWriter(Callback):
    """Keep `progress.json` in the run directory while the run trains, and remove it afterwards.

    A file needs no connection, so it serves every launcher: one process, several, a cluster with
    a shared disk. A run that was killed leaves the file behind; it says how far the run had come.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.
    every : float, default 1
        Seconds from one writing to the next, at least.
    """

    def __init__(self, folder: Path, every: float = 1.0) -> None:
        self.path, self.every = folder / PROGRESS, every
        self.span, self.began_at = Span(None), 0.0
        self.begun = self.due = 0.0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.begun, self.span = monotonic(), resolve(trainer, Total())[0]
        self.began_at = self._share(trainer) or 0.0
        self._write(trainer)

    @override
    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if monotonic() >= self.due:
            self._write(trainer)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._remove(trainer)

    @override
    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self._remove(trainer)

    def _write(self, trainer: Trainer) -> None:
        self.due = monotonic() + self.every
        if trainer.is_global_zero:
            content = {
                "step": trainer.global_step,
                "share": self._share(trainer),  # of the whole run; null where its length is unknown
                "began_at": self.began_at,  # the share that a resumed run had behind it
                "seconds": round(monotonic() - self.begun, 3),
            }
            write_json(self.path, content)

    def _share(self, trainer: Trainer) -> float | None:
        if self.span.steps is None:
            return None
        timed = self.span.clock == "time"
        done = 1000 * (monotonic() - self.begun) if timed else trainer.global_step
        return min(done / self.span.steps, 1.0)

    def _remove(self, trainer: Trainer) -> None:
        if trainer.is_global_zero:
            self.path.unlink(missing_ok=True)
