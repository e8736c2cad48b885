"""Overrides: short changes of a recipe, in Hydra's words."""

import re
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean
from lr_plugin.untrusted import created, readable

if TYPE_CHECKING:
    from omegaconf import DictConfig

__all__ = ["apply_override"]

_MISSING = object()
_OVERRIDE = re.compile(r"(\+\+|[+~]?)([^\s.=+~]+(?:\.[^\s.=+~]+)*)(=.*)?", re.DOTALL)


def apply_override(config: "DictConfig", override: str) -> None:
    """Apply one override in place.

    Parameters
    ----------
    config : DictConfig
        A recipe.
    override : str
        In Hydra's words, see `lr_plugin.recipe.read_recipe`.

    Raises
    ------
    ScheduleError
        If it cannot be read, or names what is not there.

    Examples
    --------
    >>> from omegaconf import OmegaConf
    >>> recipe = OmegaConf.create({"kind": "cosine", "end_value": 0.0})
    >>> apply_override(recipe, "end_value=0.1")
    >>> recipe
    {'kind': 'cosine', 'end_value': 0.1}
    """
    from omegaconf import OmegaConf

    match = _OVERRIDE.fullmatch(override)
    if match is None:
        raise ScheduleError(f"{override!r} is no override; write 'key=value', '+key=value', '~key'")
    sign, key, value = match.groups()
    key = key.removeprefix("schedule.")
    _check_exists(config, sign, key)
    if sign == "~":
        _remove(config, key, value)
        return
    if value is None:
        raise ScheduleError(f"{override!r} says nothing to write; write '{override}=...'", key)
    created(value[1:], override)
    with readable(override, value[1:]):
        written = OmegaConf.from_dotlist([f"value{value}"])
        plain: Any = OmegaConf.to_container(written, resolve=False)
    OmegaConf.update(config, key, plain["value"], merge=True, force_add=True)


def _check_exists(config: "DictConfig", sign: str, key: str) -> None:
    from omegaconf import OmegaConf

    exists = OmegaConf.select(config, key, default=_MISSING) is not _MISSING
    if sign == "+" and exists:
        raise ScheduleError(f"the recipe has {key!r} already; write '{key}=...'", key)
    if sign in {"", "~"} and not exists:
        holder, name = _holder(config, key)
        known = [str(found) for found in holder] if isinstance(holder, Mapping) else []
        near = did_you_mean(name, known) if known else ""
        raise ScheduleError(f"the recipe has no {key!r}{near} (to add it: '+{key}=...')", key)


def _remove(config: "DictConfig", key: str, value: str | None) -> None:
    holder, name = _holder(config, key)
    if value is not None:
        raise ScheduleError(f"to remove takes no value; write '~{key}'", key)
    if not isinstance(holder, MutableMapping):
        raise ScheduleError("is part of a list; write the whole list", key)
    del holder[name]


def _holder(config: "DictConfig", key: str) -> tuple[object, str]:
    """Give what holds the key, and the last name of the key."""
    from omegaconf import OmegaConf

    parent, _, name = key.rpartition(".")
    return (OmegaConf.select(config, parent) if parent else config), name
