"""Train as the config says: python src/train.py [OVERRIDES]."""

from typing import TYPE_CHECKING, Any

import hydra
import lightning
from omegaconf import DictConfig

from src.utils.instantiators import instantiate_callbacks, instantiate_loggers

if TYPE_CHECKING:
    from lightning import LightningDataModule, LightningModule, Trainer


def train(cfg: DictConfig) -> dict[str, Any]:
    if cfg.get("seed") is not None:
        lightning.seed_everything(cfg.seed, workers=True)
    datamodule: LightningDataModule = hydra.utils.instantiate(cfg.data)
    model: LightningModule = hydra.utils.instantiate(cfg.model)
    callbacks = instantiate_callbacks(cfg.get("callbacks"))
    logger = instantiate_loggers(cfg.get("logger"))
    trainer: Trainer = hydra.utils.instantiate(cfg.trainer, callbacks=callbacks, logger=logger)
    if cfg.get("train"):
        trainer.fit(model=model, datamodule=datamodule, ckpt_path=cfg.get("ckpt_path"))
    metrics = dict(trainer.callback_metrics)
    if cfg.get("test"):
        trainer.test(model=model, datamodule=datamodule, verbose=False)
    return {**metrics, **trainer.callback_metrics}


@hydra.main(version_base="1.3", config_path="../configs", config_name="train.yaml")
def main(cfg: DictConfig) -> float | None:
    metrics = train(cfg)
    name = cfg.get("optimized_metric")
    return float(metrics[name]) if name else None


if __name__ == "__main__":
    main()
