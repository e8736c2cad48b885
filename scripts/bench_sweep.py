"""What a sweep costs beside its training: against the same jobs written by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench_figure import Figure, Gate
from bench_timing import differences, ratios, spread

if TYPE_CHECKING:
    from bench_sizes import Sizes

SECTION = """sweep: lr-plugin train -m, in one process, against the same jobs by hand
  By hand: the same model, data, optimizer, seeds and schedules, with our three callbacks,
  ModelCheckpoint, TensorBoardLogger and CSVLogger. Ours in addition: Hydra, the watch for
  divergence, the record of each run, the table and the picture at the end. By hand, plain:
  LearningRateMonitor in place of our monitor, which also draws the plan and logs the phases, and
  no advisor. Job by job in turns; seconds of the processor, imports apart; what our command does
  outside of its jobs, such as composing them and the report, is shared out among them."""
OVERHEAD = "overhead of a job, beyond its fit"
SHARE = "the same, of a job by hand"


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds of the processor.

    Parameters
    ----------
    jobs, fits
        By who did it: of each job, and of the `Trainer.fit` in it.
    outside
        What our command did outside of all jobs.
    """

    jobs: dict[str, list[float]]
    fits: dict[str, list[float]]
    outside: float

    def beyond(self, side: str) -> list[float]:
        """Return what each job took beyond its fit."""
        return differences(self.jobs[side], self.fits[side])


def figures(sizes: Sizes) -> list[Figure]:
    """Run each job by hand and by our command, in turns."""
    times = _measured(sizes.jobs, sizes.epochs)
    share = times.outside / len(times.jobs["ours"])
    ours = [share + seconds for seconds in times.beyond("ours")]
    overhead = differences(ours, times.beyond("by hand"))
    fits = ratios(times.fits["ours"], times.fits["by hand"])
    shares = (
        100 * beyond / job for beyond, job in zip(overhead, times.jobs["by hand"], strict=True)
    )
    report = partial(Figure, section=SECTION)
    return [
        *(report(what=f"fit, {who}", value=spread(of), unit="s") for who, of in times.fits.items()),
        report(what="fit, ours, of that by hand", value=fits),
        report(what="beyond the fit, by hand", value=spread(times.beyond("by hand")), unit="s"),
        report(what="beyond the fit, ours", value=spread(ours), unit="s"),
        report(what=OVERHEAD, value=spread(overhead), unit="s", gate=Gate("at most", 0.3)),
        report(what=SHARE, value=spread(shares), unit="%", gate=Gate("at most", 15)),
    ]


def _measured(jobs: int, epochs: int) -> Times:
    script = Path(__file__).with_name("bench_sweep_turns.py")
    with TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own script
            [sys.executable, str(script), str(jobs), str(epochs)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(script.parent.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{done.args!r} failed:\n{done.stdout}{done.stderr}")
        return Times(**json.loads(Path(folder, "times.json").read_text("utf-8")))
