"""Several processes that train one model: one record, one log, one voice, and one end."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lr_plugin.app.cli import main
from tests import forked
from tests.app.conftest import USER_PROJECT, Train

DDP = ("+trainer.strategy=ddp", "trainer.devices=2")
OWN = (
    *("task.model._target_=mine.Misbehaves", "task.data._target_=mine.Data", "task.batch_size=5"),
    *("task.monitor=val_error", "task.mode=min"),
)
SHORT = "trainer.max_epochs=3"


def environment(how: str) -> dict[str, str]:
    paths = os.pathsep.join([str(USER_PROJECT), *sys.path])
    return {"MISBEHAVE": how, "PYTHONPATH": paths}


def ran(folder: Path, how: str, *words: str) -> CompletedProcess[str]:
    line = ["train", *words, *DDP, *OWN]
    return forked.run(main, line, folder=folder, environment=environment(how))


def record(run: Path) -> dict[str, Any]:
    return json.loads((run / "result.json").read_text())  # type: ignore[no-any-return] # ours


def test_the_second_process_of_a_run_leaves_record_log_and_screen_to_the_first(
    tmp_path: Path,
) -> None:
    ended = ran(tmp_path, "goes_on", SHORT, "hydra.run.dir=run")
    found, log = record(tmp_path / "run"), (tmp_path / "run/train.log").read_text()
    line = f"run  val_error {found['final']:.4f}  6 steps  {found['seconds']:.1f} s"
    assert ended.returncode == 0, ended.stdout
    assert [text for text in ended.stdout.splitlines() if not text.startswith("advice ")] == [
        line,
        "run directory    run",
        "report           lr-plugin compare run",
        "TensorBoard      tensorboard --logdir run",
    ]
    assert (log.count(line), found["status"], found["steps"]) == (1, "finished", 6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]
    assert [*(tmp_path / "run").glob("train_ddp*")] == []


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["basic", "local"])
def test_each_job_of_a_sweep_starts_processes_of_its_own(tmp_path: Path, launcher: str) -> None:
    sweep = ("-m", "seed=0,1", "hydra.sweep.dir=sweep", f"hydra/launcher={launcher}")
    ended = ran(tmp_path, "goes_on", SHORT, *sweep)
    runs = [record(path.parent) for path in (tmp_path / "sweep").glob("*/result.json")]
    assert ended.returncode == 0, ended.stdout
    assert [(run["status"], run["steps"]) for run in runs] == [("finished", 6)] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sweep"]


@pytest.mark.slow
def test_a_run_ends_with_the_second_process_and_names_its_log(tmp_path: Path) -> None:
    ended = ran(tmp_path, "breaks_elsewhere", SHORT, "hydra.run.dir=run")
    found, other = record(tmp_path / "run"), Path("run/train_ddp_process_1.log")
    assert (ended.returncode, found["status"], found["epochs"]) == (1, "failed", 1)
    assert f"details          {other}" in ended.stdout.splitlines()
    assert "RuntimeError: broken\non purpose" in (tmp_path / other).read_text()


def interruptible(words: list[str]) -> int:
    # a shell has what it starts in the background ignore Ctrl-C, and that would be inherited
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return main(words)


def started(folder: Path) -> ForkServerProcess:
    running = forked.start(
        interruptible,
        ["train", *DDP, *OWN, "trainer.max_epochs=100000", "hydra.run.dir=run"],
        folder=folder,
        printed=folder / "printed",
        environment=environment("goes_on"),
    )
    while not (folder / "run/progress.json").exists() and running.is_alive():
        time.sleep(0.05)
    return running


@pytest.mark.slow
@pytest.mark.parametrize("send", [os.killpg, os.kill])
def test_ctrl_c_ends_both_and_is_said_once(
    tmp_path: Path, send: Callable[[int, int], None]
) -> None:
    running = started(tmp_path)
    assert running.pid is not None
    send(running.pid, signal.SIGINT)
    running.join()
    said = (tmp_path / "printed").read_text()
    assert (running.exitcode, said.count("\ninterrupted: ")) == (130, 1)
    assert record(tmp_path / "run")["status"] == "interrupted"
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, signal.SIGTERM)


def test_a_loss_that_is_no_number_in_one_process_is_a_divergence_in_all(tmp_path: Path) -> None:
    folder = tmp_path / "cwd"
    folder.mkdir()
    words = ["train", *DDP, *OWN, SHORT, "hydra.run.dir=run", "trainer.check_val_every_n_epoch=3"]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment("diverges_elsewhere").items():
            patch.setenv(name, value)
        first, second = forked.run_ranks(main, words, folder=folder, count=2)
    found = record(folder / "run")
    assert (found["status"], found["reason"]) == ("diverged", "train loss is nan after 3 steps")
    assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")


def test_copies_of_the_process_are_refused_because_their_metrics_would_be_lost(
    train: Train,
) -> None:
    ended = train("+trainer.strategy=ddp_spawn", "trainer.devices=2", "hydra.run.dir=run")
    assert (ended.returncode, record(Path("run"))["steps"]) == (1, 0)
    assert record(Path("run"))["reason"] == (
        "ConfigError: trainer.strategy: 'ddp_spawn' trains in copies of this process, whose "
        "metrics are lost with them; write trainer.strategy=ddp"
    )
