"""What a command says when it is done: where things are, and for a sweep the comparison."""

import shlex
import sys

from lr_plugin.app.again import ENDED
from lr_plugin.app.compare import report
from lr_plugin.app.place import Place
from lr_plugin.compare.baseline import declared_baseline
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found, read_all
from lr_plugin.compare.said import changes
from lr_plugin.compare.save import FOLDER, save
from lr_plugin.compare.series import METRICS

__all__ = ["finish"]


def finish(place: Place) -> int:
    """Print and save what the runs came to; return 1 if one did not come to its end, else 0.

    Parameters
    ----------
    place : Place
        Where the command wrote.
    """
    found = read_all([place.folder])
    if not found.records and not found.broken:
        return 0
    folder = shlex.quote(str(place.folder))
    if place.sweep:
        _summarise(found, place)
    else:
        _say(f"run directory    {place.folder}", *_about(found.records))
        if any(run.is_result or (run.folder / METRICS).is_file() for run in found.records):
            _say(f"report           lr-plugin compare {folder}")
    # a run that failed early has none, nor has one that logs elsewhere
    if place.sweep or any(place.folder.glob("events.out.tfevents.*")):
        _say(f"TensorBoard      tensorboard --logdir {folder}")
    return int(bool(found.broken) or any(run.status not in ENDED for run in found.records))


def _about(records: tuple[RunRecord, ...]) -> list[str]:
    bad = [run.folder for run in records if run.status != "finished"]
    details = [path for folder in bad for path in sorted(folder.glob("train*.log"))]
    advice = filter(None, (run.advice[-1].sentence for run in records if run.advice))
    applied = filter(None, (changes(run.advice) for run in records))
    return [
        *(f"details          {path}" for path in details),
        *(f"advice           {sentence}" for sentence in advice),
        *(f"applied          {done}" for done in applied),
    ]


def _summarise(found: Found, place: Place) -> None:
    _say("")
    folder = place.folder / FOLDER
    save(report(found, declared_baseline(found.records)), folder)
    _say("", f"report           {folder / 'report.html'}")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
