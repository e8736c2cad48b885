"""What a sweep costs beside its training: against the same jobs in a loop written by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench_figure import Figure, Gate
from bench_timing import spread

if TYPE_CHECKING:
    from bench_sizes import Sizes
    from bench_timing import Spread

SECTION = """sweep: lr-plugin train -m, in one process, against a loop of Trainer.fit in one process
  The loop: the same model, data, optimizer, seeds and schedules (our callback), with
  LearningRateMonitor, ModelCheckpoint, TensorBoardLogger and CSVLogger. Ours in addition: Hydra,
  our monitor and its picture of the plan in place of LearningRateMonitor, the watch for
  divergence, the record, the table and the picture at the end.
  Both run at once; seconds of the processor, imports apart."""
HERE = Path(__file__).parent
SIDES = ("by_hand", "ours")
Times = dict[str, dict[str, float]]


def figures(sizes: Sizes) -> list[Figure]:
    """Compare whole processes, run side by side."""
    turns = [_turn(sizes) for _ in range(sizes.sweeps)]
    report = partial(Figure, section=SECTION)
    return [
        *(
            report(what=f"{stage}, {side}", value=_spread(turns, side, stage, count), unit="s")
            for stage, count in (("imports", 1), ("a job", sizes.jobs), ("a job, wall", sizes.jobs))
            for side in SIDES
        ),
        report(
            what="overhead of a job",
            value=spread((t["ours"]["a job"] - t["by_hand"]["a job"]) / sizes.jobs for t in turns),
            unit="s",
            gate=Gate("at most", 0.3),
        ),
        report(
            what="overhead of a job, of its time by hand",
            value=spread(100 * (t["ours"]["a job"] / t["by_hand"]["a job"] - 1) for t in turns),
            unit="%",
            gate=Gate("at most", 15),
        ),
    ]


def _spread(turns: list[Times], side: str, stage: str, count: int) -> Spread:
    return spread(turn[side][stage] / count for turn in turns)


def _turn(sizes: Sizes) -> Times:
    """Run both at the same time, so that what else the machine does hits them alike."""
    with TemporaryDirectory() as by_hand, TemporaryDirectory() as ours:
        folders = dict(zip(SIDES, map(Path, (by_hand, ours)), strict=True))
        processes = {side: _start(side, folder, sizes) for side, folder in folders.items()}
        return {side: _times(processes[side], folder) for side, folder in folders.items()}


def _start(side: str, folder: Path, sizes: Sizes) -> subprocess.Popen[str]:
    script = str(HERE / f"bench_sweep_{side}.py")
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, script, str(sizes.jobs), str(sizes.epochs)],
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
