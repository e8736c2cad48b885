"""From a composed config to objects: model, data, trainer."""

from collections.abc import Mapping
from inspect import signature
from typing import Any

from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

__all__ = ["build", "build_all", "offered"]


def offered(cfg: DictConfig) -> dict[str, Any]:
    """Return what a model or data class may ask for, by naming it in its constructor.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    """
    keys = {
        "net": "task.net",
        "optimizer": "optimizer",
        "batch_size": "task.batch_size",
        "seed": "seed",
        "data_dir": "data_dir",
    }
    found = {name: OmegaConf.select(cfg, key) for name, key in keys.items()}
    return {name: value for name, value in found.items() if value is not None}


def build(node: DictConfig, offers: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any class can be named
    """Call the node's `_target_` with its own arguments and with the offers that it names.

    So a user's own class needs no more than its `_target_`: it is given the optimizer, the batch
    size or the seed if its constructor asks for them, and nothing it does not know.

    Parameters
    ----------
    node : omegaconf.DictConfig
        ``{_target_: ..., **arguments}``; arguments win over offers.
    offers : mapping
        Values by argument name.

    Examples
    --------
    >>> node = OmegaConf.create({"_target_": "fractions.Fraction", "numerator": 3})
    >>> build(node, {"denominator": 4, "seed": 0})
    Fraction(3, 4)
    """
    named = signature(get_object(node._target_)).parameters
    taken = {name: offers[name] for name in offers if name in named and name not in node}
    return instantiate(node, _convert_="all", **taken)


def build_all(nodes: DictConfig | None) -> list[Any]:
    """Call the `_target_` of each entry of a group; entries set to null are left out.

    Parameters
    ----------
    nodes : omegaconf.DictConfig or None
        Such as the group `callbacks`: names to ``{_target_: ..., **arguments}``.

    Raises
    ------
    ValueError
        If an entry has no `_target_`.
    """
    entries = {name: node for name, node in (nodes or {}).items() if node is not None}
    for name, node in entries.items():
        if "_target_" not in node:
            raise ValueError(f"{name!r} has no _target_, which is to name its class; it is {node}")
    return [instantiate(node) for node in entries.values()]
