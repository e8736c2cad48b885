"""Run the sections, print the table, write the JSON, and say whether every gate is passed."""

from __future__ import annotations

import argparse
import sys
import warnings
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import torch
from bench_figure import table, write
from bench_sizes import FULL, QUICK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_figure import Figure
    from bench_sizes import Sizes

SECTIONS = ("update", "values", "memory", "hooks", "state", "fit", "advice", "sweep", "compare")
HEADING = "median, [quartiles], cost of one step, gate; ratios are taken turn by turn"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a figure misses its gate, else 0."""
    chosen = _arguments(arguments)
    torch.set_num_threads(1)
    print(HEADING)
    found: list[Figure] = []
    for name in dict.fromkeys(chosen.only or SECTIONS):
        found += _section(name, QUICK if chosen.quick else FULL)
    write(chosen.json, found)
    print(f"\nwritten to {chosen.json}")
    return conclude(found, quick=chosen.quick)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--json", type=Path, default=Path("outputs/bench.json"), metavar="FILE")
    parser.add_argument("--only", action="append", choices=SECTIONS, metavar="SECTION")
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args(arguments)


def _section(name: str, sizes: Sizes) -> list[Figure]:
    begin = perf_counter()
    figures: list[Figure] = import_module(f"bench_{name}").figures(sizes)
    print(f"\n{table(figures)}\n  (measured in {perf_counter() - begin:.0f} s)", flush=True)
    return figures


def conclude(figures: Sequence[Figure], *, quick: bool) -> int:
    """Name what misses its gate, and return the exit code."""
    missed = (figure for figure in figures if figure.failed)
    failed = [f"{figure.section.partition(':')[0]}: {figure.what}" for figure in missed]
    if not failed:
        return 0
    print("FAILED:", *failed, sep="\n  ")
    if quick:
        print("--quick measures too little to hold anything against a gate")
    return 0 if quick else 1


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=UserWarning, module="pytorch_lightning")
    sys.exit(main())
