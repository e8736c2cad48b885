"""`ckpt_path=`: whether a training can go on from it, before anything is built or downloaded."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from pickle import UnpicklingError
from typing import Final
from zipfile import is_zipfile

import torch
from omegaconf import DictConfig

from lr_plugin.app.values import ConfigError

__all__ = ["check_checkpoint", "is_plain"]

_LIGHTNINGS: Final = ("best", "last", "hpc")
_MOST_SHOWN: Final = 5
_ANY: Final = "write ckpt_path=RUN/checkpoints/last.ckpt, where RUN is the directory of a run"
_NEEDED: Final = {"pytorch-lightning_version", "state_dict", "optimizer_states"}


def is_plain(cfg: DictConfig) -> bool:
    """Say whether a checkpoint is a file that torch reads: other strategies may have folders.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    """
    return "plugins" not in cfg.trainer and cfg.trainer.get("strategy", "auto") == "auto"


def check_checkpoint(cfg: DictConfig) -> None:
    """Raise unless there is a checkpoint to go on from, where the config names one.

    What is not on a disk, such as ``s3://...``, is left to Lightning.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.

    Raises
    ------
    ConfigError
        With what was written, why it cannot be, and what to write.
    """
    written = "" if cfg.ckpt_path is None else str(cfg.ckpt_path)
    if cfg.ckpt_path is None or "://" in written or written.startswith("registry:"):
        return
    path = Path(os.path.expanduser(written))  # noqa: PTH111 - a Path would lose what '' is
    problem = _missing(written, path) or (_unusable(path) if is_plain(cfg) else "")
    if problem:
        raise ConfigError(f"ckpt_path: {written!r} {problem}")


def _missing(written: str, path: Path) -> str:
    if written in _LIGHTNINGS:
        return f"means what this Trainer has saved, and a run begins with a new one; {_ANY}"
    if written and path.exists():
        return ""
    return f"is not there (from {str(Path.cwd())!r}); {_near(path)}"


def _near(path: Path) -> str:
    beside = {found.name: found for found in path.parent.glob("*.ckpt")}
    near = get_close_matches(path.name, beside, n=1)
    if near:
        return f"did you mean {str(beside[near[0]])!r}?"
    return _one_of(beside.values())


def _unusable(path: Path) -> str:
    if path.is_dir():
        return f"is a folder; {_one_of([*path.glob('*.ckpt'), *path.glob('checkpoints/*.ckpt')])}"
    if not is_zipfile(path):
        return f"is no checkpoint, or not a whole one; {_ANY}"
    try:
        content = torch.load(path, map_location="meta", mmap=True, weights_only=True)
    except (UnpicklingError, RuntimeError):
        return ""  # it may hold what only its own program can read
    if isinstance(content, dict) and content.keys() >= _NEEDED:
        return ""
    return f"does not hold the state of a training, at most weights; {_ANY}"


def _one_of(found: Iterable[Path]) -> str:
    shown = sorted(str(path) for path in found)[:_MOST_SHOWN]
    return f"write {' or '.join(f'ckpt_path={path}' for path in shown)}" if shown else _ANY
