"""Slots: where a hyperparameter of a parameter group is read and written, by its path."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from lr_plugin.callback.attributes import Attributes
from lr_plugin.rule import Group, Rule
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a hyperparameter that is a tuple, such as the first of Adam's ``betas``.

    It answers to any key, so that what writes a plain value into a group writes this one too.
    """

    group: Group
    name: str
    index: int

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - a group holds anything
        return self.group[self.name][self.index]

    def __setitem__(self, key: str, value: object) -> None:
        held = self.group[self.name]
        # Another group may hold the same tuple, so it is replaced and never written into.
        self.group[self.name] = type(held)([*held[: self.index], value, *held[self.index + 1 :]])


def places(groups: Sequence[Group], key: str) -> Sequence[Group | Entry]:
    """Give what can be read and written under `key`, one place per group.

    Parameters
    ----------
    groups : sequence of mapping
        Parameter groups.
    key : str
        Hyperparameter, with the index of an entry after a dot if it is a tuple.

    Returns
    -------
    sequence
        The groups themselves for a plain key, views of the entry for ``betas.0``.

    Examples
    --------
    >>> group = {"betas": (0.9, 0.999)}
    >>> place, = places([group], "betas.0")
    >>> place["betas.0"] = 0.8
    >>> group
    {'betas': (0.8, 0.999)}
    """
    name, dot, index = key.rpartition(".")
    return [Entry(group, name, int(index)) for group in groups] if dot else groups


def number(key: str, group: Group | Attributes) -> float:
    """Read a hyperparameter or attribute, after checking that it is one and that it is a number.

    Parameters
    ----------
    key : str
        Path of the hyperparameter.
    group : mapping or Attributes
        The parameter group, or the module's attributes.

    Returns
    -------
    float
        Its value.

    Raises
    ------
    ScheduleError
        If the optimizer has no such hyperparameter, or if it is no number.
    """
    value = group[key] if isinstance(group, Attributes) else _lookup(group, key)
    if not _is_number(value):
        problem = f"{key!r} is {value!r} here, which is not a number; {_instead(key, group)}"
        raise ScheduleError(problem, "key")
    return float(value)


def configured(rule: Rule, group: Group | Attributes) -> float:
    """Read the value that a rule starts from, after checking that it can be scheduled.

    Parameters
    ----------
    rule : Rule
        What drives the value.
    group : mapping or Attributes
        The parameter group, or the module's attributes.

    Returns
    -------
    float
        The configured value.

    Raises
    ------
    ScheduleError
        If it is not there, no number, or 0 where the rule would multiply it.
    """
    if isinstance(group, Attributes):
        value, holder = group.configured(rule.key), "module"
    else:
        value, holder = number(rule.key, group), "optimizer"
    if value == 0 and rule.mode == "scale":
        raise ScheduleError(
            f"{rule.key!r} is configured as 0, and 0 times any factor is 0; write 'mode: set' and "
            f"a schedule of absolute values, or configure another value in the {holder}",
            "mode",
        )
    return value


def reset(key: str, group: Group | Attributes, value: float) -> None:
    """Write a hyperparameter once, as what it is there: a number, or a Tensor of its own."""
    place = group if isinstance(group, Attributes) else places([group], key)[0]
    found = place[key]
    place[key] = found.detach().clone().fill_(value) if hasattr(found, "fill_") else value


def _lookup(group: Group, key: str) -> Any:  # noqa: ANN401 - a group holds anything
    name, dot, index = key.rpartition(".")
    held = group.get(name if dot else key, _lookup)
    if dot and isinstance(held, Sequence) and index.isdecimal() and int(index) < len(held):
        return held[int(index)]
    if dot or held is _lookup:
        known = list(_keys(group))
        raise ScheduleError(
            f"the optimizer has no {key!r}{did_you_mean(key, known)} (it has {', '.join(known)})",
            "key",
        )
    return held


def _instead(key: str, group: Group | Attributes) -> str:
    if isinstance(group, Attributes):
        return "let nothing but the schedule write it"
    known = list(_keys(group))
    entries = [name for name in known if name.startswith(f"{key}.")]
    return f"write one of {', '.join(entries or known)}"


def _keys(group: Mapping[str, object]) -> Iterator[str]:
    for name, value in group.items():
        if _is_number(value):
            yield name
        elif isinstance(value, tuple):
            yield from (f"{name}.{index}" for index in range(len(value)))


def _is_number(value: object) -> bool:
    # A Tensor is known by what we need of it, so that torch need not be imported.
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain or hasattr(value, "fill_")
