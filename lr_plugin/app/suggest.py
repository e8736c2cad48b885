"""A did-you-mean for what Hydra refuses: it lists what there is, we say what is nearest."""

from collections.abc import Sequence
from difflib import get_close_matches

from hydra.errors import MissingConfigException
from omegaconf.errors import OmegaConfBaseException

__all__ = ["suggest"]


def suggest(error: BaseException | None) -> str | None:
    """Return one line that names the nearest right option or key; None if nothing is near.

    Parameters
    ----------
    error : BaseException or None
        What Hydra raised while composing.
    """
    while error is not None:
        line = _option(error) or _key(error)
        if line:
            return line
        error = error.__cause__ or error.__context__
    return None


def _option(error: BaseException) -> str | None:
    if not isinstance(error, MissingConfigException) or not error.missing_cfg_file:
        return None
    group, _, written = error.missing_cfg_file.rpartition("/")
    near = _nearest(written, error.options or [])
    return f"Did you mean {group}={near}?" if near else None


def _key(error: BaseException) -> str | None:
    if not isinstance(error, OmegaConfBaseException) or error.parent_node is None:
        return None
    written, parent = str(error.key), str(error.full_key).rpartition(".")[0]
    near = _nearest(written, [str(key) for key in error.parent_node])
    return f"Did you mean {'.'.join(filter(None, [parent, near]))}?" if near else None


def _nearest(written: str, known: Sequence[str]) -> str | None:
    begun = [word for word in known if written and word.startswith(written)]
    return next(iter([*get_close_matches(written, known, n=1), *begun]), None)
