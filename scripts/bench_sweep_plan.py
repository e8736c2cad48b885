"""The jobs of the sweep, and the watch that both ways of running them are held against."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SCHEDULES = ("constant", "step", "exponential", "warmup_cosine", "wsd", "sgdr")
BOTH = (
    "lr_plugin.callback",
    "lr_plugin.task.digits",
    "lr_plugin.task.models",
    "lr_plugin.task.module",
    "sklearn.datasets",
    "sklearn.model_selection",
    "torch.utils.tensorboard",
)


def jobs(count: int) -> list[tuple[str, int]]:
    """Return a schedule and a seed for each job."""
    seeds = range(-(-count // len(SCHEDULES)))
    return list(product(SCHEDULES, seeds))[:count]


def measured(run: Callable[[int, int], None], modules: Iterable[str] = ()) -> None:
    """Import, run, and write how long each took, for all jobs together.

    Parameters
    ----------
    run
        Does a number of jobs of a number of epochs.
    modules
        What it needs beside `BOTH`, so that no job pays for an import.
    """
    count, epochs = map(int, sys.argv[1:3])
    begin = process_time()
    for name in (*BOTH, *modules):
        import_module(name)
    imported, wall = process_time(), perf_counter()
    run(count, epochs)
    times = {
        "imports": imported - begin,
        "a job": process_time() - imported,
        "a job, wall": perf_counter() - wall,
    }
    Path("times.json").write_text(json.dumps(times), "utf-8")
