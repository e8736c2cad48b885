"""What the linter says, and the names by which it can be silenced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from lr_plugin.lint.edit import Edits, Path
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean

NAMES: Mapping[str, str] = {
    "jump": "a phase begins far above or below where the one before ends",
    "peak_unsampled": "a peak lies between two steps and is never trained at",
    "floor_unreached": "the values stay far above the floor that is written",
    "floor_above_peak": "a floor is above everything it is to limit",
    "phase_empty": "a phase is rounded to no steps at all",
    "ends_early": "everything ends before the run does, and the end value is held",
    "cycle_cut": "the run ends in the middle of a cycle",
    "never_changes": "all values are the same, though more than a constant is written",
    "first_step_zero": "the first step trains at zero",
}
"""Every kind of finding, and what it means."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is legal but probably not meant.

    Parameters
    ----------
    name : str
        Its kind, one of `NAMES`, by which it can be silenced.
    key : str
        Where it is, such as ``schedule.phases.warmup``.
    message : str
        What happens, in numbers.
    fix : str
        The overrides that mend it, as words of a shell; empty where none is known. They have been
        tried: with them, the finding is gone.

    Examples
    --------
    >>> print(Finding(name="jump", key="schedule.phases.b", message="falls", fix="a=1"))
    schedule.phases.b: falls; to mend it, write a=1 [jump]
    """

    name: str
    key: str
    message: str
    fix: str

    def __str__(self) -> str:
        mend = f"; to mend it, write {self.fix}" if self.fix else ""
        return f"{self.key}: {self.message}{mend} [{self.name}]"


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A finding whose fix has not been chosen yet.

    Parameters
    ----------
    name : str
        Its kind.
    path : tuple of str
        Where it is, from the root of the schedule.
    message : str
        What happens.
    remedies : tuple of tuple of Edit
        What might mend it, the likeliest first.
    """

    name: str
    path: Path
    message: str
    remedies: tuple[Edits, ...]


def read_silence(written: str | Sequence[str] | None, key: str = "silence") -> tuple[str, ...]:
    """Read the names of findings that are not to be said.

    Parameters
    ----------
    written : str or sequence of str or None
        A name, or several.
    key : str
        Where it was written, for errors.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    ScheduleError
        If there is no such finding.

    Examples
    --------
    >>> read_silence("jump")
    ('jump',)
    """
    names = (written,) if isinstance(written, str) else tuple(written or ())
    for name in names:
        if name not in NAMES:
            raise ScheduleError(f"{name!r} is no finding{did_you_mean(str(name), NAMES)}", key)
    return names
