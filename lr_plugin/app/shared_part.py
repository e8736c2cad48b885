"""What all trials of a search have in common, so that a later command can tell what has changed."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, cast

from hydra.core.config_loader import ConfigLoader
from hydra_plugins.hydra_optuna_sweeper._impl import create_params_from_overrides
from omegaconf import DictConfig, OmegaConf
from optuna.distributions import CategoricalDistribution

from lr_plugin.app.hashes import decisive

__all__ = ["differences", "shared_part"]

_BESIDE: Final = ["seed", "search"]
_ASKED: Final = ["direction", "search_space", "custom_search_space"]
_NAMED: Final = 4


def shared_part(
    config: DictConfig, loader: ConfigLoader, overrides: Sequence[str]
) -> dict[str, Any]:
    """Return the space of a search, and all that decides its runs and is not searched.

    Where a group is searched, as `schedule` often is, the content of each choice belongs to it.
    Interpolations stay as they are written: what they stand for may be searched.

    Parameters
    ----------
    config : omegaconf.DictConfig
        The config of the sweep.
    loader : hydra.core.config_loader.ConfigLoader
        What composes its jobs.
    overrides : sequence of str
        Its space and its fixed values, as in ``["seed=0", "optimizer.lr=interval(0, 1)"]``.

    Returns
    -------
    dict of str to Any
        Plain values by their full keys.
    """
    space, fixed = create_params_from_overrides(list(overrides))
    chosen = config.hydra.runtime.choices
    groups = {
        key: values.choices
        for key, values in space.items()
        if isinstance(values, CategoricalDistribution) and key in chosen
    }
    numbers = [key.lstrip("+") for key in space if key not in groups]

    def composed(choices: Mapping[str, object]) -> dict[str, Any]:
        words = [f"{key}={value}" for key, value in {**fixed, **choices}.items()]
        return dict(_flat(loader.load_sweep_config(config, words), numbers))

    first = {group: choices[0] for group, choices in groups.items()}
    shared = composed(first)
    for group, choice in ((key, each) for key, choices in groups.items() for each in choices[1:]):
        found = composed({**first, group: choice}).items()
        own = [(key, value) for key, value in found if (key, value) not in shared.items()]
        shared |= {f"{key} of {group}={choice}": value for key, value in own}
    asked = dict(_leaves(_plain(config.hydra.sweeper, _ASKED), "hydra.sweeper."))
    asked |= {f"hydra.sweeper.params.{key}": str(values) for key, values in space.items()}
    return dict(json.loads(json.dumps({**asked, **shared}, default=str)))  # as a study returns it


def _flat(config: DictConfig, left_out: Collection[str]) -> Iterator[tuple[str, Any]]:
    content = {**decisive(config, resolve=False), **_plain(config, _BESIDE)}
    for key, value in _leaves(content):
        if not any(f"{key}.".startswith(f"{name}.") for name in left_out):
            yield key, value


def _plain(config: DictConfig, keys: list[str]) -> dict[str, Any]:
    part = OmegaConf.masked_copy(config, keys)
    return cast("dict[str, Any]", OmegaConf.to_container(part))


def _leaves(node: Mapping[Any, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", value


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say in what two shared parts differ; nothing if they are the same.

    Parameters
    ----------
    before, now : mapping
        As `shared_part` returns them.

    Examples
    --------
    >>> differences({"seed": 0, "trainer.max_epochs": 1}, {"seed": 0, "trainer.max_epochs": 2})
    'trainer.max_epochs was 1 and is 2'
    >>> differences({"optimizer.momentum": 0.9}, {"optimizer.betas": [0.9, 0.999]})
    'optimizer.momentum was 0.9 and is not there, optimizer.betas was not there and is [0.9, 0.999]'
    >>> differences({"a": 1, "b": 2}, {"b": 2, "a": 1})
    'the order of their keys'
    """
    keys = dict.fromkeys([*before, *now])
    changed = [key for key in keys if _shown(before, key) != _shown(now, key)]
    named = [f"{key} was {_shown(before, key)} and is {_shown(now, key)}" for key in changed]
    more = [f"and {len(changed) - _NAMED} more"] if len(changed) > _NAMED else []
    order = ["the order of their keys"] if list(before) != list(now) and not changed else []
    return ", ".join([*islice(named, _NAMED), *more, *order])


def _shown(content: Mapping[str, Any], key: str) -> str:
    return repr(content[key]) if key in content else "not there"
