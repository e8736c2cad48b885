"""Conditional search spaces for Optuna: what is tuned beside a value, written in the config."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.protocol import StudyError

if TYPE_CHECKING:
    from optuna.trial import Trial

__all__ = ["check_space", "conditional"]

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
    StudyError
        If an entry is neither, or stands under something that is not searched.
    """
    check_space(config)
    for name, branches in _plain(config).items():
        if name not in trial.params:
            searched = ", ".join(trial.params) or "nothing"
            raise StudyError(
                f"search.{name}: {name!r} is not searched, only {searched}; add it to "
                f"hydra.sweeper.params"
            )
        for key, choices in (branches.get(trial.params[name]) or {}).items():
            _suggest(trial, key, choices)


def check_space(config: DictConfig) -> None:
    """Raise unless each entry of the config's `search` is a list or a range, chosen or not.

    Parameters
    ----------
    config : omegaconf.DictConfig
        The config of the sweep.

    Raises
    ------
    StudyError
        With the full key of what is neither, and what to write.
    """
    for name, branches in _mapping(_plain(config), "search").items():
        for value, space in _mapping(branches, f"search.{name}").items():
            place = f"search.{name}.{value}"
            for key, choices in _mapping(space, place).items():
                _check(choices, f"{place}.{key}")


def _plain(config: DictConfig) -> dict[str, Any]:
    space = OmegaConf.select(config, "search") or OmegaConf.create()
    return cast("dict[str, Any]", OmegaConf.to_container(space, resolve=True))


def _mapping(node: Any, place: str) -> Mapping[str, Any]:  # noqa: ANN401 - it is checked here
    if node is None or isinstance(node, Mapping):
        return node or {}
    raise StudyError(
        f"{place}: {node!r} is no mapping; write what is searched there, as in "
        "search.schedule.wsd: {schedule.phases.decay.duration: [5%, 10%]}"
    )


def _check(choices: Any, place: str) -> None:  # noqa: ANN401 - it is checked here
    if isinstance(choices, list) and choices:
        return
    if not isinstance(choices, Mapping) or set(choices) not in _BOUNDS or not _is_plain(choices):
        raise StudyError(
            f"{place}: {choices!r} is no range; write a list such as [5%, 10%] or "
            f"{{low: 0.1, high: 1.0}}, with log: true for a logarithmic scale"
        )
    low, high = choices["low"], choices["high"]
    if low > high:
        raise StudyError(
            f"{place}: low is {low!r} and above high, {high!r}; write the smaller first"
        )
    if choices.get("log") and low <= 0:
        raise StudyError(
            f"{place}: low is {low!r}, which no logarithmic scale has; write a number above 0, or "
            "leave out log: true"
        )


def _is_plain(choices: Mapping[str, Any]) -> bool:
    numbers = all(type(choices[end]) in (int, float) for end in ("low", "high"))
    return numbers and isinstance(choices.get("log", False), bool)


def _suggest(trial: "Trial", key: str, choices: Any) -> None:  # noqa: ANN401 - it was checked
    if isinstance(choices, list):
        trial.suggest_categorical(key, choices)
    else:
        trial.suggest_float(key, choices["low"], choices["high"], log=choices.get("log", False))
