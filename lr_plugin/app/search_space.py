"""Conditional search spaces for Optuna: what is tuned beside a value, written in the config."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from optuna.trial import Trial

__all__ = ["conditional"]

_BOUNDS: Final = ({"low", "high"}, {"low", "high", "log"})


def conditional(config: DictConfig, trial: "Trial") -> None:
    """Suggest what the config's `search` lists for the values that the trial has so far.

    To be named in `hydra.sweeper.custom_search_space`. ``search.schedule.wsd`` holds what is tuned
    where `schedule` is ``wsd``: keys to a list of values, or to ``{low: ..., high: ...}`` for a
    number between, evenly on a logarithmic scale with ``log: true``.

    Parameters
    ----------
    config : omegaconf.DictConfig
        The config of the sweep.
    trial : optuna.trial.Trial
        Has the values of `hydra.sweeper.params`.

    Raises
    ------
    ValueError
        If an entry is neither, or stands under something that is not searched.
    """
    for name, branches in _plain(config).items():
        if name not in trial.params:
            searched = ", ".join(trial.params) or "nothing"
            raise ValueError(
                f"search.{name}: {name!r} is not searched, only {searched}; add it to "
                f"hydra.sweeper.params"
            )
        value = trial.params[name]
        for key, choices in (branches.get(value) or {}).items():
            _suggest(trial, key, choices, f"search.{name}.{value}.{key}")


def _plain(config: DictConfig) -> dict[str, Any]:
    space = OmegaConf.select(config, "search") or OmegaConf.create()
    return cast("dict[str, Any]", OmegaConf.to_container(space, resolve=True))


def _suggest(trial: "Trial", key: str, choices: Any, place: str) -> None:  # noqa: ANN401 - it is checked here
    if isinstance(choices, list) and choices:
        trial.suggest_categorical(key, choices)
    elif isinstance(choices, Mapping) and set(choices) in _BOUNDS:
        trial.suggest_float(key, choices["low"], choices["high"], log=choices.get("log", False))
    else:
        raise ValueError(
            f"{place}: {choices!r} is no range; write a list such as [5%, 10%] or "
            f"{{low: 0.1, high: 1.0}}, with log: true for a logarithmic scale"
        )
