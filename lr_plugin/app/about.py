"""What a run is, before it runs: names, numbers and hashes for its record."""

from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.chosen import schedule_of
from lr_plugin.app.hashes import hashes

__all__ = ["describe", "hyperparameters"]


def describe(cfg: DictConfig) -> dict[str, Any]:
    """Return the part of a run's record that is known before it starts.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    """
    hydra = HydraConfig.get()
    return {
        "schema": 1,
        "task": hydra.runtime.choices.get("task"),
        "schedule": schedule_of(cfg, hydra.runtime.choices.get("schedule")),
        "learning_rate": _number(OmegaConf.select(cfg, "optimizer.lr")),
        "seed": cfg.seed,
        "metric": cfg.task.monitor,
        "mode": cfg.task.mode,
        "overrides": list(hydra.overrides.task),
        **hashes(cfg),
    }


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def hyperparameters(cfg: DictConfig, about: dict[str, Any]) -> dict[str, Any]:
    """Return what TensorBoard's HParams tab compares runs by."""
    names = ("task", "schedule", "learning_rate", "seed")
    optimizer = OmegaConf.select(cfg, "optimizer._target_", default="own")
    return {
        **{name: about[name] for name in names},
        "optimizer": optimizer.rsplit(".", 1)[-1],
        "recipe": OmegaConf.to_container(cfg.schedule, resolve=True) if "schedule" in cfg else {},
    }
