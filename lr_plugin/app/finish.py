"""What a command says when it is done: where things are, and for a sweep the table."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lr_plugin.app.place import Place
from lr_plugin.compare.figure import draw
from lr_plugin.compare.records import RunRecord, read_record, read_records
from lr_plugin.compare.summary import closing, rows, to_csv, to_markdown, to_text

__all__ = ["finish"]

_FAILED: Final = ("failed", "running")


def finish(place: Place) -> int:
    """Print and save what the runs came to; return 1 if one failed, else 0.

    Parameters
    ----------
    place : Place
        Where the command wrote.
    """
    records = _records(place)
    if place.sweep and records:
        _summarise(records, place.folder)
    elif records:
        _say(f"run directory    {place.folder}", *_details(records[0]))
    if records:
        _say(f"TensorBoard      tensorboard --logdir {place.folder}")
    return int(any(record.status in _FAILED for record in records))


def _records(place: Place) -> list[RunRecord]:
    if place.sweep:
        return read_records(place.folder)
    return [read_record(place.folder)] if (place.folder / "result.json").is_file() else []


def _summarise(records: Sequence[RunRecord], folder: Path) -> None:
    table, note = rows(records), closing(records)
    title = _title(records)
    (folder / "table.md").write_text(f"{title}\n\n{to_markdown(table)}\n\n{note}\n")
    (folder / "table.csv").write_text(to_csv(table))
    _say("", title, "", to_text(table), "", note, *_troubles(records), "")
    _say(f"table            {folder / 'table.md'}, {folder / 'table.csv'}")
    picture = folder / "curves.png"
    if draw(records, picture):
        _say(f"picture          {picture}")


def _title(records: Sequence[RunRecord]) -> str:
    better = {"max": "higher", "min": "lower"}[records[0].mode]
    return f"{records[0].metric} at the end of {len(records)} runs ({better} is better)"


def _troubles(records: Sequence[RunRecord]) -> list[str]:
    ended = [record for record in records if record.status != "finished"]
    said = [f"  {record.folder.name}  {record.status}: {_why(record)}" for record in ended]
    return ["", "did not finish (the train.log of each has more):", *said] if said else []


def _details(record: RunRecord) -> list[str]:
    log = record.folder / "train.log"
    return [] if record.status == "finished" else [f"details          {log}"]


def _why(record: RunRecord) -> str:
    return record.reason or "it ended without a word: killed, or still running"


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
