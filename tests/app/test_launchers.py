"""Jobs side by side: on the cores of one machine, and on a cluster."""

import csv
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from shutil import which
from subprocess import CompletedProcess

import lr_plugin.conf
import pytest
import torch
from hydra_plugins.hydra_submitit_launcher.config import (  # type: ignore[import-untyped]
    SlurmQueueConf,
)
from omegaconf import OmegaConf

from lr_plugin.app.reason import how_it_ended
from lr_plugin.app.suggest import suggest
from lr_plugin.app.threads import cores_of_a_job, set_threads

Train = Callable[..., CompletedProcess[str]]

LAUNCHERS = Path(lr_plugin.conf.__file__).parent / "lr_app/hydra/launcher"
SOURCES = Path(__file__).parents[2]
HOW_THEY_ENDED = ["running", "interrupted", "interrupted"]  # killed, queued again, cancelled
SLURM = ("hydra/launcher=slurm", "hydra.launcher.mem_gb=1", "hydra.launcher.array_parallelism=2")


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("cores", "at_once", "given", "expected"),
    [
        (8, 1, None, 8),
        (8, 2, None, 4),
        (8, 3, None, 2),
        (8, -1, None, 1),
        (8, -5, None, 2),  # joblib: all cores but four, so four jobs
        (2, 8, None, 1),
        (64, 1, "4", 4),
        (64, 2, "4", 2),
        (2, 1, "4", 2),
    ],
)
def test_a_job_has_its_share_of_the_cores_that_it_was_given(
    cores: int, at_once: int, given: str | None, expected: int
) -> None:
    environment = {"SLURM_CPUS_PER_TASK": given} if given else {}

    assert cores_of_a_job(cores, at_once, environment) == expected


@pytest.mark.usefixtures("threads")
def test_threads_without_cores_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        set_threads(1, 1)
        set_threads(999, -1)
        set_threads(999, -1)

    (record,) = caplog.records
    assert record.getMessage() == (
        "threads=999, but each of the jobs that run at once has 1 of the cores here: they will "
        "wait for one another; write threads=1 or fewer jobs at once (hydra.launcher.n_jobs)"
    )
    assert torch.get_num_threads() == 999


@pytest.mark.usefixtures("threads")
def test_torch_is_left_its_own_number_of_threads_up_to_the_cores_of_the_job() -> None:
    torch.set_num_threads(8)
    set_threads(None, -1)

    assert torch.get_num_threads() == 1


@pytest.mark.parametrize("written", [0, -1, "two", 1.5])
def test_threads_that_are_no_number_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"^threads: .* is not a whole number above 0; write thr"):
        set_threads(written, 1)


def test_threads_that_are_no_number_are_refused_before_the_first_batch(train: Train) -> None:
    train("threads=0", "hydra.run.dir=run")

    result = json.loads(Path("run/result.json").read_text())
    assert (result["status"], result["steps"]) == ("failed", 0)
    assert result["reason"].startswith("ConfigError: threads: 0 is not a whole number above 0")


def test_slurm_is_asked_for_nothing_that_the_launcher_does_not_know() -> None:
    known = {field.name for field in fields(SlurmQueueConf)}
    written = OmegaConf.load(LAUNCHERS / "slurm.yaml")

    assert {str(key) for key in written} <= known
    assert written._target_ == SlurmQueueConf._target_


def test_a_job_on_a_cluster_is_one_process_that_is_given_its_cores() -> None:
    written = OmegaConf.load(LAUNCHERS / "slurm.yaml")

    assert (written.nodes, written.tasks_per_node, written.cpus_per_task) == (1, 1, 1)
    assert "SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK" in written.setup[0]


@pytest.mark.parametrize(
    ("plugin", "extra"),
    [("JoblibLauncher", "joblib"), ("SlurmLauncher", "slurm"), ("StudySweeper", "optuna")],
)
def test_what_is_not_installed_is_named(plugin: str, extra: str) -> None:
    error = RuntimeError(f"Unknown plugin class : 'hydra_plugins.some.{plugin}'")

    assert suggest(error) == f'It needs pip install "lr-plugin[{extra}]"'


