"""The one place where other libraries' lines are kept off the screen, each with its reason."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["quiet"]

_WARNINGS: Final = {
    "does not have many workers": "the data is in memory: worker processes would only cost time",
    "smaller than the logging interval": "short epochs are normal here, and all steps are in order",
    "dirpath has changed": "a resumed run keeps its checkpoints in a directory of its own",
    "LeafSpec": "between Lightning and torch; nothing that a user wrote",
    "srun. command is available": "whether a job runs on the cluster is the launcher's to say",
    "exists and is not empty": "Hydra has written its config there; used directories are refused",
}
_CHATTY: Final = ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep known noise off the screen; warnings that are not known here stay visible.

    To be entered when Lightning is imported, which is when it sets the levels of its loggers.
    """
    for name in _CHATTY:  # they announce devices, tips and reached limits at level INFO
        logging.getLogger(name).setLevel(logging.WARNING)
    with warnings.catch_warnings():
        for text in _WARNINGS:
            warnings.filterwarnings("ignore", message=f".*{text}")
        yield
