"""Find runs, and read the records of all of them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from lr_plugin.compare.record import RESULT, RecordError, RunRecord, read_record
from lr_plugin.compare.sweep import tuning_seeds

__all__ = ["ASIDE", "Found", "find_runs", "read_all", "read_records"]

ASIDE: Final = "_aside"
"""How the folder beside a directory is called that holds what was moved out of its way."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found in some directories.

    Parameters
    ----------
    records : tuple of RunRecord
        All that could be read.
    broken : mapping of pathlib.Path to str
        The run directories whose record could not be read, and why.
    """

    records: tuple[RunRecord, ...]
    broken: Mapping[Path, str]


def find_runs(folder: Path, holding: str = RESULT) -> Iterator[Path]:
    """Yield the run directories at any depth, in the order of their names.

    Parameters
    ----------
    folder : pathlib.Path
        A run directory, the directory of a sweep, or one that holds several. What was moved aside
        there, because its config changed or it failed, is left out.
    holding : str, default "result.json"
        The file that makes a directory one of a run.
    """
    for place, inside, files in os.walk(folder):
        inside[:] = sorted(name for name in inside if not _is_aside(name, inside))
        if holding in files:
            inside.clear()  # what a run keeps is no other run
            yield Path(place)


def _is_aside(name: str, beside: Sequence[str]) -> bool:
    return name.endswith(ASIDE) and name.removesuffix(ASIDE) in beside


def read_records(folder: Path) -> list[RunRecord]:
    """Read the records of all runs in a directory of a sweep, in the order of their names.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep.
    """
    return [read_record(run) for run in find_runs(folder)]


def read_all(folders: Sequence[Path]) -> Found:
    """Read all records in several directories; a run that is in two of them is read once.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Of runs, of sweeps, or of several sweeps.
    """
    runs = {run.resolve(): run for folder in folders for run in find_runs(folder)}
    records, broken, tuning = [], {}, cache(tuning_seeds)
    for run in runs.values():
        try:
            record = read_record(run)
            records.append(replace(record, tuning=record.seed in tuning(run.parent)))
        except (RecordError, OSError) as error:
            broken[run] = str(error)
    return Found(records=tuple(records), broken=broken)
