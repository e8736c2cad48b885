"""What a config asks of an optimizer or a Trainer that neither takes: the key, and their words."""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.targets import instead
from lr_plugin.app.values import HYDRAS, ConfigError
from lr_plugin.app.where import message

__all__ = ["making"]

_LATE: Final = ("optimizer", "trainer")  # Hydra makes the other classes, and names them


@contextmanager
def making(cfg: DictConfig) -> Iterator[None]:
    """Say which key it is where the optimizer or the Trainer cannot be made.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.

    Raises
    ------
    ConfigError
        In place of what the class raises.
    """
    try:
        yield
    except Exception as error:
        for key in _LATE:
            target = OmegaConf.select(cfg, f"{key}._target_")
            if target is not None and _is_of(error, get_object(target)):
                raise ConfigError(_told(key, cfg[key], error)) from error
        raise


def _is_of(error: Exception, made: Any) -> bool:  # noqa: ANN401 - any class, or a function
    """Whether it was raised by a call of the class, or because there is no such call."""
    name = getattr(made, "__qualname__", "")
    if isinstance(error, TypeError) and str(error).startswith(f"{name}.__init__() "):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    inits = (frame.f_locals for frame in frames if frame.f_code.co_name == "__init__")
    return isinstance(made, type) and any(isinstance(each.get("self"), made) for each in inits)


def _told(key: str, node: DictConfig, error: Exception) -> str:
    why = message(error)
    values = {str(name): node[name] for name in node if name not in HYDRAS}
    named = {name: value for name, value in values.items() if _is_named(name, value, why)}
    made = str(node["_target_"]).rpartition(".")[2]
    remedy = instead(key, error)
    why = why.rstrip(".!") if remedy else why
    if len(named) == 1:
        ((name, value),) = named.items()
        return f"{key}.{name}: {made} cannot be made with {value!r}: {why}{remedy}"
    written = ", ".join(f"{name}={value!r}" for name, value in (named or values).items())
    return f"{key}: {made} cannot be made with {written}: {why}{remedy}"


def _is_named(name: str, value: object, why: str) -> bool:
    by_value = isinstance(value, str) and value in why
    return by_value or re.search(rf"\b{re.escape(name)}\b", why) is not None
