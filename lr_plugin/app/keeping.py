"""Lightning's CSV logger and checkpoints, for runs that may be killed at any moment."""

import csv
import os
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import CSVLogger
from pytorch_lightning.plugins import TorchCheckpointIO
from typing_extensions import override

__all__ = ["AtomicCheckpointIO", "KeepingCSVLogger"]


class AtomicCheckpointIO(TorchCheckpointIO):
    """Write a checkpoint beside the one it replaces: there is always a whole one.

    Lightning writes into the folder for temporary files, and where that is on another disk the
    file is copied over the old checkpoint, byte by byte.
    """

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        if "://" in str(path):  # such as s3://, which Lightning writes as a whole
            return super().save_checkpoint(checkpoint, path, storage_options)
        arriving = f"{path}.part"
        super().save_checkpoint(checkpoint, arriving, storage_options)
        os.replace(arriving, path)  # noqa: PTH105 - paths come as text too
        return None


class KeepingCSVLogger(CSVLogger):
    """Go on with the `metrics.csv` that is there, which Lightning's own logger removes."""

    @property
    @override
    def experiment(self) -> Any:
        path = Path(self.log_dir, "metrics.csv")
        if self._experiment is not None or not path.is_file():
            return super().experiment
        hidden = path.with_name(".metrics.csv")
        path.replace(hidden)
        writer = super().experiment
        hidden.replace(path)
        with path.open(newline="", encoding="utf-8") as file:
            writer.metrics_keys = next(csv.reader(file), [])
        return writer
