"""What a run directory holds already, and what that means for the run to come."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

from lr_plugin.app.lock import LOCK
from lr_plugin.app.record import RESULT
from lr_plugin.compare.records import ASIDE

__all__ = ["ENDED", "Before", "State", "before", "is_foreign", "set_aside"]

State = Literal["new", "ended", "interrupted", "failed", "changed", "unreadable"]

ENDED: Final = ("finished", "diverged")
_STATES: Final[Mapping[str, State]] = {
    **dict.fromkeys(ENDED, "ended"),
    **dict.fromkeys(("running", "interrupted"), "interrupted"),
    "failed": "failed",
}
_TRACES: Final = ("checkpoints", "metrics.csv")


@dataclass(frozen=True, kw_only=True)
class Before:
    """What earlier commands have left of a run.

    Parameters
    ----------
    state : str
        ``new`` if there is nothing; ``ended`` with a result, which a divergence is too;
        ``interrupted`` if it can go on; ``failed``; ``changed`` if it was a run of another
        config; ``unreadable`` if there are files of a run without a whole record.
    record : mapping
        What the record says; empty if there is none.
    """

    state: State
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def attempts(self) -> int:
        """How often the run has been started."""
        return int(self.record.get("attempts", 1 if self.record else 0))


def before(folder: Path, config_hash: str) -> Before:
    """Look what a run directory holds.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory, which need not exist.
    config_hash : str
        Of the run to come.
    """
    try:
        record = json.loads((folder / RESULT).read_text("utf-8"))
    except FileNotFoundError:
        return Before(state="unreadable" if is_foreign(folder) else "new")
    except ValueError:
        return Before(state="unreadable")
    if not isinstance(record, dict) or record.get("status") not in _STATES:
        return Before(state="unreadable")
    same = record.get("config_hash") == config_hash
    return Before(state=_STATES[record["status"]] if same else "changed", record=record)


def is_foreign(folder: Path) -> bool:
    """Return whether a directory holds what a run leaves, but no record: ours are written first.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory, which need not exist.
    """
    left = any((folder / name).exists() for name in _TRACES)
    return left and not (folder / RESULT).exists()


def set_aside(folder: Path, root: Path, keep: Collection[str] = ()) -> Path:
    """Move what a run directory holds into a new one beside the root, and return that.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory, which is empty afterwards.
    root : pathlib.Path
        The directory of the sweep, or the run directory itself: what people look at as a whole,
        and what old runs must not be mixed into.
    keep : collection of str
        Names of files and folders that stay.
    """
    beside = root if root.name.strip(".") else root.resolve()  # "." has no name
    aside = beside.with_name(f"{beside.name}{ASIDE}")
    target = next(
        place for number in count(1) if not (place := aside / f"{folder.name}.{number}").exists()
    )
    target.mkdir(parents=True)
    # the record goes last: until then a command that is killed here finds it and begins once more
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name == RESULT):
        if entry.name not in {LOCK, *keep}:
            entry.rename(target / entry.name)
    return target
