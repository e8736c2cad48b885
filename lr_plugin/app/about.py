"""What a run is, before it runs: names, numbers and hashes for its record."""

import hashlib
import json
from typing import Any, Final, cast

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

__all__ = ["describe", "digest", "hyperparameters"]

# what decides the numbers of a run; where it writes and what it logs does not
_DECIDES: Final = ("task", "optimizer", "schedule", "callbacks", "trainer", "ckpt_path", "branch")


def _decisive(cfg: DictConfig) -> dict[str, Any]:
    elsewhere = OmegaConf.merge(cfg, {"run_dir": "", "data_dir": ""})
    content = cast("dict[str, Any]", OmegaConf.to_container(elsewhere, resolve=True))
    return {key: content[key] for key in _DECIDES if key in content}


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a mapping of plain values; the order of keys counts.

    Examples
    --------
    >>> digest({"lr": 0.1}) == digest({"lr": 0.10})
    True
    """
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def describe(cfg: DictConfig) -> dict[str, Any]:
    """Return the part of a run's record that is known before it starts.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    """
    hydra = HydraConfig.get()
    setting = _decisive(cfg)
    return {
        "schema": 1,
        "task": hydra.runtime.choices.get("task"),
        "schedule": hydra.runtime.choices.get("schedule"),
        "learning_rate": OmegaConf.select(cfg, "optimizer.lr"),
        "seed": cfg.seed,
        "metric": cfg.task.monitor,
        "mode": cfg.task.mode,
        "overrides": list(hydra.overrides.task),
        "setting_hash": digest(setting),
        "config_hash": digest({**setting, "seed": cfg.seed}),
    }


def hyperparameters(cfg: DictConfig, about: dict[str, Any]) -> dict[str, Any]:
    """Return what TensorBoard's HParams tab compares runs by."""
    names = ("task", "schedule", "learning_rate", "seed")
    optimizer = OmegaConf.select(cfg, "optimizer._target_", default="own")
    return {
        **{name: about[name] for name in names},
        "optimizer": optimizer.rsplit(".", 1)[-1],
        "recipe": OmegaConf.to_container(cfg.schedule, resolve=True) if "schedule" in cfg else {},
    }
