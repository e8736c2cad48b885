"""A study that is killed again and again comes to the same table, and hardly trains more."""

import csv
import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import torch

from lr_plugin.app.cli import main
from lr_plugin.compare.records import find_runs
from tests import forked

USER_PROJECT = Path(__file__).parent / "user_project"
COUNTED = "+callbacks.count._target_=mine.Counts"
SMALL = (
    *("study", "schedule=wsd", "trainer.max_epochs=4", COUNTED),
    *("study.rates=[0.03,0.1]", "study.growth=0"),
    *("study.tuning_seeds=[1000]", "study.report_seeds=[0]"),
)
LARGE = (
    *("study", "schedule=wsd,warmup_cosine", "trainer.max_epochs=4", COUNTED),
    *("study.rates=[0.03,0.1,0.3]", "study.growth=0"),
    *("study.tuning_seeds=[1000,1001,1002]", "study.report_seeds=[0,1,2,3,4,5]"),
    *("hydra/launcher=local", "hydra.launcher.n_jobs=2"),
)
STEPS = 4 * 45  # of a job


class Study:
    """A command in a directory, run in processes of its own."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.home, self.folder, self.counts = folder, folder / "sweep", folder / "counts"
        folder.mkdir()
        self.counts.touch()
        self.words = [*words, f"hydra.sweep.dir={self.folder}"]
        self.environment = {
            "COUNTS": str(self.counts),
            "PYTHONPATH": os.pathsep.join([str(USER_PROJECT), *sys.path]),
        }

    def start(self) -> ForkServerProcess:
        return forked.start(
            main,
            self.words,
            folder=self.home,
            printed=self.home / "printed",
            environment=self.environment,
        )

    def steps(self) -> int:
        """Optimizer steps that all processes have taken so far."""
        return self.counts.stat().st_size

    def kill_after(self, steps: int) -> None:
        """Start the command, and kill all its processes when so many steps have been taken."""
        running = self.start()
        while self.steps() < steps and running.is_alive():
            time.sleep(0.01)
        assert running.is_alive()
        assert running.pid is not None
        os.killpg(running.pid, signal.SIGKILL)
        running.join()

    def finish(self) -> None:
        running = self.start()
        running.join()
        assert running.exitcode == 0

    def table(self) -> str:
        return (self.folder / "000__comparison/table.csv").read_text()

    def runs(self) -> dict[str, tuple[object, ...]]:
        """What each run came to, with the weights that it ended with."""
        return {run.name: _outcome(run) for run in find_runs(self.folder)}


def _outcome(run: Path) -> tuple[object, ...]:
    result = json.loads((run / "result.json").read_text())
    for name in ("seconds", "attempts"):
        del result[name]
    with (run / "metrics.csv").open() as file:
        # the learning rate is logged once more where a run goes on
        rows = [row for row in csv.DictReader(file) if row["train/loss"] or row["val/acc"]]
    weights = torch.load(run / "checkpoints/last.ckpt", weights_only=False)["state_dict"]
    return result, rows, {name: value.tolist() for name, value in weights.items()}


def compare(words: Sequence[str], jobs: int, kills: Sequence[int], folder: Path) -> float:
    """Kill a study at these steps, and return how many jobs' worth of steps that has cost."""
    whole, killed = Study(words, folder / "whole"), Study(words, folder / "killed")
    whole.finish()
    assert whole.steps() == jobs * STEPS
    for steps in kills:
        killed.kill_after(steps)
    killed.finish()
    assert killed.table() == whole.table()
    assert killed.runs() == whole.runs()
    return (killed.steps() - whole.steps()) / STEPS


def test_a_study_that_is_killed_comes_to_the_same_runs_and_table(tmp_path: Path) -> None:
    extra = compare(SMALL, 3, [50, 3 * STEPS - 20], tmp_path)
    assert 0 < extra < 2


@pytest.mark.slow
def test_a_study_of_30_jobs_that_is_killed_at_5_random_moments_trains_at_most_5_jobs_more(
    tmp_path: Path,
) -> None:
    moments = sorted(random.Random(0).sample(range(1, 30 * STEPS), 5))  # noqa: S311 - moments
    extra = compare(LARGE, 30, moments, tmp_path)
    sys.stdout.write(f"killed after {moments} steps: {extra:.2f} jobs' worth of steps more\n")
    assert extra <= 5
