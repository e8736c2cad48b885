"""Measure the problems whose fixtures are missing or out of date."""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from truth_file import is_current, write
from truth_grid import grid
from truth_measure import Bench, probe, sweep
from truth_problems import PROBLEMS
from truth_sizes import SWEEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from truth_problems import Problem


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, some at a time."""
    parser = argparse.ArgumentParser(prog="scripts/truth")
    parser.add_argument("names", nargs="*", metavar="PROBLEM", help="parts of names; default: all")
    parser.add_argument("--again", action="store_true", help="also what is up to date")
    parser.add_argument("--jobs", type=int, default=2)
    chosen = parser.parse_args(arguments)
    meant = [p for p in PROBLEMS if any(name in p.name for name in chosen.names or [""])]
    due = [problem for problem in meant if chosen.again or not is_current(problem)]
    print(f"{len(meant) - len(due)} up to date, {len(due)} to measure", flush=True)
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for line in pool.map(measure, due):
            print(line, flush=True)


def measure(problem: Problem) -> str:
    """Measure a problem, write its file, and say what it took."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    begin = process_time()
    with np.errstate(all="ignore"):  # copies that diverge are part of what is measured
        write(problem, measured(Bench(problem)))
    return f"{problem.name}: {process_time() - begin:.0f} s of processor time"


def measured(bench: Bench) -> dict[str, Any]:
    """Return all that is measured of a problem."""
    sweeps = {name: sweep(bench, *limits) for name, limits in SWEEPS.items()}
    found = {str(i): grid(bench, budget) for i, budget in enumerate(bench.problem.budgets)}
    return {"sweeps": sweeps, "probe": probe(bench), "budgets": found}


if __name__ == "__main__":
    main()
