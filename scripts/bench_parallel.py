"""Jobs of a sweep side by side on the cores of this machine, against one after another.

python scripts/bench_parallel.py [--jobs 60] [--epochs 20] [--workers N]

The same command both ways, each with the whole machine, from its start to the report at its end; in
one process before and after, since machines do not keep their pace for minutes. It says how busy
others kept the machine meanwhile: on a busy one, no figure here means anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench_figure import Figure, Gate, table
from bench_sweep_plan import words
from bench_timing import spread

SECTION = """parallel: lr-plugin train -m hydra/launcher=local, against the same in one process
  Whole commands, imports and report included, on the digits."""
HERE = Path(__file__).parent
BUSY = 0.1  # of the processor, taken by others: too much to compare by


@dataclass(frozen=True)
class Run:
    """What a command took.

    Parameters
    ----------
    wall, cpu
        Seconds, of the clock and of all its processes on the processor.
    others
        Share of the processor that was taken by anything else.
    """

    wall: float
    cpu: float
    others: float


def main() -> int:
    """Return 1 if the gate is missed on a machine that nobody else used, else 0."""
    chosen = _arguments()
    with TemporaryDirectory() as folder:
        before = _run(Path(folder, "before"), chosen, [])
        workers = f"hydra.launcher.n_jobs={chosen.workers}"
        several = _run(Path(folder, "several"), chosen, ["hydra/launcher=local", workers])
        after = _run(Path(folder, "after"), chosen, [])
    return conclude([before, after], several, chosen.jobs)


def conclude(one: list[Run], several: Run, jobs: int) -> int:
    """Print what both took, and return the exit code."""
    found = figures(one, several, jobs)
    others = max(run.others for run in [*one, several])
    print(table(found))
    print(f"others took up to {others:.0%} of the processor meanwhile")
    if others > BUSY:
        print("that is too much to hold the figures against a gate: run it on an idle machine")
    return int(others <= BUSY and any(figure.failed for figure in found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench_parallel.py")
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--workers", type=int, default=-1, help="-1: one for each core")
    return parser.parse_args()


def _run(folder: Path, chosen: argparse.Namespace, launcher: list[str]) -> Run:
    sweep = [*words(chosen.jobs, chosen.epochs), f"hydra.sweep.dir={folder}"]
    before, ours = _busy(), _ours()
    begin = perf_counter()
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "lr_plugin", "train", "-m", *sweep, *launcher],
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall, cpu = perf_counter() - begin, _ours() - ours
    others = max(_busy() - before - cpu, 0) / (wall * (os.cpu_count() or 1))
    return Run(wall, cpu, others)


def _ours() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy() -> float:
    """Return the seconds that all processes of the machine have had, where Linux tells."""
    if not Path("/proc/stat").exists():
        return 0.0
    user, nice, system = Path("/proc/stat").read_text("utf-8").split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def figures(one: list[Run], several: Run, jobs: int) -> list[Figure]:
    """Return what both took, and the ratio with its gate."""
    usual = sum(run.wall for run in one) / len(one)
    report: list[tuple[str, list[float], str, Gate | None]] = [
        ("one process, a job", [run.wall / jobs for run in one], "s", None),
        ("side by side, a job", [several.wall / jobs], "s", None),
        ("one process, a job on the processor", [run.cpu / jobs for run in one], "s", None),
        ("side by side, a job on the processor", [several.cpu / jobs], "s", None),
        ("wall time side by side, of one process", [several.wall / usual], "x", GATE),
    ]
    return [
        Figure(section=SECTION, what=what, value=spread(values), unit=unit, gate=gate)
        for what, values, unit, gate in report
    ]


GATE = Gate("at most", 0.65)

if __name__ == "__main__":
    sys.exit(main())
