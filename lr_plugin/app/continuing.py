"""Go on with an interrupted run as if it had never stopped."""

import csv
import pickle
import random
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.app.verdicts import FILE
from lr_plugin.callback.telling import rewind

__all__ = ["Checkpoint", "ResumeState", "keep_rows", "newest"]

_METRICS: Final = "metrics.csv"
_HALF_WRITTEN: Final = (RuntimeError, EOFError, KeyError, OSError, pickle.UnpicklingError)


class Checkpoint(NamedTuple):
    """Where a run can go on, and how many optimizer steps it had taken."""

    path: Path
    steps: int


def newest(folder: Path) -> Checkpoint | None:
    """Return the newest checkpoint of a run that can be read; None if there is none.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.
    """
    written = (folder / "checkpoints").glob("*.ckpt")
    for path in sorted(written, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        try:
            # our own run wrote it, and Lightning is going to unpickle it anyway
            content = torch.load(path, map_location="cpu", mmap=True, weights_only=False)
            return Checkpoint(path, content["global_step"])
        except _HALF_WRITTEN:
            continue
    return None


def keep_rows(folder: Path, steps: int) -> None:
    """Drop metrics and advice that come after a checkpoint: they will be written again.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.
    steps : int
        Optimizer steps taken at the checkpoint.
    """
    rewind(folder / FILE, steps)
    path, arriving = folder / _METRICS, folder / f".{_METRICS}"
    if arriving.is_file() and not path.is_file():
        arriving.replace(path)  # the logger was killed while it had put it there
    if not path.is_file():
        return
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = [*csv.reader(line for line in file if line.endswith("\n"))] or [[]]
    step = header.index("step") if "step" in header else None
    whole = [row for row in rows if step is not None and len(row) == len(header)]
    with arriving.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *(row for row in whole if int(row[step]) < steps)])
    arriving.replace(path)


class ResumeState(Callback):
    """Put into each checkpoint what Lightning leaves out: the state of the random generators.

    Without it a resumed run draws other dropout masks than it would have. What the loggers hold is
    written to disk with each checkpoint, because all that comes before it is not run again.
    """

    @override
    def state_dict(self) -> dict[str, Any]:
        name, keys, *place = np.random.get_state()  # noqa: NPY002 - the one that others draw from
        version, words, spare = random.getstate()
        # as tensors: what pickles a checkpoint looks at each number of a list
        return {
            "python": (version, torch.tensor(words), spare),
            "numpy": (name, torch.tensor(np.asarray(keys, np.int64)), *place),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        # at once: shuffling loaders draw the order of the next epoch before it begins
        _restore(state_dict)

    @override
    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        for logger in trainer.loggers:
            logger.save()


def _restore(generators: dict[str, Any]) -> None:
    version, words, spare = generators["python"]
    name, keys, *place = generators["numpy"]
    random.setstate((version, tuple(words.tolist()), spare))
    np.random.set_state((name, keys.numpy(), *place))  # noqa: NPY002 - the one that others draw from
    torch.set_rng_state(generators["torch"])
    if len(generators["cuda"]) == torch.cuda.device_count() > 0:
        torch.cuda.set_rng_state_all(generators["cuda"])
