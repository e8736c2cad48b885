"""What a sweep leaves beside its runs: what a study said of them before they ran."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["SWEEP", "read_sweep", "tuning_seeds"]

SWEEP: Final = "sweep.json"
"""What a sweep leaves beside its runs."""


def read_sweep(folder: Path) -> Mapping[str, Any]:
    """Return what the sweep wrote down that a folder belongs to; nothing if there is none.

    Parameters
    ----------
    folder : pathlib.Path
        That holds a run directory, at any depth of the sweep.
    """
    # the name of a run may have a slash in it, and then it is not directly in its sweep
    found = (place / SWEEP for place in (folder, *folder.parents))
    path = next((path for path in found if path.is_file()), None)
    try:
        content = json.loads(path.read_text("utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def tuning_seeds(folder: Path) -> frozenset[int]:
    """Return the seeds with which a study chooses learning rates; none if it was no study.

    Parameters
    ----------
    folder : pathlib.Path
        That holds a run directory.
    """
    seeds = read_sweep(folder).get("tuning_seeds")
    return frozenset(seeds if isinstance(seeds, list) else ())
