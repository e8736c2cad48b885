"""From overrides to what runs will do, through Hydra's compose; one sentence for what is wrong."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Final

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

import lr_plugin.searchpath  # noqa: F401 - importing it is what puts the recipes in reach
from lr_plugin.app.chosen import schedule_of
from lr_plugin.app.member import Member, read_member
from lr_plugin.app.suggest import as_file, suggest
from lr_plugin.recipe import recipe_names
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean
from lr_plugin.yaml_error import not_yaml

__all__ = ["compose_members"]

_NO_KEY: Final = re.compile(r"Could not (?:override|delete).*?'([^']+)'")


def compose_members(overrides: Sequence[str], config_dir: Path | None = None) -> dict[str, Member]:
    """Compose the configs that overrides describe, with all their rules.

    Parameters
    ----------
    overrides : sequence of str
        In Hydra's words; values after commas, ``glob(*)`` and ``range(...)`` give one member each.
    config_dir : pathlib.Path, optional
        A folder with recipes, or with other groups, of one's own.

    Returns
    -------
    dict of str to Member
        By the recipe, and the overrides that have several values.

    Raises
    ------
    ScheduleError
        For any mistake, Hydra's errors included.

    Examples
    --------
    >>> found = compose_members(["schedule=wsd,cosine", "steps=100"])
    >>> {label: member.curves()["lr"](50) for label, member in found.items()}
    {'wsd': 1.0, 'cosine': 0.5}
    """
    for word in overrides:
        _check_form(word)
    configs = _configs([*overrides, *_searchpath(config_dir)])
    for label in configs:
        _check_not_hidden(label.partition(" ")[0], config_dir)
    return {label: read_member(config) for label, config in configs.items()}


def _check_form(word: str) -> None:
    if "=" not in word and not word.startswith("~"):
        meant = f"schedule={word}" if word in recipe_names() else "for example schedule=wsd"
        if word.endswith((".yaml", ".yml")):
            meant = f"callbacks.lr_scheduler.schedule={word}"
        quoted = "put quotes around what has blanks"
        raise ScheduleError(f"{word!r} is not of the form key=value; write {meant}, {quoted}")


def _searchpath(config_dir: Path | None) -> list[str]:
    if config_dir is None:
        return []
    if not (config_dir / "schedule").is_dir():
        raise ScheduleError(
            f"there is no folder {str(config_dir / 'schedule')!r}; name the folder that holds it",
            "--config-dir",
        )
    return [f"hydra.searchpath=[{json.dumps(f'file://{config_dir.resolve()}')}]"]


def _configs(words: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Compose one config for each combination of values, by its label."""
    configs: dict[str, dict[str, Any]] = {}
    with initialize_config_module("lr_plugin.conf.lr_app", version_base="1.3"):
        with _telling(words):
            members = list(_members(words))
        for member, swept in members:
            with _telling(member):
                config = compose("show", member, return_hydra_config=True)
                configs[_label(config, swept)] = _plain(config)
    return configs


