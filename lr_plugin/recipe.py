"""Recipes: schedules in YAML files, found by name or path and changed by short overrides.

Recipes contain no defaults list, no interpolation and no resolver, so they mean the same in Hydra,
in plain Python and in any other tool that reads YAML.
"""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lr_plugin.overrides import apply_override
from lr_plugin.schedule import Schedule, ScheduleError, load
from lr_plugin.schedule.error import did_you_mean
from lr_plugin.untrusted import created, readable

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: What a recipe's root may say beside the schedule: for the callback, which lifts it out.
CALLBACK_KEYS = ("triggers", "stop")


def recipe_names() -> list[str]:
    """Names of the shipped recipes.

    Returns
    -------
    list of str
        Sorted; each can be given to `load_schedule`.

    Examples
    --------
    >>> from lr_plugin.recipe import recipe_names
    >>> "wsd" in recipe_names()
    True
    """
    names = [file.name for file in _folder().iterdir() if file.name.endswith(".yaml")]
    return sorted(name.removesuffix(".yaml") for name in names)


def read_recipe(name_or_path: str | Path, overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Read a recipe as plain data.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped recipe, or path of a YAML file (with a suffix or a separator).
    overrides : iterable of str
        Changes in Hydra's words, applied in order: ``phases.warmup.duration=10%`` changes,
        ``+phases.hold={kind: constant, duration: 5%, after: warmup}`` adds, ``++`` does either,
        ``~phases.warmup`` removes. The leading ``schedule.`` of the shell may stay.

    Returns
    -------
    dict
        The mapping for `lr_plugin.schedule.load`; a recipe that needs the callback also has
        ``triggers`` or ``stop`` at its root.

    Raises
    ------
    ScheduleError
        If there is no such recipe or file, or no such key.

    Examples
    --------
    >>> from lr_plugin.recipe import read_recipe
    >>> read_recipe("cosine", ["phases.main.end_value=0.1"])
    {'kind': 'sequence', 'phases': {'main': {'kind': 'cosine', 'end_value': 0.1}}}
    """
    from omegaconf import DictConfig, OmegaConf

    config = created(_text(name_or_path), name_or_path)
    if not isinstance(config, DictConfig):
        raise ScheduleError(
            f"{str(name_or_path)!r} is not a mapping; write kind: sequence, ...", "schedule"
        )
    for override in overrides:
        apply_override(config, override)
    # Nothing is resolved: a resolver would run code that somebody else's recipe names.
    read: dict[str, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    return read


def load_schedule(
    name_or_path: str | Path,
    overrides: Iterable[str] = (),
    *,
    allow: Iterable[str] = (),
) -> Schedule:
    """Read a recipe and build its schedule.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped recipe, or path of a YAML file.
    overrides : iterable of str
        Changes, see `read_recipe`.
    allow : iterable of str
        Prefixes of dotted kinds that may be imported, see `lr_plugin.schedule.load`.

    Returns
    -------
    Schedule
        The pure schedule; what the recipe says to the callback is left out.

    Raises
    ------
    ScheduleError
        If there is no such recipe, or if it is wrong.

    Examples
    --------
    >>> from lr_plugin.recipe import load_schedule
    >>> from lr_plugin.schedule import Span
    >>> load_schedule("wsd", ["phases.decay.duration=50%"]).over(Span(100))([0, 5, 50, 99]).round(2)
    array([0.01, 1.  , 1.  , 0.01])
    """
    recipe = read_recipe(name_or_path, overrides)
    node = {key: value for key, value in recipe.items() if key not in CALLBACK_KEYS}
    return load(node, allow=allow)


def _folder() -> "Traversable":
    return files("lr_plugin.conf") / "schedule"


def _source(name_or_path: str | Path) -> "Traversable | Path":
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or Path(text).suffix or len(Path(text).parts) > 1:
        return _existing(Path(name_or_path))
    if text not in recipe_names():
        near = did_you_mean(text, recipe_names())
        raise ScheduleError(f"there is no recipe {text!r}{near}", "schedule")
    return _folder() / f"{text}.yaml"


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ScheduleError(
            f"there is no file {str(path)!r} (from {str(Path.cwd())!r}); write a path from there, "
            "or a recipe by its name alone, such as 'warmup_cosine'",
            "schedule",
        )
    return path


def _text(name_or_path: str | Path) -> str:
    with readable(name_or_path, ""):
        return _source(name_or_path).read_text(encoding="utf-8")
