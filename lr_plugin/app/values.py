"""Numbers of a config that Lightning and torch take without a look, and fail at much later."""

from collections.abc import Callable
from inspect import signature
from math import inf
from types import NoneType
from typing import Any, Final, TypeGuard, cast, get_args

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from lr_plugin.schedule.error import did_you_mean

__all__ = ["HYDRAS", "ConfigError", "check_values"]

HYDRAS: Final = ("_target_", "_convert_", "_recursive_", "_partial_")
"""What is Hydra's among the arguments of a class."""

_LIGHTNINGS: Final = ("pytorch_lightning.", "lightning.")
_ABSENT: Final = object()
_ELSEWHERE: Final = {  # arguments of the Trainer that have a place of their own
    "callbacks": "+callbacks.mine._target_=my_package.MyCallback",
    "logger": "logger=csv, or logger=[] for none",
    "default_root_dir": "hydra.run.dir=...",
}
_SEEDS: Final = 2**32  # as many as NumPy knows
_PLAIN: Final = {
    int: ("a whole number", "10"),
    float: ("a number", "0.1"),
    bool: ("true or false", "true"),
}


class ConfigError(ValueError):
    """Something in a config of ours, or of a user's, cannot be what is written there."""


def check_values(cfg: DictConfig) -> None:
    """Raise unless what Lightning and torch take without a look can be what is written.

    That is the values of the trainer, the learning rate, momentum and seed, and of the task its
    batch size and metric.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.

    Raises
    ------
    ConfigError
        With the full key, what was written, and what to write.
    """
    for key, (is_right, words, example) in _OURS.items():
        value = OmegaConf.select(cfg, key, default=_ABSENT)
        if value is not _ABSENT and not is_right(value):
            raise ConfigError(f"{key}: {value!r} is not {words}; write {key}={example}")
    target = str(cfg.trainer._target_)
    # what is named elsewhere is imported where it is trusted, and knows its own arguments
    known = signature(get_object(target)).parameters if target.startswith(_LIGHTNINGS) else {}
    for name, value in cfg.trainer.items():
        if name in _ELSEWHERE and value is not None:
            raise ConfigError(f"trainer.{name}: it would be ignored; write {_ELSEWHERE[str(name)]}")
        if name in known:
            _check(f"trainer.{name}", value, known[name].annotation)
        elif known and name not in HYDRAS:
            near = did_you_mean(str(name), known)
            raise ConfigError(f"trainer.{name}: the Trainer has no {name!r}{near}")


def _check(key: str, value: object, annotation: Any) -> None:  # noqa: ANN401 - any type
    kinds = [kind for kind in get_args(annotation) or [annotation] if kind is not NoneType]
    is_judged = isinstance(value, str | float) and set(kinds) <= set(_PLAIN)
    whole = isinstance(value, float) and value.is_integer()  # 1e3 is one, to Lightning too
    if is_judged and not whole and not isinstance(value, tuple(kinds)):
        words, example = _PLAIN[kinds[-1]]
        raise ConfigError(f"{key}: {value!r} is not {words}; write {key}={example}")


def _below(limit: float) -> Callable[[object], bool]:
    # a list or a mapping is for a class of a user's own to read
    return lambda value: not isinstance(value, str | float | int) or _is_within(value, limit)


def _is_within(value: object, limit: float) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 <= cast("float", value) < limit


def _is_seed(value: object) -> bool:
    return _is_within(value, _SEEDS) and value % 1 == 0


def _is_count(value: object) -> bool:
    return not isinstance(value, int | float) or value >= 1


def _is_batch_size(value: object) -> bool:
    return not isinstance(value, str | float | int) or (type(value) is int and value > 0)


def _is_mode(value: object) -> bool:
    return value in ("min", "max")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_class(value: object) -> bool:
    return isinstance(value, DictConfig) and "_target_" in value


def _is_class_or_none(value: object) -> bool:
    return not value or _is_class(value)


_OURS: Final[dict[str, tuple[Callable[[object], bool], str, str]]] = {
    "optimizer.lr": (_below(inf), "a finite number of at least 0", "0.1"),
    "optimizer.momentum": (_below(1), "a number from 0 to below 1", "0.9"),
    "seed": (_is_seed, f"a whole number from 0 to {_SEEDS - 1}", "0"),
    "task.batch_size": (_is_batch_size, "a whole number above 0", "32"),
    "task.mode": (_is_mode, "min or max", "min"),
    "task.monitor": (_is_name, "the name of a metric", "val/loss"),
    "task.model": (_is_class, "a class with its arguments", "{_target_: my_package.MyModule}"),
    "task.data": (_is_class_or_none, "a class with its arguments", "{_target_: my_package.MyData}"),
    "trainer.accumulate_grad_batches": (_is_count, "a whole number above 0", "1"),
    "trainer.check_val_every_n_epoch": (_is_count, "a whole number above 0", "1"),
    "trainer.gradient_clip_val": (_below(inf), "a finite number of at least 0", "1.0"),
}
