"""Names for what is compared: the schedule, and the overrides that set it apart."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.silent import is_silent

__all__ = ["is_named", "names", "shortened", "tells"]

_Place = TypeVar("_Place")

# they have columns of their own, or are what a schedule is repeated over
_SHOWN: Final = ("schedule", "optimizer.lr", "seed")
_FEWEST: Final = 2  # words of a key: of a phase, its name and what is set


def tells(override: str) -> bool:
    """Return whether an override sets runs apart that are compared.

    Examples
    --------
    >>> tells("task.batch_size=64"), tells("seed=1"), tells("threads=2")
    (True, False, False)
    """
    key = _key(override)
    return key not in _SHOWN and not is_silent(key)


def names(groups: Mapping[Any, Sequence[RunRecord]]) -> dict[Any, str]:
    """Return a name for each group of runs: no two are the same.

    Parameters
    ----------
    groups : mapping of str to sequence of RunRecord
        Runs that differ in nothing but their seed and learning rate, by anything.
    """
    runs = [run for group in groups.values() for run in group]
    shared = set.intersection(*(set(run.overrides) for run in runs))
    short = shortened({place: _own(group, shared) for place, group in groups.items()})
    first = {place: group[0].schedule or "own" for place, group in groups.items()}
    return _distinct({place: " ".join([first[place], *short[place]]) for place in groups})


def shortened(own: Mapping[_Place, Iterable[str]]) -> dict[_Place, list[str]]:
    """Return overrides with as many words of their keys as tell them from the others.

    Parameters
    ----------
    own : mapping of str to iterable of str
        What sets each apart of those that are named.

    Examples
    --------
    >>> phases, lengths = "schedule.phases.", ("1%", "2%")
    >>> shortened({length: [f"{phases}decay.duration={length}"] for length in lengths})
    {'1%': ['decay.duration=1%'], '2%': ['decay.duration=2%']}
    >>> shortened({0: [f"{phases}a.to.end=1", f"{phases}b.to.end=2"]})
    {0: ['a.to.end=1', 'b.to.end=2']}
    """
    keys = {_key(override) for overrides in own.values() for override in overrides}
    return {place: [_short(one, keys) for one in overrides] for place, overrides in own.items()}


def is_named(written: str, name: str) -> bool:
    """Return whether this is a name, with its keys in full or as short as they are shown.

    Examples
    --------
    >>> is_named("wsd schedule.phases.decay.duration=20%", "wsd decay.duration=20%")
    True
    """
    words, shown = written.split(" "), name.split(" ")
    return len(words) == len(shown) and all(
        f".{word}".endswith(f".{own}") for word, own in zip(words, shown, strict=True)
    )


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+")


def _own(group: Sequence[RunRecord], shared: Collection[str]) -> list[str]:
    own = set.intersection(*(set(record.overrides) for record in group)).difference(shared)
    return [override for override in group[0].overrides if override in own and tells(override)]


def _short(override: str, keys: Collection[str]) -> str:
    """Leave as many words of the key as tell it from the others."""
    key, equals, value = override.partition("=")
    words = key.lstrip("+").split(".")
    ends = (".".join(words[-count:]) for count in range(_FEWEST, len(words)))
    for end in ends if equals else ():
        if sum(f".{other}".endswith(f".{end}") for other in keys) == 1:
            return f"{end}={value}"
    return override


def _distinct(wanted: Mapping[Any, str]) -> dict[Any, str]:
    """Give names, numbered where two are the same: configs differ in more than overrides say."""
    used = list(wanted.values())
    found: dict[Any, str] = {}
    for place, name in wanted.items():
        number = 1 + sum(known.partition(" #")[0] == name for known in found.values())
        found[place] = name if used.count(name) == 1 else f"{name} #{number}"
    return found
