"""YAML that may be a stranger's: read with limits, and nothing in it is run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lr_plugin.schedule import ScheduleError

__all__ = ["created", "readable"]

_MOST_NODES = 10_000
_LONGEST = 200


def created(text: str, source: object) -> object:
    """Parse text, which may be a stranger's, into OmegaConf's containers.

    Parameters
    ----------
    text : str
        YAML; nothing in it is resolved or run.
    source : object
        Where it is from, for people.

    Returns
    -------
    object
        A container; a text that is none as it is.

    Raises
    ------
    ScheduleError
        If it cannot be read, or is endless.

    Examples
    --------
    >>> created("{end_value: 0.1}", "mine.yaml")
    {'end_value': 0.1}
    """
    from omegaconf import OmegaConf
    from yaml import MappingNode, SafeLoader, SequenceNode, compose

    with readable(source, text):
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
def readable(source: object, text: str) -> Iterator[None]:
    """Say what is wrong where something cannot be read inside.

    Parameters
    ----------
    source : object
        What is read, for people.
    text : str
        What is in it.

    Raises
    ------
    ScheduleError
        With the line and what is probably meant.
    """
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
