"""Durations as people write them: a number and a unit."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import final

from lr_plugin.schedule.error import ScheduleError, did_you_mean

_UNITS = {
    "%": "%",
    "percent": "%",
    "step": "steps",
    "steps": "steps",
    "epoch": "epochs",
    "epochs": "epochs",
    "sample": "samples",
    "samples": "samples",
    "token": "tokens",
    "tokens": "tokens",
    "ms": "ms",
    "s": "s",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "min": "min",
    "minute": "min",
    "minutes": "min",
    "h": "h",
    "hour": "h",
    "hours": "h",
}
_MILLISECONDS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
UNITS = tuple(_UNITS)
"""Every way to write a unit."""
NUMBER = r"[+-]?(?:[0-9]+(?:_[0-9]+)*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?"
_WRITTEN = re.compile(rf"\s*({NUMBER})\s*(%|[A-Za-z]+)\s*")
_MOST = 10**15  # so that steps fit into 64 bits, whatever they are multiplied with


@final
@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as people write it: an exact amount and a unit.

    Parameters
    ----------
    amount : Fraction
        How many units. Exact, so that nothing is rounded before steps are counted.
    unit : str
        ``"%"`` (of the enclosing span), ``"steps"`` (optimizer steps), ``"epochs"``,
        ``"samples"``, ``"tokens"``, or a time of training: ``"ms"``, ``"s"``, ``"min"``, ``"h"``.

    Examples
    --------
    >>> from lr_plugin.schedule import Duration
    >>> Duration.parse("2.5 epochs")
    Duration(amount=Fraction(5, 2), unit='epochs')
    >>> print(Duration.parse("1e3 steps"))
    1000 steps
    """

    amount: Fraction
    unit: str

    @staticmethod
    def parse(written: object) -> "Duration":
        """Read a duration such as ``5%``, ``500 steps``, ``2.5 epochs`` or ``10 min``.

        Parameters
        ----------
        written : object
            What the user wrote; only text with a number and a unit is accepted.

        Returns
        -------
        Duration
            The exact amount and its unit.

        Raises
        ------
        ScheduleError
            If the unit is missing or unknown, or if the text is no duration at all.
        """
        if isinstance(written, str):
            return _parse(written)
        number = isinstance(written, int | float) and not isinstance(written, bool)
        reason = "has no unit" if number else "is not a duration"
        raise ScheduleError(f"{written!r} {reason}; write {_guess(written)}")

    @property
    def milliseconds(self) -> Fraction | None:
        """Exact milliseconds of a time of training, ``None`` for any other unit."""
        known = self.unit in _MILLISECONDS
        return self.amount * _MILLISECONDS[self.unit] if known else None

    def __str__(self) -> str:
        gap = "" if self.unit == "%" else " "
        return f"{float(self.amount):.12g}{gap}{self.unit}"


@lru_cache(maxsize=1024)
def _parse(written: str) -> Duration:
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise ScheduleError(f"{written!r} is not a duration; write {_guess(written)}")
    amount, unit = match.groups()
    if unit.lower() not in _UNITS:
        names = ("steps", "epochs", "samples", "tokens", "s", "min", "h", "%")
        raise ScheduleError(f"{written!r} has an unknown unit{did_you_mean(unit.lower(), names)}")
    if len(amount) > 50 or abs(Fraction(amount)) > _MOST:  # noqa: PLR2004 - far more than it takes
        raise ScheduleError(f"{written!r} is too long; write at most 1e15 {unit}")
    return Duration(Fraction(amount), _UNITS[unit.lower()])


def _guess(written: object) -> str:
    try:
        number = float(str(written))
    except ValueError:
        return "for example '5%', '500 steps', '2 epochs' or '1e6 samples'"
    if isinstance(written, bool) or not 0 < number < float("inf"):
        return "for example '5%', '500 steps', '2 epochs' or '1e6 samples'"
    if number < 1:
        return f"'{100 * number:g}%' for this share of the run"
    return f"'{number:.12g} steps', '{number:.12g} epochs' or '{number:.12g}%'"
