"""What to write instead of what Hydra refuses: it says what is wrong, we say what is nearest."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final

from hydra.errors import MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

__all__ = ["as_file", "suggest"]

_SAID: Final = {
    r"An item is already at '(.+?)'": "If you wrote braces, put quotes around the whole word: "
    "'+{0}={{kind: constant, ...}}'. Without them the shell makes two words of it",
    r"Multiple values for (\S+?)\.": "Write {0}=... without the +",
    r"Could not delete from config\. '(.+?)\.[^.]+' does not": "What there is: add "
    "--cfg job --package {0}",
    r"Config group override must be a string or a list": "A group such as optimizer is chosen by "
    "the name of a file, optimizer=adam; logger=[] chooses none",
    r"Unknown plugin class : '.*JoblibLauncher": 'It needs pip install "lr-plugin[joblib]"',
    r"Unknown plugin class : '.*SlurmLauncher": 'It needs pip install "lr-plugin[slurm]"',
    r"Unknown plugin class : '.*StudySweeper": 'It needs pip install "lr-plugin[optuna]"',
}


def suggest(error: BaseException | None) -> str | None:
    """Return one line that says what to write instead; None if nothing is known.

    Parameters
    ----------
    error : BaseException or None
        What Hydra raised while composing.
    """
    while error is not None:
        line = _option(error) or _key(error) or _merged(error) or _unread(error) or _said(error)
        if line:
            return line
        error = error.__cause__ or error.__context__
    return None


def _option(error: BaseException) -> str | None:
    if not isinstance(error, MissingConfigException) or not error.missing_cfg_file:
        return None
    group, _, written = error.missing_cfg_file.rpartition("/")
    near = _nearest(written, error.options or [])
    return as_file(error) or (f"Did you mean {group}={near}?" if near else None)


def as_file(error: MissingConfigException) -> str | None:
    """Return how a file is written where a recipe's name goes; None if none is written.

    Parameters
    ----------
    error : hydra.errors.MissingConfigException
        What Hydra raised.
    """
    group, _, written = (error.missing_cfg_file or "").partition("/")
    is_file = group == "schedule" and written.endswith((".yaml", ".yml"))
    return f"A file is written callbacks.lr_scheduler.schedule={written}" if is_file else None


def _key(error: BaseException) -> str | None:
    if not isinstance(error, OmegaConfBaseException) or not isinstance(error.key, str):
        return None
    parent = error.parent_node
    if not isinstance(parent, DictConfig):
        return None
    above = str(error.full_key).rpartition(".")[0]
    near = _nearest(error.key, [str(key) for key in parent])
    root: Any = parent._get_root()  # noqa: SLF001 - OmegaConf has no public way up
    found = next(_deeper(root, error.key), None) if near is None else _joined(above, near)
    return f"Did you mean {found}?" if found else None


def _deeper(node: DictConfig, name: str, above: str = "") -> Iterator[str]:
    """Give the full keys that end in `name`, those nearest to the root first."""
    parts = {str(key): node._get_node(key) for key in node}  # noqa: SLF001 - as written, unresolved
    if name in parts:
        yield _joined(above, name)
    for key, part in parts.items():
        if isinstance(part, DictConfig) and not part._is_none() and not part._is_missing():  # noqa: SLF001 - iterating would raise
            yield from _deeper(part, name, _joined(above, key))


def _merged(error: BaseException) -> str | None:
    if not isinstance(error, OmegaConfBaseException) or "Cannot merge DictConfig" not in str(error):
        return None
    return (
        f"{error.full_key} is a mapping, not a list. Change one part of it, "
        f"{error.full_key}.NAME.KEY=..., or add one, '+{error.full_key}.NAME={{kind: ...}}'"
    )


def _unread(error: BaseException) -> str | None:
    if not isinstance(error, OverrideParseException) or " while evaluating " in str(error):
        return None
    form = "" if "=" in str(error.override) else "write KEY=VALUE, as in schedule=wsd, and "
    return (
        f"{error.override!r} is no override of its own: {form}put quotes around the whole of what "
        "has blanks or braces, 'KEY=500 steps'"
    )


def _said(error: BaseException) -> str | None:
    for pattern, remedy in _SAID.items():
        if found := re.search(pattern, str(error)):
            return remedy.format(*found.groups())
    return None


def _joined(*parts: str) -> str:
    return ".".join(filter(None, parts))


def _nearest(written: str, known: Sequence[str]) -> str | None:
    begun = [word for word in known if written and word.startswith(written)]
    return next(iter([*get_close_matches(written, known, n=1), *begun]), None)
