"""A sweep in a process of its own; before each job the same one by hand, and all are timed.

python scripts/bench_sweep_turns.py JOBS EPOCHS
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import bench_sweep_by_hand as by_hand
import torch
from bench_sweep_plan import words
from hydra.experimental.callback import Callback
from typing_extensions import override

from lr_plugin.app.cli import main

if TYPE_CHECKING:
    from omegaconf import DictConfig

# what would be imported by the first job, or after the last
NEEDED = (
    *("sklearn.datasets", "sklearn.model_selection", "torch.utils.tensorboard"),
    *("scipy.stats", "matplotlib.pyplot", "lr_plugin.app.train", "lr_plugin.app.training"),
)
SIDES = {"by hand": by_hand.with_ours, "by hand, plain": by_hand.plain}
JOBS: dict[str, list[float]] = {side: [] for side in (*SIDES, "ours")}


class ByHand(Callback):
    """Do each job by hand before our command does it."""

    @override
    def on_job_start(self, config: DictConfig, **kwargs: Any) -> None:
        schedule, seed = config.hydra.runtime.choices.schedule, config.seed
        folder = Path("by_hand", f"{schedule}_{seed}")
        torch.set_num_threads(1)  # as our command does
        for side, train in SIDES.items():
            began = process_time()
            train(schedule, seed, config.trainer.max_epochs, folder / side)
            JOBS[side].append(process_time() - began)
        self.began = process_time()

    @override
    def on_job_end(self, config: DictConfig, job_return: Any, **kwargs: Any) -> None:
        JOBS["ours"].append(process_time() - self.began)


def run(jobs: int, epochs: int) -> None:
    """Run the sweep, and write what each job took, its fit, and what was done outside of jobs."""
    for name in NEEDED:
        import_module(name)
    both = "+hydra.callbacks.by_hand._target_=bench_sweep_turns.ByHand"
    timed = "trainer._target_=bench_sweep_by_hand.TimedTrainer"
    began = process_time()
    if main(["train", "-m", *words(jobs, epochs), "hydra.sweep.dir=sweep", both, timed]):
        raise SystemExit(1)
    outside = process_time() - began - sum(map(sum, JOBS.values()))
    fits = {side: by_hand.FITS[place :: len(JOBS)] for place, side in enumerate(JOBS)}
    content = {"jobs": JOBS, "fits": fits, "outside": outside}
    Path("times.json").write_text(json.dumps(content), "utf-8")


if __name__ == "__main__":
    # Hydra finds the callback by the name of this file, and the times are kept there
    import bench_sweep_turns

    bench_sweep_turns.run(*map(int, sys.argv[1:]))
