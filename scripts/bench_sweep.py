"""What a sweep costs beside its training: against the same jobs in a loop written by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench_figure import Figure, Gate
from bench_timing import spread

if TYPE_CHECKING:
    from bench_sizes import Sizes

SECTION = """sweep: lr-plugin train -m, in one process, against a loop of Trainer.fit in one process
  The loop: the same model, data, optimizer, seeds and schedules, with our three callbacks,
  ModelCheckpoint, TensorBoardLogger and CSVLogger. Ours in addition: Hydra, the watch for
  divergence, the record of each run, the table and the picture at the end. The plain loop has
  LearningRateMonitor in place of our monitor, which also draws the plan and logs the phases.
  All run at once; seconds of the processor, imports apart."""
HERE = Path(__file__).parent
SIDES = {
    "by hand": ("bench_sweep_by_hand.py",),
    "by hand, plain": ("bench_sweep_by_hand.py", "plain"),
    "ours": ("bench_sweep_ours.py",),
}
Times = dict[str, dict[str, float]]


def figures(sizes: Sizes) -> list[Figure]:
    """Compare whole processes, run side by side."""
    turns = [_turn(sizes) for _ in range(sizes.sweeps)]
    stages = {"imports": 1, "a job": sizes.jobs, "a job, wall": sizes.jobs}
    costs = [
        Figure(
            section=SECTION,
            what=f"{stage}, {side}",
            value=spread(turn[side][stage] / count for turn in turns),
            unit="s",
        )
        for stage, count in stages.items()
        for side in SIDES
    ]
    gates = Gate("at most", 0.3), Gate("at most", 15)
    gated = _overhead(turns, "by hand", sizes.jobs, gates)
    return [*costs, *gated, *_overhead(turns, "by hand, plain", sizes.jobs, (None, None))]


def _overhead(
    turns: list[Times], base: str, jobs: int, gates: tuple[Gate | None, Gate | None]
) -> list[Figure]:
    """Say what ours takes more, in seconds and as a share of what the loop takes."""
    pairs = [(turn["ours"]["a job"], turn[base]["a job"]) for turn in turns]
    report = partial(Figure, section=SECTION)
    return [
        report(
            what=f"overhead of a job, over {base}",
            value=spread((ours - loop) / jobs for ours, loop in pairs),
            unit="s",
            gate=gates[0],
        ),
        report(
            what=f"the same, of a job {base}",
            value=spread(100 * (ours / loop - 1) for ours, loop in pairs),
            unit="%",
            gate=gates[1],
        ),
    ]


def _turn(sizes: Sizes) -> Times:
    """Run all at the same time, so that what else the machine does hits them alike."""
    with ExitStack() as stack:
        folders = {side: Path(stack.enter_context(TemporaryDirectory())) for side in SIDES}
        processes = {side: _start(side, folder, sizes) for side, folder in folders.items()}
        return {side: _times(processes[side], folder) for side, folder in folders.items()}


def _start(side: str, folder: Path, sizes: Sizes) -> subprocess.Popen[str]:
    script, *options = SIDES[side]
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(HERE / script), str(sizes.jobs), str(sizes.epochs), *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _times(process: subprocess.Popen[str], folder: Path) -> dict[str, float]:
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args!r} failed:\n{said}")
    times: dict[str, float] = json.loads((folder / "times.json").read_text("utf-8"))
    return times
