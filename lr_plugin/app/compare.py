"""`lr-plugin compare`: what the runs in some directories say of their schedules."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lr_plugin.app.folders import either, parser
from lr_plugin.compare.answer import Answer, answer
from lr_plugin.compare.baseline import UnknownBaselineError, declared_baseline, refuse_unknown
from lr_plugin.compare.data import to_json
from lr_plugin.compare.records import Found, find_runs, read_all
from lr_plugin.compare.save import FOLDER, save
from lr_plugin.compare.words import counted

__all__ = ["main", "report"]

_NOTHING, _UNUSABLE = 1, 2

_ABOUT: Final = "Compare schedules over the runs of one or more sweeps, without training."
_EPILOG: Final = """\
DIR is the directory of a sweep, of one run, or one that holds several of them. A run alone
gets a report too, with its curves and what the advisor said of it.
With one DIR, the tables, pictures and the report are written to DIR/000__comparison;
with several DIRs, or with --json, only if --out says where.

Name a baseline before the results are seen: the others are then compared to it alone,
which takes fewer seeds than comparing all pairs. That of a study (study.baseline) is taken
unless another is named.

exit codes: 0 some schedule has a result, 1 none has, 2 the command cannot be run
"""


class _UnwritableError(Exception):
    """The report cannot be written where it should be."""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin compare`.
    """
    chosen = _parser().parse_intermixed_args(arguments)  # options anywhere
    empty = [folder for folder in chosen.folders if next(find_runs(folder), None) is None]
    if empty:
        _refuse(f"there is no run in {either(empty)}: no result.json at any depth")
    if len(empty) == len(chosen.folders):
        return _NOTHING
    found = read_all(chosen.folders)
    try:
        return _compare(found, chosen)
    except (UnknownBaselineError, _UnwritableError) as error:
        return _refuse(str(error))


def report(found: Found, baseline: str | None = None) -> Answer:
    """Compare the runs and print what they say; the first line comes at once.

    Parameters
    ----------
    found : Found
        Their records.
    baseline : str, optional
        Compare the others to this schedule only.
    """
    sys.stdout.write(f"{counted(len(found.records), 'run')} read\n\n")
    sys.stdout.flush()  # scipy takes a second
    told = answer(found, baseline)
    sys.stdout.write(f"{told.text()}\n")
    sys.stdout.flush()  # and so do the pictures
    return told


def _parser() -> ArgumentParser:
    made = parser("compare", _ABOUT, _EPILOG)
    against = made.add_mutually_exclusive_group()
    against.add_argument("--baseline", metavar="NAME", help="compare the others to this schedule")
    against.add_argument("--all-pairs", action="store_true", help="compare all with each other")
    made.add_argument("--out", type=Path, metavar="DIR", help="where to write")
    return made


def _compare(found: Found, chosen: Namespace) -> int:
    told = _told(found, chosen)
    folder = _place(chosen)
    if folder is not None:
        _save(told, folder)
    if folder is not None and not chosen.json:
        sys.stdout.write(f"\nreport           {folder / 'report.html'}\n")
    return 0 if told.has_results else _NOTHING


def _told(found: Found, chosen: Namespace) -> Answer:
    baseline = _baseline(found, chosen)
    if chosen.json:
        told = answer(found, baseline)
        sys.stdout.write(to_json(told))
        return told
    if baseline != chosen.baseline and len(found.records) > 1:
        sys.stdout.write(f"baseline         {baseline}, as study.baseline says (or --all-pairs)\n")
    return report(found, baseline)


def _baseline(found: Found, chosen: Namespace) -> str | None:
    if chosen.baseline is None:
        return None if chosen.all_pairs else declared_baseline(found.records)
    refuse_unknown(found.records, chosen.baseline)
    return str(chosen.baseline)


def _save(told: Answer, folder: Path) -> None:
    try:
        save(told, folder)
    except OSError as error:
        why = f"{error.strerror}: {str(error.filename)!r}"
        raise _UnwritableError(
            f"the report cannot be written ({why}); --out names another place"
        ) from error


def _place(chosen: Namespace) -> Path | None:
    if chosen.out is not None:
        return Path(chosen.out) / FOLDER
    only = len(chosen.folders) == 1 and not chosen.json
    return chosen.folders[0] / FOLDER if only else None


def _refuse(why: str) -> int:
    sys.stderr.write(f"lr-plugin compare: {why}\n")
    return _UNUSABLE
