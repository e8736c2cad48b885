"""Build what the config names and fit it: the part of a job that needs torch."""

from pathlib import Path

import torch
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import seed_everything

from lr_plugin.app.branch import branched
from lr_plugin.app.build import build, build_all, offered
from lr_plugin.app.recorder import Recorder
from lr_plugin.app.resolved import ScheduleWriter

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
    TypeError
        If the learning rate is not a number.
    """
    cfg = branched(cfg, HydraConfig.get().overrides.task)
    _check_rate(cfg)
    if cfg.threads is not None:
        torch.set_num_threads(cfg.threads)
    seed_everything(cfg.seed, workers=True, verbose=False)
    offers = offered(cfg)
    model = build(cfg.task.model, offers)
    data = build(cfg.task.data, offers) if cfg.task.data else None
    trainer = instantiate(cfg.trainer, _partial_=True)(
        callbacks=[*build_all(cfg.callbacks), recorder, ScheduleWriter(Path(cfg.run_dir))],
        logger=build_all(cfg.logger),
        default_root_dir=cfg.run_dir,
    )
    trainer.fit(model, datamodule=data, ckpt_path=cfg.ckpt_path)


def _check_rate(cfg: DictConfig) -> None:
    # torch compares it with 0 and says no more than that text and numbers do not compare
    rate = OmegaConf.select(cfg, "optimizer.lr", default=0.0)
    if not isinstance(rate, int | float):
        raise TypeError(f"optimizer.lr: {rate!r} is not a number; write optimizer.lr=0.1")
