"""Build what the config names and fit it: the part of a job that needs torch."""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig
from pytorch_lightning import Callback, seed_everything

from lr_plugin.app.branch import branched
from lr_plugin.app.build import build, build_all, offered, trusting
from lr_plugin.app.checkpoint import check_checkpoint, is_plain
from lr_plugin.app.continuing import ResumeState
from lr_plugin.app.group import CallbackGroup
from lr_plugin.app.guard import DivergenceGuard
from lr_plugin.app.keeping import AtomicCheckpointIO
from lr_plugin.app.making import making
from lr_plugin.app.processes import repeating
from lr_plugin.app.progress import ProgressWriter
from lr_plugin.app.recorder import Recorder
from lr_plugin.app.resolved import ScheduleWriter
from lr_plugin.app.restoring import SameOptimizer, of_this_model
from lr_plugin.app.targets import naming
from lr_plugin.app.threads import set_threads
from lr_plugin.app.values import check_values
from lr_plugin.app.verdicts import FILE
from lr_plugin.callback import LearningRateAdvisor

__all__ = ["fit"]


def fit(cfg: DictConfig, recorder: Recorder) -> None:
    """Train as the config says.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config.
    recorder : Recorder
        A callback that notes what happens.

    Raises
    ------
    ScheduleError
        If it is to be a branch and there is nothing to branch from.
    ConfigError
        If text stands for a number, or if what is named, a checkpoint too, cannot be found or made.
    """
    cfg = branched(cfg, HydraConfig.get().overrides.task)
    check_checkpoint(cfg)
    with naming(cfg):
        check_values(cfg)
    set_threads(cfg.threads, _at_once())
    seed_everything(cfg.seed, workers=True, verbose=False)
    offers = offered(cfg)
    folder = Path(cfg.run_dir)
    ours = [recorder, ScheduleWriter(folder), ProgressWriter(folder), ResumeState()]
    with trusting(cfg, HydraConfig.get().overrides.task), naming(cfg), making(cfg):
        model = build(cfg.task.model, offers)
        data = build(cfg.task.data, offers) if cfg.task.data else None
        callbacks = [_kept(folder, each) for each in build_all(cfg.callbacks)]
        guards = [each for each in callbacks if isinstance(each, DivergenceGuard)]
        trainer = instantiate(cfg.trainer, _partial_=True)(
            callbacks=[
                *(each for each in callbacks if each not in guards),
                CallbackGroup([*guards, *ours, SameOptimizer(str(cfg.ckpt_path))]),
            ],
            **_safe_checkpoints(cfg),
            logger=build_all(cfg.logger),
            default_root_dir=cfg.run_dir,
        )
    with repeating(trainer, cfg), making(cfg), of_this_model(cfg):
        trainer.fit(model, datamodule=data, ckpt_path=cfg.ckpt_path)


def _kept(folder: Path, callback: Callback) -> Callback:
    """Let an advisor write into the run directory, unless it is to write elsewhere."""
    if isinstance(callback, LearningRateAdvisor) and callback.path is None:
        callback.path = folder / FILE
    return callback


def _at_once() -> int:
    hydra = HydraConfig.get()
    jobs: int = hydra.launcher.get("n_jobs", 1) if hydra.mode == RunMode.MULTIRUN else 1
    return jobs


def _safe_checkpoints(cfg: DictConfig) -> dict[str, Any]:
    # strategies that write checkpoints of their own take no other way, and a user's wins
    return {"plugins": [AtomicCheckpointIO()]} if is_plain(cfg) else {}
