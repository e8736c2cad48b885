"""`sweep.json`: which runs a sweep has, what they are compared to, and what goes on with it."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lr_plugin.app.again import ENDED
from lr_plugin.app.lock import is_locked
from lr_plugin.app.reason import BY_THE_USER, INTERRUPTED
from lr_plugin.app.record import RESULT, write_json
from lr_plugin.compare.record import RecordError, read_record
from lr_plugin.compare.records import find_runs
from lr_plugin.compare.sweep import SWEEP

__all__ = ["not_ended", "note_interruption", "write_sweep"]

_WORDS: Final = MappingProxyType({"running": "killed or still running"})


def write_sweep(
    folder: Path,
    command: str,
    runs: Sequence[str],
    baseline: str | None = None,
    tuning_seeds: Sequence[int] = (),
) -> None:
    """Write down what is about to be run, for whoever finds the directory later.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep.
    command : str
        What goes on with it.
    runs : sequence of str
        The names of the run directories.
    baseline : str, optional
        The schedule that a study compares the others to.
    tuning_seeds : sequence of int, default ()
        The seeds with which a study chooses learning rates.
    """
    study = {"baseline": baseline, "tuning_seeds": list(tuning_seeds)}
    write_json(folder / SWEEP, {"schema": 1, "command": command, **study, "runs": list(runs)})


def note_interruption(folder: Path) -> None:
    """Write into the records of jobs that were killed with their command that the user stopped it.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep. What still runs, as the jobs of a cluster do, is left alone.
    """
    for run in find_runs(folder):
        with suppress(ValueError):  # a record that is half-written
            record = json.loads((run / RESULT).read_text("utf-8"))
            if record["status"] == "running" and not is_locked(run):
                write_json(run / RESULT, record | {"status": INTERRUPTED, "reason": BY_THE_USER})


def not_ended(folder: Path) -> list[str]:
    """Return how many runs have not ended with a result, and how to go on, as lines.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of a sweep.
    """
    path = folder / SWEEP
    if not path.is_file():
        return []
    sweep = json.loads(path.read_text("utf-8"))
    statuses = [_status(folder / name) for name in sweep["runs"]]
    left = Counter(status for status in statuses if status not in ENDED)
    each = ", ".join(f"{count} {_WORDS.get(status, status)}" for status, count in left.items())
    counted = f"without a result {left.total()} of {len(statuses)} runs: {each}"
    return [counted, f"to go on         {sweep['command']}"] if left else []


def _status(folder: Path) -> str:
    try:
        return read_record(folder).status
    except FileNotFoundError:
        return "not started"
    except RecordError:
        return "unreadable"