class UncompletedJobError(RuntimeError):
    """What submitit raises, by name, in a job that may not be queued again."""


@pytest.mark.parametrize("error", [SystemExit(-1), UncompletedJobError("too many times")])
def test_a_job_that_slurm_ends_can_go_on_later(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    assert how_it_ended(error)[0] == "failed"

    monkeypatch.setenv("SUBMITIT_EXECUTOR", "slurm")
    assert how_it_ended(error) == (
        "interrupted",
        "near its time limit (hydra.launcher.timeout_min)",
        error,
    )


def slurm(*command: str) -> str:
    program = which(command[0])
    if program is None:
        pytest.skip(f"there is no Slurm here: no {command[0]}")
    done = subprocess.run(
        [program, *command[1:]], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        pytest.skip(f"Slurm does not answer: {done.stderr.strip()}")
    return done.stdout


@pytest.fixture
def cluster() -> None:
    """A Slurm that takes jobs and keeps account of them."""
    slurm("sacct", "-X", "-n")
    for _ in range(60):  # the jobs of the test before may be going
        if "idle" in slurm("sinfo", "-h", "-o", "%T"):
            return
        time.sleep(1)
    pytest.skip("all nodes of this Slurm are busy or down")


def wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.2)


def statuses(sweep: Path) -> list[tuple[str, int]]:
    paths = sorted(sweep.glob("*_seed*/result.json"))
    records = [json.loads(path.read_text()) for path in paths]
    return [(record["status"], record["attempts"]) for record in records]


def trains(seed: int) -> bool:
    return any(Path("sweep").glob(f"*_seed{seed:03}/progress.json"))


def kill_the_process_of(seed: int) -> None:
    (run,) = Path("sweep").glob(f"*_seed{seed:03}")
    _, process, _, host = (run / ".lock").read_text().split()
    if host != socket.gethostname():
        pytest.skip("a process of another machine cannot be killed from here")
    os.kill(int(process), signal.SIGKILL)


def rows(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_jobs_of_a_cluster_come_to_the_same_as_here(train: Train) -> None:
    words = ("-m", "seed=0,1", "trainer.max_epochs=2")
    here = train(*words, "hydra.sweep.dir=here")
    there = train(*words, "hydra.sweep.dir=there", *SLURM)

    assert (here.returncode, there.returncode) == (0, 0), there.stdout
    assert statuses(Path("there")) == [("finished", 1)] * 2
    runs = [run for run in sorted(Path("here").glob("*_seed*")) if run.is_dir()]
    assert [rows(run) for run in runs] == [rows(Path("there", run.name)) for run in runs]
    assert len(re.findall(r"(?m)^\S+_seed00[01]  val/acc 0\.\d+  90 steps", there.stdout)) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_cancelled_killed_and_requeued_jobs_go_on_by_the_same_command(train: Train) -> None:
    words = ("-m", "seed=0,1,2", "trainer.max_epochs=60", "hydra.sweep.dir=sweep", *SLURM)
    command = [sys.executable, "-m", "lr_plugin", "train", *words]
    parent = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(SOURCES)})
    try:
        wait_for(lambda: trains(0) and trains(1))
        name = next(Path("sweep/.submitit").glob("*_0")).name.removesuffix("_0")
        kill_the_process_of(0)
        slurm("scontrol", "requeue", f"{name}_1")
        wait_for(lambda: trains(2))  # there may be room for two jobs only
        slurm("scancel", f"{name}_2")
        wait_for(lambda: [status for status, _ in statuses(Path("sweep"))] == HOW_THEY_ENDED)
    finally:
        parent.kill()
        parent.wait()

    again = train(*words)
    assert again.returncode == 0, again.stdout
    assert statuses(Path("sweep")) == [("finished", 2)] * 3
    train("-m", "seed=0", "trainer.max_epochs=60", "hydra.sweep.dir=whole")
    (whole,) = Path("whole").glob("*_seed000")
    assert rows(Path("sweep", whole.name)) == rows(whole)
