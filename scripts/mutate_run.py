"""Try all breaks, print what caught each, and say whether every one was caught."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from mutate_breaks import TABLE, faults, read
from mutate_try import ROOT, Outcome, attempt, copy, load_ahead, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutate_breaks import Break
    from mutate_try import Tried


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a break is not caught, 2 if the breaks themselves are wrong, else 0."""
    chosen, began = _arguments(arguments), perf_counter()
    breaks = read(chosen.table)
    known = [each.name for each in breaks]
    unknown = [f"{name}: no break has this name" for name in chosen.names if name not in known]
    wrong = unknown + faults(breaks, ROOT)
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 2
    wanted = [each for each in breaks if not chosen.names or each.name in chosen.names]
    with TemporaryDirectory() as folder:
        code = _try_and_tell(wanted, Path(folder), chosen.jobs)
    print(f"{perf_counter() - began:.0f} s")
    return code


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/mutate")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--table", type=Path, default=TABLE, metavar="FILE", help="other breaks")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args(arguments)


def _try_and_tell(breaks: Sequence[Break], folder: Path, jobs: int) -> int:
    if len(breaks) > jobs:
        load_ahead()
    trees: SimpleQueue[Path] = SimpleQueue()
    for number in range(jobs):
        trees.put(copy(folder / str(number)))
    tried: list[Tried] = []
    for each in _try_all(breaks, trees, jobs):
        is_new = not tried or tried[-1].broken.rule != each.broken.rule
        print(row(each, headed=is_new), flush=True)
        tried.append(each)
    proofs = sorted({test for each in tried for test in each.outcome.failed})
    return conclude(tried, run(trees.get(), proofs) if proofs else Outcome())


def _try_all(breaks: Sequence[Break], trees: SimpleQueue[Path], jobs: int) -> Iterator[Tried]:
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_try, trees), breaks)


def _try(trees: SimpleQueue[Path], broken: Break) -> Tried:
    tree = trees.get()
    try:
        return attempt(broken, tree)
    finally:
        trees.put(tree)


def row(tried: Tried, *, headed: bool) -> str:
    """Return one break as text, below its rule if it is the first of it."""
    head = f"{tried.broken.rule}\n" if headed else ""
    found = [test.removeprefix("tests/").partition("[")[0] for test in tried.outcome.failed]
    said = " ".join(found) or f"NOT CAUGHT {tried.outcome.trouble}".rstrip()
    return f"{head}  {tried.seconds:5.1f} s  {tried.broken.name}\n           {said}"


def conclude(tried: Sequence[Tried], unbroken: Outcome) -> int:
    """Say what was not caught, and return the exit code.

    Parameters
    ----------
    tried
        All of it.
    unbroken
        What the tests that caught something say where nothing is broken.
    """
    if unbroken.trouble:
        print(f"\nNOTHING IS PROVED, for without a break {unbroken.trouble}")
        return 1
    missed = [each for each in tried if not {*each.outcome.failed} - {*unbroken.failed}]
    print(f"\n{len(tried) - len(missed)} of {len(tried)} breaks are caught")
    for each in missed:
        why = f" (without it too: {each.outcome.failed[0]})" if each.outcome.failed else ""
        print(f"NOT CAUGHT: {each.broken.name}{why}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
