"""The processes that Lightning starts to train one model: they repeat this job and no other."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from subprocess import Popen, TimeoutExpired
from typing import Any, Final

import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, read_write
from pytorch_lightning import Trainer

from lr_plugin.app.values import ConfigError

__all__ = ["repeating"]

_STARTED_ANEW: Final = "_SubprocessScriptLauncher"  # of ddp, fsdp, deepspeed
_COPIED: Final = "_MultiProcessingLauncher"  # of ddp_spawn, ddp_fork, ddp_notebook
_LIGHTNINGS: Final = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "LOCAL_RANK", "WORLD_SIZE")
_OURS: Final = ("PYTHONPATH", "PYTHONSAFEPATH")
_PATIENCE: Final = 10.0  # seconds that the others have to end by themselves


@contextmanager
def repeating(trainer: Trainer, cfg: DictConfig) -> Iterator[None]:
    """Let the processes that Lightning starts inside run this job alone, and leave nothing of them.

    Lightning starts them with the words of the whole command, which may be a sweep, and gives no
    choice: it takes the words, the module and the run directory from where they are put here. The
    next job of a sweep finds no process, no group and no variable of this one.

    Parameters
    ----------
    trainer : Trainer
        That is to train.
    cfg : omegaconf.DictConfig
        The config of the job.

    Raises
    ------
    ConfigError
        If the strategy trains in copies of this process, whose metrics would be lost.
    """
    launcher: Any = trainer.strategy.launcher
    if type(launcher).__name__ == _COPIED:
        raise ConfigError(
            f"trainer.strategy: {cfg.trainer.strategy!r} trains in copies of this process, whose "
            "metrics are lost with them; write trainer.strategy=ddp"
        )
    starts = type(launcher).__name__ == _STARTED_ANEW
    if not starts or launcher.cluster_environment.creates_processes_externally:
        yield
        return
    with _environment(), _command(cfg):
        try:
            yield
        finally:
            _end(launcher.procs)


@contextmanager
def _environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in (*_LIGHTNINGS, *_OURS)}
    # what can be imported here can be imported there
    os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, sys.path)), PYTHONSAFEPATH="1")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


@contextmanager
def _command(cfg: DictConfig) -> Iterator[None]:
    main, hydra = sys.modules["__main__"], HydraConfig.get()
    words, spec, folder = sys.argv, main.__spec__, hydra.run.dir
    sys.argv, main.__spec__ = ["lr-plugin", *_words()], find_spec("lr_plugin.__main__")
    _set_run_directory(str(cfg.run_dir))
    try:
        yield
    finally:
        sys.argv, main.__spec__ = words, spec
        _set_run_directory(folder)


def _words() -> list[str]:
    """Return the words of a command that runs the job of this process, and no sweep."""
    hydra = HydraConfig.get()
    given = (one for one in hydra.runtime.config_sources if one.provider == "command-line")
    folders = [f"--config-dir={one.path}" for one in given]
    overrides = [*hydra.overrides.hydra, *hydra.overrides.task, "hydra.mode=RUN"]
    return ["train", f"--config-name={hydra.job.config_name}", *folders, *overrides]


def _set_run_directory(folder: str) -> None:
    hydra: Any = HydraConfig.get()
    with read_write(hydra):
        hydra.run.dir = folder


def _end(processes: list[Popen[bytes]]) -> None:
    """Wait for the others, or end them, so that nothing of this training meets the next."""
    left = processes[:]
    processes.clear()  # Lightning kills this process when one of them has failed
    for process in left:
        try:
            process.wait(_PATIENCE)
        except TimeoutExpired:
            process.kill()
            process.wait()
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
