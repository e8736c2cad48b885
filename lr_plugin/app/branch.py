"""`branch=true`: a new run from a checkpoint, with a schedule and a length of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from omegaconf import DictConfig, OmegaConf, open_dict

from lr_plugin.schedule import ScheduleError

__all__ = ["branched", "resumed"]

_LIMITS: Final = ("max_epochs", "max_steps")


def branched(cfg: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Tell the scheduler that the run is a branch, and let the schedule say how long it is.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config.
    overrides : sequence of str
        What the user has written: limits of the trainer that are among them stay.

    Returns
    -------
    omegaconf.DictConfig
        The config itself where `branch` is false, else a changed copy. Where the schedule stops
        the run, the trainer has no limits of its own, because they would count the trunk's steps.

    Raises
    ------
    ScheduleError
        If there is no checkpoint, or nothing that applies a schedule.
    """
    if not cfg.branch:
        return cfg
    if cfg.ckpt_path is None:
        raise ScheduleError("there is no checkpoint to branch from; add ckpt_path=...", "branch")
    copy = cfg.copy()
    with open_dict(copy):
        for scheduler in _schedulers(copy):
            scheduler.branch = True
        if OmegaConf.select(copy, "schedule.stop"):
            copy.trainer.update({limit: -1 for limit in _LIMITS if not _is_set(limit, overrides)})
    return copy


def resumed(cfg: DictConfig, overrides: Sequence[str], checkpoint: Path) -> DictConfig:
    """Let a run go on from a checkpoint of its own; a branch that does is no new branch.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config.
    overrides : sequence of str
        What the user has written.
    checkpoint : pathlib.Path
        Of the same run.
    """
    copy = branched(cfg, overrides).copy()
    with open_dict(copy):
        copy.ckpt_path = str(checkpoint)
        if copy.branch:
            copy.branch = False
            for scheduler in _schedulers(copy):
                scheduler.branch = False
    return copy


def _schedulers(cfg: DictConfig) -> list[Any]:
    nodes = [node for node in (cfg.callbacks or {}).values() if node is not None]
    found = [n for n in nodes if str(n.get("_target_")).endswith(".LearningRateScheduler")]
    if not found:
        raise ScheduleError("nothing applies a schedule; put callbacks/lr_scheduler back", "branch")
    return found


def _is_set(limit: str, overrides: Sequence[str]) -> bool:
    return any(word.lstrip("+").startswith(f"trainer.{limit}=") for word in overrides)
