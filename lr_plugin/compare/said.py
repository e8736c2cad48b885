"""What an advisor said of a learning rate, as it stands in the record of a run."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import prod
from typing import Any, Final

__all__ = ["Said", "applied", "changes", "in_all", "read_said", "summed"]

_NUMBER: Final = (int, float)
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("step", "fraction", "factor", "applied"), _NUMBER),
    **dict.fromkeys(("verdict", "confidence", "sentence"), str),
    "signs": list,
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One verdict.

    Parameters
    ----------
    step : int
        The optimizer steps that were done.
    fraction : float
        Their share of the planned steps, 0..1.
    verdict, confidence : str
        ``increase``, ``keep`` or ``decrease``, and how sure: ``none``, ``low``, ``medium``,
        ``high``.
    factor : float
        What the rate should be multiplied by.
    applied : float
        What it was multiplied by because of this; 1 if nothing was done.
    sentence : str
        All of it in a line, with the likely factors, the numbers and what may mislead.
    signs : tuple of str
        What the signs that people look at said; they have no vote.
    """

    step: int
    fraction: float
    verdict: str
    confidence: str
    factor: float = 1.0
    applied: float = 1.0
    sentence: str = ""
    signs: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The verdict, or that there is none."""
        return "cannot tell" if self.confidence == "none" else self.verdict

    @property
    def brief(self) -> str:
        """The same, with what was done."""
        return self.word if self.applied == 1 else f"{self.word} ({self.applied:.3g}x applied)"

    @property
    def percent(self) -> int:
        """The share of the planned steps that were done."""
        return round(100 * self.fraction)


def read_said(content: object) -> Said:
    """Read a verdict from plain values; what a later version adds is left aside.

    Parameters
    ----------
    content : object
        What stands in the record.

    Raises
    ------
    TypeError
        If it is no verdict.

    Examples
    --------
    >>> read_said({"step": 9, "fraction": 0.1, "verdict": "keep", "confidence": "none"}).word
    'cannot tell'
    """
    if not isinstance(content, dict):
        raise TypeError(f"{content!r} is no verdict")
    names = {field.name for field in fields(Said)}
    known: dict[str, Any] = {name: value for name, value in content.items() if name in names}
    for name, value in known.items():
        if not isinstance(value, _TYPES[name]):
            raise TypeError(f"{value!r} is no {name} of a verdict")
    return Said(**{**known, "signs": tuple(known.get("signs", ()))})


def changes(advice: Iterable[Said]) -> str:
    """Return what was done to the learning rate of a run because of advice; empty if nothing was.

    Parameters
    ----------
    advice : iterable of Said
        What the run was told.

    Examples
    --------
    >>> low = Said(step=9, fraction=0.1, verdict="increase", confidence="high", applied=3.0)
    >>> changes([low])
    '3x after 10%'
    """
    done = (each for each in advice if each.applied != 1)
    return ", ".join(f"{each.applied:.3g}x after {each.percent}%" for each in done)


def applied(advice: Iterable[Said]) -> float:
    """Return what the learning rate of a run was multiplied by in all because of advice.

    Parameters
    ----------
    advice : iterable of Said
        What the run was told.
    """
    return prod((each.applied for each in advice), start=1.0)


def in_all(advice: Sequence[Said]) -> Said:
    """Return what a run was told last, with all that was applied from its first verdict on.

    Parameters
    ----------
    advice : sequence of Said
        What the run was told, at least once.

    Examples
    --------
    >>> low = Said(step=9, fraction=0.1, verdict="increase", confidence="high", applied=3.0)
    >>> fine = Said(step=90, fraction=1.0, verdict="keep", confidence="high")
    >>> in_all([low, low, fine]).brief
    'keep (9x applied)'
    """
    return replace(advice[-1], applied=applied(advice))


def summed(said: Iterable[Said]) -> str:
    """Return what several runs were told, with how many if they were not told the same.

    Parameters
    ----------
    said : iterable of Said
        One verdict of each run.

    Examples
    --------
    >>> low, fine = (Said(step=9, fraction=1, verdict=word, confidence="high")
    ...              for word in ("increase", "keep"))
    >>> summed([low, low]), summed([low, fine, fine]), summed([])
    ('increase', 'keep 2, increase 1', '-')
    """
    counts = Counter(each.brief for each in said).most_common()
    if len(counts) == 1:
        return counts[0][0]
    return ", ".join(f"{word} {count}" for word, count in counts) or "-"
