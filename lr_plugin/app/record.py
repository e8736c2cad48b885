"""A run's record: `result.json`, written when the run starts and again however it ends."""

import json
import os
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from hydra.errors import CompactHydraException

from lr_plugin.compare.record import RESULT

__all__ = ["RESULT", "UsedDirectoryError", "ending", "refuse_used", "write_json"]


class UsedDirectoryError(CompactHydraException, FileExistsError):
    """The run directory is taken; Hydra reports it in a line, without a traceback."""


def refuse_used(folder: Path) -> None:
    """Raise if the directory holds a run already: two runs in one would be mixed up.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the run that is about to start.

    Raises
    ------
    UsedDirectoryError
        If it holds a record.
    """
    if (folder / RESULT).exists():
        raise UsedDirectoryError(
            f"{str(folder)!r} already holds a run: choose another directory "
            f"(hydra.run.dir=..., in a sweep hydra.sweep.dir=...) or remove that one"
        )


def ending(record: Mapping[str, Any]) -> str:
    """Say in a line how a run ended.

    Parameters
    ----------
    record : mapping
        Of a run that has ended.

    Examples
    --------
    >>> ending({"status": "failed", "reason": "ValueError: no memory"})
    'failed: ValueError: no memory'
    >>> end = {"status": "finished", "metric": "val/acc", "final": 0.97, "steps": 90}
    >>> ending(end | {"seconds": 1.25})
    'val/acc 0.9700  90 steps  1.2 s'
    """
    if record["status"] != "finished":
        return f"{record['status']}: {record['reason']}"
    value = "not measured" if record["final"] is None else f"{record['final']:.4f}"
    return f"{record['metric']} {value}  {record['steps']} steps  {record['seconds']:.1f} s"


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file at once: a reader finds the old content or the new, never half of one.

    Numbers that are not finite are written as null, because JSON has no other word for them.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder must exist.
    content : mapping
        Plain values.
    """
    arriving = path.with_name(f".{path.name}.{os.getpid()}")
    arriving.write_text(json.dumps(_finite(content), indent=2, allow_nan=False) + "\n")
    arriving.replace(path)


def _finite(value: Any) -> Any:  # noqa: ANN401 - any plain value
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
