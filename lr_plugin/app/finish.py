"""What a command says when it is done: where things are, and for a sweep the comparison."""

import sys
from pathlib import Path
from typing import Final

from lr_plugin.advisor import line
from lr_plugin.app.advise import FILE, read_verdicts
from lr_plugin.app.compare import report
from lr_plugin.app.place import Place
from lr_plugin.compare.records import Found, RunRecord, read_all
from lr_plugin.compare.save import FOLDER, save

__all__ = ["finish"]

_FAILED: Final = ("failed", "running")


def finish(place: Place) -> int:
    """Print and save what the runs came to; return 1 if one failed, else 0.

    Parameters
    ----------
    place : Place
        Where the command wrote.
    """
    found = read_all([place.folder])
    if not found.records and not found.broken:
        return 0
    if place.sweep:
        _summarise(found, place)
    else:
        _say(f"run directory    {place.folder}", *_details(found.records), *_advice(place.folder))
    _say(f"TensorBoard      tensorboard --logdir {place.folder}")
    failed = any(record.status in _FAILED for record in found.records)
    return int(failed or bool(found.broken))


def _advice(folder: Path) -> list[str]:
    path = folder / FILE
    verdicts = list(read_verdicts(path)) if path.is_file() else []
    return [f"advice           {line(verdicts[-1].advice, verdicts[-1].rate)}"] if verdicts else []


def _summarise(found: Found, place: Place) -> None:
    _say("")
    folder = place.folder / FOLDER
    save(report(found, place.baseline), folder)
    _say("", f"report           {folder / 'report.html'}")


def _details(records: tuple[RunRecord, ...]) -> list[str]:
    unfinished = [record for record in records if record.status != "finished"]
    return [f"details          {record.folder / 'train.log'}" for record in unfinished]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
