"""Recipes: schedules in YAML files, found by name or path and changed by short overrides.

Recipes contain no defaults list, no interpolation and no resolver, so they mean the same in Hydra,
in plain Python and in any other tool that reads YAML.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lr_plugin.schedule import Schedule, ScheduleError, load
from lr_plugin.schedule.error import did_you_mean

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from omegaconf import DictConfig

_MISSING = object()
_MOST_NODES = 10_000
_LONGEST = 200
_OVERRIDE = re.compile(r"(\+\+|[+~]?)([^\s.=+~]+(?:\.[^\s.=+~]+)*)(=.*)?", re.DOTALL)

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

    config = _created(_text(name_or_path), name_or_path)
    if not isinstance(config, DictConfig):
        raise ScheduleError(
            f"{str(name_or_path)!r} is not a mapping; write kind: sequence, ...", "schedule"
        )
    for override in overrides:
        _override(config, override)
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
            f"there is no file {str(path)!r} (from {str(Path.cwd())!r})", "schedule"
        )
    return path


def _text(name_or_path: str | Path) -> str:
    with _readable(name_or_path, ""):
        return _source(name_or_path).read_text(encoding="utf-8")


def _created(text: str, source: object) -> object:
    """Parse text, which may be a stranger's, into OmegaConf's containers."""
    from omegaconf import OmegaConf
    from yaml import MappingNode, SafeLoader, SequenceNode, compose

    with _readable(source, text):
        # The graph has each aliased node once; OmegaConf copies it wherever it is named.
        root = compose(text, SafeLoader)
        if _size(root, {}) > _MOST_NODES:
            raise ValueError(f"its aliases make more than {_MOST_NODES} values of it")
        is_tree = isinstance(root, MappingNode | SequenceNode)
        return OmegaConf.create(text) if is_tree or root is None else text


def _size(node: Any, known: dict[int, float]) -> float:  # noqa: ANN401 - a node of yaml's, untyped
    """Count the nodes of a YAML graph, aliased ones wherever they are named."""
    if id(node) not in known:
        known[id(node)] = float("inf")  # so that what holds itself is endless
        value = getattr(node, "value", None)
        parts = value if isinstance(value, list) else []
        pairs = (part if isinstance(part, tuple) else (part,) for part in parts)
        known[id(node)] = 1 + sum(_size(part, known) for pair in pairs for part in pair)
    return known[id(node)]


@contextmanager
def _readable(source: object, text: str) -> Iterator[None]:
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from lr_plugin.yaml_error import not_yaml

    said = _short(source)
    try:
        yield
    except ScheduleError:
        raise
    except RecursionError:
        raise ScheduleError(f"{said} is nested too deeply; write it flatter", "schedule") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise ScheduleError(not_yaml(error, said, text) or "", "schedule") from None
    except (OmegaConfBaseException, ValueError) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        problem = f"{said} cannot be read: {why}; write names, numbers, text and lists of them"
        raise ScheduleError(problem, "schedule") from None


def _short(source: object) -> str:
    text = str(source)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ...")


def _override(config: "DictConfig", override: str) -> None:
    """Apply one override in place."""
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
    _created(value[1:], override)
    with _readable(override, value[1:]):
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
