"""Numbers of a config that Lightning and torch take without a look, and fail at much later."""

from inspect import signature
from math import inf
from types import NoneType
from typing import Any, Final, get_args

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from lr_plugin.schedule.error import did_you_mean

__all__ = ["ConfigError", "check_values"]

_HYDRAS: Final = ("_target_", "_convert_", "_recursive_", "_partial_")
_LIGHTNINGS: Final = ("pytorch_lightning.", "lightning.")
_PLAIN: Final = {
    int: ("a whole number", "10"),
    float: ("a number", "0.1"),
    bool: ("true or false", "true"),
}


class ConfigError(ValueError):
    """Something in a config of ours, or of a user's, cannot be what is written there."""


def check_values(cfg: DictConfig) -> None:
    """Raise unless what has to be a number is one: of trainer and task, learning rate and seed.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.

    Raises
    ------
    ConfigError
        With the full key, what was written, and what to write.
    """
    _check_rate(OmegaConf.select(cfg, "optimizer.lr"))
    _check("seed", cfg.seed, int)
    _check_batch_size(OmegaConf.select(cfg, "task.batch_size"))
    target = str(cfg.trainer._target_)
    # what is named elsewhere is imported where it is trusted, and knows its own arguments
    known = signature(get_object(target)).parameters if target.startswith(_LIGHTNINGS) else {}
    for name, value in cfg.trainer.items():
        if name in known:
            _check(f"trainer.{name}", value, known[name].annotation)
        elif known and name not in _HYDRAS:
            near = did_you_mean(str(name), known)
            raise ConfigError(f"trainer.{name}: the Trainer has no {name!r}{near}")


def _check(key: str, value: object, annotation: Any) -> None:  # noqa: ANN401 - any type
    kinds = [kind for kind in get_args(annotation) or [annotation] if kind is not NoneType]
    is_judged = isinstance(value, str | float) and set(kinds) <= set(_PLAIN)
    whole = isinstance(value, float) and value.is_integer()  # 1e3 is one, to Lightning too
    if is_judged and not whole and not isinstance(value, tuple(kinds)):
        words, example = _PLAIN[kinds[-1]]
        raise ConfigError(f"{key}: {value!r} is not {words}; write {key}={example}")


def _check_rate(value: object) -> None:
    _check("optimizer.lr", value, float)
    if isinstance(value, int | float) and not 0 <= value < inf:
        raise ConfigError(
            f"optimizer.lr: {value!r} is not a finite number above 0; write optimizer.lr=0.1"
        )


def _check_batch_size(value: object) -> None:
    if isinstance(value, str | float | int) and (type(value) is not int or value < 1):
        raise ConfigError(
            f"task.batch_size: {value!r} is not a whole number above 0; write task.batch_size=32"
        )