@contextmanager
def _telling(words: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except ScheduleError:
        raise
    except Exception as error:  # Hydra lets through what YAML raises, and ValueErrors of its own
        unread = not_yaml(error)
        raise (ScheduleError(unread) if unread else _told(error, words)) from error


def _members(words: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Give the words of each member, and those of them that have several values."""
    parser = OverridesParser.create(GlobalHydra.instance().config_loader())
    parsed = parser.parse_overrides(list(words))
    for member in product(*map(_choices, parsed)):
        swept = [word for word, o in zip(member, parsed, strict=True) if o.is_sweep_override()]
        yield list(member), swept


def _choices(override: Override) -> list[str]:
    key = override.get_key_element()
    if not override.is_sweep_override():
        _check_recipe(override)
        return [override.input_line or ""]
    if not override.is_discrete_sweep():
        raise ScheduleError("an interval has no list of values; write them with commas", key)
    found = [f"{key}={value}" for value in override.sweep_string_iterator()]
    if not found:
        raise ScheduleError(f"{override.get_value_string()} finds nothing; see show --list", key)
    return found


def _check_recipe(override: Override) -> None:
    written = str(override.input_line)
    chosen = isinstance(override.value(), str) and not written.startswith("+")
    if override.key_or_group == "schedule" and not chosen:
        raise ScheduleError(
            f"{written!r} does not choose a recipe; write for example schedule=wsd, or "
            "schedule=wsd,sgdr for two"
        )


def _label(config: DictConfig, swept: Sequence[str]) -> str:
    plain = [re.sub(r"\\(.)", r"\1", word) for word in swept]  # Hydra escapes what it splits
    others = [word.removeprefix("schedule.phases.") for word in plain]
    recipe = schedule_of(config, config.hydra.runtime.choices.schedule)
    return " ".join([str(recipe), *(word for word in others if not word.startswith("schedule="))])


def _plain(config: DictConfig) -> dict[str, Any]:
    return {str(key): _value(config, str(key)) for key in config if key != "hydra"}


def _value(config: DictConfig, key: str) -> object:
    value = config[key]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _check_not_hidden(recipe: str, config_dir: Path | None) -> None:
    own = config_dir and config_dir / "schedule" / f"{recipe}.yaml"
    if own and own.is_file() and recipe in recipe_names():
        raise ScheduleError(
            f"{str(own)!r} has the name of a shipped recipe, which would be shown instead; "
            "give it another name",
            "schedule",
        )


def _told(error: Exception, words: Sequence[str]) -> ScheduleError:
    """Say in one sentence what Hydra says in many lines."""
    if isinstance(error, OverrideParseException):
        lines = str(error).splitlines()
        reason = next((line for line in lines if "parsing override" not in line), "not a value")
        return ScheduleError(
            f"{error.override!r} cannot be read ({reason}); put quotes around what has blanks or "
            "braces"
        )
    if isinstance(error, MissingConfigException) and error.options:
        return _no_choice(error.missing_cfg_file or "", error.options, as_file(error))
    if isinstance(error, OmegaConfBaseException):
        return ScheduleError(str(error).partition("\n")[0], error.full_key or "")
    unknown = _NO_KEY.match(str(error))
    if isinstance(error, HydraException) and unknown:
        return _no_key(unknown[1], words, suggest(error))
    if remedy := suggest(error):
        first = str(error).splitlines()[0].rstrip(".")
        return ScheduleError(f"{first}. {remedy}")
    return ScheduleError(" ".join(str(error).split()))


def _no_choice(missing: str, known: Sequence[str], file: str | None) -> ScheduleError:
    if file:
        return ScheduleError(f"there is no recipe {missing.partition('/')[2]!r}. {file}")
    group, _, name = missing.rpartition("/")
    return ScheduleError(f"there is no {group} {name!r}{did_you_mean(name, known)}")


def _no_key(key: str, words: Sequence[str], elsewhere: str | None) -> ScheduleError:
    """Say which part of a key there is not, and what there is in its place."""
    wrong = [word for word in words if word.lstrip("+~").partition("=")[0] == key]
    parts, depth = key.split("."), 0
    holder = _without(wrong, words)
    while depth < len(parts) - 1 and OmegaConf.is_dict(holder) and parts[depth] in holder:
        holder, depth = holder[parts[depth]], depth + 1
    parent, name = ".".join(parts[:depth]), parts[depth]
    known = [str(found) for found in holder] if OmegaConf.is_dict(holder) else []
    near = did_you_mean(name, known) if known else ""
    if elsewhere and "." in elsewhere and not parent:
        return ScheduleError(f"show has no {name!r}. {elsewhere}", key)
    addable = parent and known and not any(word.startswith("~") for word in wrong)
    adding = f"{'' if near.endswith('?') else '.'} To add it, write '+{key}=...'" if addable else ""
    return ScheduleError(f"{parent or 'show'} has no {name!r}{near}{adding}", key)


def _without(wrong: Sequence[str], words: Sequence[str]) -> Any:  # noqa: ANN401 - any node
    try:
        member, _ = next(_members([word for word in words if word not in wrong]))
        return compose("show", member)
    except HydraException:  # something else is wrong too, so that nothing is known
        return None
