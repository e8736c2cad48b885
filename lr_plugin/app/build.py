"""From a composed config to objects: model, data, trainer."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from inspect import signature
from typing import Any, Final

from hydra import utils
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.values import ConfigError

__all__ = ["build", "build_all", "offered", "trusted", "trusting"]

_SHIPPED: Final = (
    "lr_plugin",
    *("pytorch_lightning", "lightning", "torchmetrics"),
    *("torch.nn", "torch.optim", "torch.utils.data"),
)
_NAMED: Final = re.compile(r"_target_\W+(\w+)")


def trusted(cfg: DictConfig, typed: Sequence[str]) -> list[str]:
    """Return what a `_target_` may name, in the words of Hydra's execution whitelist.

    These are the libraries that our own configs name, the packages of the task, which are the
    user's program, and the packages that the user has typed. A `_target_` from anywhere else, such
    as a stranger's file of callbacks, is not among them.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    typed : sequence of str
        The overrides of the command line.

    Examples
    --------
    >>> cfg = OmegaConf.create({"task": {"model": {"_target_": "mine.Module"}}})
    >>> trusted(cfg, ["callbacks.own._target_=more.Callback"])[-2:]
    ['mine.*', 'more.*']
    """
    task = OmegaConf.to_yaml(OmegaConf.create({"task": cfg.task}), resolve=False)
    named = [root for text in (task, *typed) for root in _NAMED.findall(text)]
    return [f"{package}.*" for package in dict.fromkeys([*_SHIPPED, *named])]


def trusting(cfg: DictConfig, typed: Sequence[str]) -> AbstractContextManager[object]:
    """Return a context in which Hydra instantiates nothing that is not trusted.

    Before Hydra 1.4 there is no such thing: the context is empty.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.
    typed : sequence of str
        The overrides of the command line.
    """
    whitelist: Any = getattr(utils, "execution_whitelist", None)
    found: AbstractContextManager[object] = (
        nullcontext() if whitelist is None else whitelist(trusted(cfg, typed))
    )
    return found


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
    ConfigError
        If an entry has no `_target_`.
    """
    if nodes is None:
        return []
    entries = {str(name): node for name, node in nodes.items() if node is not None}
    for name, node in entries.items():
        _check_entry(str(nodes._key()), name, node)  # noqa: SLF001 - OmegaConf has no public way to ask
    return [instantiate(node) for node in entries.values()]


def _check_entry(group: str, name: str, node: Any) -> None:  # noqa: ANN401 - whatever is written
    if not OmegaConf.is_dict(node):
        raise ConfigError(
            f"{group}.{name}: {node!r} is no class with its arguments; to choose a file of the "
            f"group write {group}/{name}={node}"
        )
    if "_target_" not in node:
        raise ConfigError(
            f"{group}.{name}: {node} has no _target_, which names its class; write for example "
            f"+{group}.{name}._target_=my_package.MyClass"
        )
