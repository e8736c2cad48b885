"""`sweep.json`: which runs a sweep has, what they are compared to, and what goes on with it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lr_plugin.app.again import ENDED
from lr_plugin.app.record import RESULT, write_json
from lr_plugin.compare.baseline import SWEEP

__all__ = ["not_ended", "write_sweep"]


def write_sweep(
    folder: Path, command: str, runs: Sequence[str], baseline: str | None = None
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
    """
    content = {"schema": 1, "command": command, "baseline": baseline, "runs": list(runs)}
    write_json(folder / SWEEP, content)


def not_ended(folder: Path) -> list[str]:
    """Return the runs that have not ended with a result, and why, and how to go on, as lines.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of a sweep.
    """
    path = folder / SWEEP
    if not path.is_file():
        return []
    sweep = json.loads(path.read_text("utf-8"))
    records = {name: _record(folder / name) for name in sweep["runs"]}
    left = {name: record for name, record in records.items() if record["status"] not in ENDED}
    lines = [f"  {name}  {_why(record)}" for name, record in left.items()]
    counted = f"without a result {len(left)} of {len(records)} runs"
    return [counted, *lines, f"to go on         {sweep['command']}"] if left else []


def _record(folder: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((folder / RESULT).read_text("utf-8"))
    except (OSError, ValueError):
        return {"status": "not started"}
    return record if "status" in record else {"status": "unreadable"}


def _why(record: dict[str, Any]) -> str:
    if record["status"] == "running":
        return "killed, or still running"
    reason = record.get("reason")
    return f"{record['status']}: {reason}" if reason else str(record["status"])
