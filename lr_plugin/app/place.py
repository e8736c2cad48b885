"""Remember where Hydra writes, so that the end of a command can read what its jobs left there."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from typing_extensions import override

from lr_plugin.app.compose import compose_once

__all__ = ["Place", "RememberPlace", "forget_place", "last_place"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a command writes.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory, or the directory of the sweep.
    sweep : bool
        Whether the runs are the folders inside.
    """

    folder: Path
    sweep: bool


_places: list[Place] = []


def forget_place() -> None:
    """Begin a command: whatever ran before in this process was another."""
    _places.clear()


def last_place() -> Place | None:
    """Return where the command that is running writes; None if it has not come so far."""
    return _places[-1] if _places else None


class RememberPlace(Callback):
    """Note the directory when Hydra has composed it; Hydra itself returns nothing to its caller."""

    @override
    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        _places.append(Place(folder=Path(config.hydra.run.dir), sweep=False))

    @override
    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        _places.append(Place(folder=Path(config.hydra.sweep.dir), sweep=True))
        compose_once()
        sys.stdout.write(f"sweep directory  {config.hydra.sweep.dir}\n")
