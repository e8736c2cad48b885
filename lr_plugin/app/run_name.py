"""What a run is called in a sweep: the same in every sweep that contains it."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.chosen import schedule_of
from lr_plugin.compare.silent import is_silent

__all__ = ["run_name"]

# the first have places of their own in the name, and what an experiment sets is in its own words
_NAMED: Final = ("schedule", "optimizer.lr", "seed", "experiment")
_UNSAFE: Final = re.compile(r"[^\w.%+-]+")  # in a file system, a shell, or an override of Hydra's
_LONGEST: Final = 80


def run_name(config: DictConfig) -> str:
    """Return the name of a run: schedule, learning rate, what else was written, and seed.

    It depends on nothing but the run, so that a sweep to which a value is added keeps the runs
    that it has. What a file name cannot hold is replaced, and then a hash tells runs apart.

    Parameters
    ----------
    config : omegaconf.DictConfig
        The composed config of the run, with Hydra's own part.

    Examples
    --------
    >>> config = OmegaConf.create({
    ...     "optimizer": {"lr": 0.1},
    ...     "seed": 7,
    ...     "hydra": {
    ...         "runtime": {"choices": {"schedule": "wsd"}},
    ...         "overrides": {"task": ["seed=7", "task.batch_size=64"]},
    ...     },
    ... })
    >>> run_name(config)
    'wsd_lr0.1_task.batch_size-64_seed007'
    """
    recipe = OmegaConf.select(config, "hydra.runtime.choices.schedule", default=None)
    chosen = schedule_of(config, recipe) or "own"
    rate = OmegaConf.select(config, "optimizer.lr", default="own")
    others = _others(OmegaConf.select(config, "hydra.overrides.task", default=[]))
    return "_".join(filter(None, [chosen, f"lr{rate}", others, f"seed{config.seed:0>3}"]))


def _others(overrides: Iterable[str]) -> str:
    words = sorted(_words(overrides))
    plain = "_".join("-".join(filter(None, word)) for word in words)
    safe = _UNSAFE.sub("-", plain)[:_LONGEST]
    if safe == plain and not any("-" in key for key, _ in words):
        return safe
    return f"{safe}-{hashlib.sha256(repr(words).encode()).hexdigest()[:8]}"


def _words(overrides: Iterable[str]) -> Iterator[tuple[str, str]]:
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        if key not in _NAMED and not is_silent(key):
            yield key, value


def _resolve(*, _root_: Any) -> str:  # noqa: ANN401 - OmegaConf gives what it has
    return run_name(_root_)


OmegaConf.register_new_resolver("lr_plugin.run_name", _resolve, replace=True)
