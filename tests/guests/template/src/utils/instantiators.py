"""From the groups `callbacks` and `logger` to objects."""

from typing import Any

import hydra
from omegaconf import DictConfig


def _instantiated(group: DictConfig | None) -> list[Any]:
    if not group:
        return []
    if not isinstance(group, DictConfig):
        raise TypeError("a group has to be a mapping of names to configs")
    nodes = [node for node in group.values() if isinstance(node, DictConfig) and "_target_" in node]
    return [hydra.utils.instantiate(node) for node in nodes]


def instantiate_callbacks(group: DictConfig | None) -> list[Any]:
    return _instantiated(group)


def instantiate_loggers(group: DictConfig | None) -> list[Any]:
    return _instantiated(group)
