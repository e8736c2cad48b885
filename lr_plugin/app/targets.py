"""What a config names and Python cannot find or make: the key, the file, and what to write."""

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, Final

from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.values import ConfigError
from lr_plugin.app.where import message, place
from lr_plugin.schedule import ScheduleError

__all__ = ["instead", "naming"]

_UNFOUND: Final = re.compile(r"Error (?:loading|locating target) '([^']+)'")
_UNMADE: Final = re.compile(r"Error in call to target '(?:[^']+\.)?([^.']+)'")
_ARGUMENTS: Final = {  # what Python says of a call, and what is to be written
    r"unexpected keyword argument '(\w+)'": "; remove {key}.{name}",
    r"missing \d+ required \S+ arguments?: '(\w+)'": "; write +{key}.{name}=...",
    r"(empty parameter list)": "; give the model something to train, see task.model",
    r"(accelerator name|gpu backend|torch_xla)": "; write trainer.accelerator=auto",
}


@contextmanager
def naming(cfg: DictConfig) -> Iterator[None]:
    """Say which key of a config it is that cannot be built, and why.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The config of what is built inside.

    Raises
    ------
    ConfigError
        In place of what Hydra raises.
    """
    hydras = logging.getLogger("hydra.utils")
    before, hydras.disabled = hydras.disabled, True  # it would say the same, in three lines
    try:
        yield
    except (ImportError, InstantiationException) as error:
        bottom = _bottom(error)
        if isinstance(bottom, ScheduleError):  # it has the key of the schedule
            raise
        if found := _UNFOUND.search(str(error)):
            key, why = _key(cfg, found[1]), _unfound(found[1], bottom)
            raise ConfigError(f"{key}: {found[1]!r} cannot be imported: {why}") from error
        if found := _UNMADE.search(str(error)):
            key = _key(cfg, found[1]).removesuffix("._target_")
            why = f"{_said(bottom)}{instead(key, bottom)}"
            raise ConfigError(f"{key}: {found[1]} cannot be made: {why}") from error
        raise
    finally:
        hydras.disabled = before


def _bottom(error: BaseException) -> BaseException:
    return error if error.__cause__ is None else _bottom(error.__cause__)


def _key(cfg: DictConfig, target: str) -> str:
    """Give the key under which a config names a target, of a class by its name alone."""
    plain: Any = OmegaConf.to_container(cfg, resolve=False)
    named = (key for key, value in _leaves(plain) if f".{value}".endswith(f".{target}"))
    return next((key for key in named if key.endswith("_target_")), "_target_")


def _leaves(node: Any, above: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any config
    if isinstance(node, dict | list):
        for name, part in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _leaves(part, f"{above}.{name}" if above else str(name))
    else:
        yield above, node


def _unfound(target: str, error: BaseException) -> str:
    missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    if not missing or not f"{target}.".startswith(f"{missing}."):
        return f"{_said(error)}; {'install it, or mend that' if missing else 'mend it there'}"
    holder, _, name = missing.rpartition(".")
    if holder not in sys.modules:
        return (
            f"there is no module {missing!r}; write PYTHONPATH=FOLDER in front of the command, "
            "where FOLDER holds it, or install it"
        )
    names = {known.lower(): known for known in vars(sys.modules[holder])}
    near = get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {holder}.{names[near[0]]}?" if near else "check how it is spelt"
    return f"{holder!r} has no {name!r}; {hint}"


def _said(error: BaseException) -> str:
    """Give an error of a user's code as Python does, and where it is."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [place(frame.filename, frame.lineno or 0) for frame in frames if _is_own(frame)]
    where = f" ({places[-1]})" if places and not isinstance(error, SyntaxError) else ""
    return f"{message(error)}{where}"


def _is_own(frame: traceback.FrameSummary) -> bool:
    return bool(frame.line) and f"{os.sep}hydra{os.sep}" not in frame.filename


def instead(key: str, error: BaseException) -> str:
    """Give what is to be written instead of a call that is refused, if that is known.

    Parameters
    ----------
    key : str
        Of the class.
    error : BaseException
        What was raised.
    """
    for pattern, remedy in _ARGUMENTS.items():
        if found := re.search(pattern, str(error)):
            return remedy.format(key=key, name=found[1])
    return ""
