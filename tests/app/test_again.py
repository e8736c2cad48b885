import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from threading import Thread
from time import sleep

import pytest
import torch

from lr_plugin.app.again import before, set_aside
from lr_plugin.app.continuing import keep_rows, newest
from lr_plugin.app.keeping import AtomicCheckpointIO, KeepingCSVLogger
from lr_plugin.app.lock import LockedError, holder, is_locked, locked

Train = Callable[..., CompletedProcess[str]]

OWN = ("task.model._target_=mine.Noisy", "task.data._target_=mine.Shuffled", "task.batch_size=5")
SHORT = ("task.monitor=val_error", "task.mode=min", "trainer.max_epochs=3", "schedule=wsd")
EVERY = "trainer.log_every_n_steps=1"
SWEEP = (*OWN, *SHORT, "-m", "hydra.sweep.dir=sweep")


def record(run: str | Path) -> dict[str, object]:
    return json.loads(Path(run, "result.json").read_text())  # type: ignore[no-any-return] # ours


def rows(run: str | Path) -> list[dict[str, str]]:
    with Path(run, "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def weights(run: str | Path) -> dict[str, torch.Tensor]:
    content = torch.load(Path(run, "checkpoints/last.ckpt"), weights_only=False)
    return content["state_dict"]  # type: ignore[no-any-return] # Lightning's


def test_an_interrupted_run_goes_on_with_identical_weights_metrics_and_record(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "goes_on")
    assert train(*OWN, *SHORT, EVERY, "hydra.run.dir=whole").returncode == 0
    monkeypatch.setenv("MISBEHAVE", "interrupts")
    assert train(*OWN, *SHORT, EVERY, "hydra.run.dir=cut").returncode == 130
    assert (record("cut")["status"], record("cut")["attempts"]) == ("interrupted", 1)
    monkeypatch.setenv("MISBEHAVE", "goes_on")
    ran = train(*OWN, *SHORT, EVERY, "hydra.run.dir=cut")
    assert "cut  was interrupted: goes on after 4 steps" in ran.stdout
    assert rows("cut") == rows("whole")
    assert all(torch.equal(weights("cut")[name], value) for name, value in weights("whole").items())
    differ = {name for name, value in record("whole").items() if record("cut")[name] != value}
    assert differ == {"attempts", "seconds"}
    assert record("cut")["attempts"] == 2
    assert record("cut")["planned_steps"] == record("cut")["steps"] == 12
    assert len([*Path("cut").glob("events.*")]) == 2
    again = train(*OWN, *SHORT, EVERY, "hydra.run.dir=cut")
    assert "12 steps" in again.stdout
    assert "(was there)" in again.stdout
    assert record("cut")["attempts"] == 2


def test_a_run_without_a_checkpoint_starts_again_with_rows_of_its_own(train: Train) -> None:
    words = ("trainer.max_epochs=1", "hydra.run.dir=run", EVERY)
    train(*words)
    whole, written = rows("run"), record("run")
    Path("run/checkpoints/last.ckpt").unlink()
    Path("run/result.json").write_text(json.dumps({**written, "status": "running"}))
    ran = train(*words)
    assert "run  was interrupted before its first checkpoint: starts again" in ran.stdout
    assert rows("run") == whole


def test_a_changed_config_is_run_anew_and_the_old_run_is_moved_aside_whole(train: Train) -> None:
    recipe = Path("conf/schedule/mine.yaml")
    recipe.parent.mkdir(parents=True)
    sweep = ("-m", "--config-dir", "conf", "schedule=mine", "trainer.max_epochs=1")
    recipe.write_text("{kind: sequence, phases: {main: {kind: constant}}}")
    train(*sweep, "hydra.sweep.dir=sweep", "seed=0")
    (run,) = Path("sweep").glob("*_seed000")
    old, config = record(run), (run / ".hydra/config.yaml").read_text()
    recipe.write_text("{kind: sequence, phases: {main: {kind: linear}}}")
    ran = train(*sweep, "hydra.sweep.dir=sweep", "seed=0,1")
    (aside,) = Path("sweep_aside").iterdir()
    assert f"{run.name}  changed: what was there is now in {aside}" in ran.stdout
    assert "2 jobs: 1 changed, 1 new" in ran.stdout
    assert (record(aside), (aside / ".hydra/config.yaml").read_text()) == (old, config)
    assert record(run)["config_hash"] != old["config_hash"]
    assert record(run)["steps"] == 45
    again = train(*sweep, "hydra.sweep.dir=sweep", "seed=0,1")
    assert "2 jobs: 2 ended" in again.stdout
    assert f"{run.name}  finished before" in again.stdout


def test_failed_jobs_are_run_again_by_the_command_that_the_end_prints(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "breaks")
    ran = train(*SWEEP, "seed=0")
    *_, counted, command = ran.stdout.splitlines()
    assert counted == "without a result 1 of 1 runs: 1 failed"
    assert command.startswith("to go on         lr-plugin train -m ")
    monkeypatch.setenv("MISBEHAVE", "goes_on")
    again = train(*command.split("lr-plugin train ")[1].split())
    assert again.returncode == 0
    assert "failed before, now in sweep_aside/" in again.stdout
    (run,) = Path("sweep").glob("*_seed000")
    (aside,) = Path("sweep_aside").iterdir()
    assert (record(run)["status"], record(run)["attempts"]) == ("finished", 2)
    assert record(aside)["status"] == "failed"


def test_a_second_command_on_a_directory_refuses_and_names_the_first(train: Train) -> None:
    Path("sweep").mkdir()
    with locked(Path("sweep"), wait=False):
        ran = train("-m", "hydra.sweep.dir=sweep")
    assert f"'sweep' is in use by process {os.getpid()} on " in ran.stderr
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert [path.name for path in Path("sweep").iterdir()] == [".lock"]


def kill_when_awaited(process: subprocess.Popen[bytes], log: Path) -> None:
    while not log.is_file() or "waiting" not in log.read_text("utf-8"):
        sleep(0.05)
    process.kill()


def test_a_run_waits_for_the_process_that_runs_it_even_if_that_is_killed(train: Train) -> None:
    Path("run").mkdir()
    lines = ("lock = FileLock('run/.lock')", "lock.acquire()", "print(flush=True)", "input()")
    code = "\n".join(["from filelock import FileLock", *lines])
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert is_locked(Path("run"))
        Path("run/.lock").write_text("process 1 on elsewhere")
        Thread(target=kill_when_awaited, args=(other, Path("run/train.log"))).start()
        ran = train("trainer.max_epochs=1", "hydra.run.dir=run")
    assert "run  is being run by process 1 on elsewhere: waiting for it to end" in ran.stdout
    assert record("run")["status"] == "finished"
    assert not is_locked(Path("run"))


def test_a_process_that_helps_another_to_train_neither_waits_for_it_nor_writes_its_record(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("run").mkdir()
    monkeypatch.setenv("LOCAL_RANK", "1")
    with locked(Path("run"), wait=False):
        ran = train("trainer.max_epochs=1", "hydra.run.dir=run")
    assert ran.returncode == 0
    assert not Path("run/result.json").exists()
    assert Path("run/schedule.json").exists()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("seed=0,0",), "two jobs would write into 'warmup_cosine_lr0.1_seed000'"),
        (("hydra.sweep.subdir=one", "seed=0,1"), "name what differs in hydra.sweep.subdir"),
        (("hydra.sweep.subdir=${hydra.job.num}",), "choose hydra/sweeper=basic"),
    ],
)
def test_jobs_that_could_not_be_told_apart_are_refused_before_any_is_run(
    train: Train, words: tuple[str, ...], answer: str
) -> None:
    ran = train("-m", "hydra.sweep.dir=sweep", *words)
    assert answer in ran.stderr
    assert ran.returncode == 1
    assert [*Path("sweep").glob("*/result.json")] == []


def test_a_half_written_record_is_moved_aside_and_the_run_is_run(train: Train) -> None:
    words = ("-m", "trainer.max_epochs=1", "hydra.sweep.dir=sweep")
    train(*words)
    (path,) = Path("sweep").glob("*/result.json")
    path.write_text(path.read_text()[:100])
    ran = train(*words)
    assert "unreadable: what was there is now in sweep_aside/" in ran.stdout
    assert (record(path.parent)["status"], ran.returncode) == ("finished", 0)


def test_a_lock_is_for_one_and_says_whose_it_is(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with locked(tmp_path, wait=False):
        assert is_locked(tmp_path)
        assert holder(tmp_path).startswith(f"process {os.getpid()} on ")
        with pytest.raises(LockedError, match="wait for its end"), locked(tmp_path, wait=False):
            pass
    with locked(tmp_path, wait=False):
        pass


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (None, "new"),
        ('{"status": "finished", "config_hash": "a"}', "ended"),
        ('{"status": "diverged", "config_hash": "a"}', "ended"),
        ('{"status": "running", "config_hash": "a"}', "interrupted"),
        ('{"status": "interrupted", "config_hash": "a"}', "interrupted"),
        ('{"status": "failed", "config_hash": "a"}', "failed"),
        ('{"status": "running", "config_hash": "b"}', "changed"),
        ('{"status": "lost", "config_hash": "a"}', "unreadable"),
        ('{"status": "fini', "unreadable"),
        ("[]", "unreadable"),
    ],
)
def test_a_record_says_what_is_to_be_done(tmp_path: Path, content: str | None, state: str) -> None:
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    assert before(tmp_path, "a").state == state


def test_files_of_a_run_without_a_record_are_not_taken_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step\n")
    assert before(tmp_path, "a").state == "unreadable"
    assert before(tmp_path, "a").attempts == 0


def test_what_is_moved_aside_is_numbered_and_keeps_what_it_is_told_to(tmp_path: Path) -> None:
    run = tmp_path / "sweep" / "run"
    run.mkdir(parents=True)
    for number in (1, 2):
        for name in (".lock", "result.json", "train.log"):
            (run / name).write_text(str(number))
        aside = set_aside(run, tmp_path / "sweep", keep=["train.log"])
        assert aside == tmp_path / "sweep_aside" / f"run.{number}"
        assert [path.name for path in aside.iterdir()] == ["result.json"]
        assert sorted(path.name for path in run.iterdir()) == [".lock", "train.log"]


def test_the_newest_checkpoint_that_is_whole_is_taken(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    folder = tmp_path / "checkpoints"
    for steps in (10, 20):
        AtomicCheckpointIO().save_checkpoint({"global_step": steps}, folder / f"{steps}.ckpt")
        os.utime(folder / f"{steps}.ckpt", (steps, steps))
    assert newest(tmp_path) == (folder / "20.ckpt", 20)
    content = (folder / "20.ckpt").read_bytes()
    (folder / "20.ckpt").write_bytes(content[: len(content) // 2])
    assert newest(tmp_path) == (folder / "10.ckpt", 10)
    (folder / "10.ckpt").write_bytes(b"")
    assert newest(tmp_path) is None
    assert [path.suffix for path in folder.iterdir()] == [".ckpt"] * 2


def test_rows_past_a_checkpoint_and_half_a_row_are_dropped(tmp_path: Path) -> None:
    keep_rows(tmp_path, 5)
    path = tmp_path / "metrics.csv"
    path.write_text("lr,step\n0.1,4\n0.2,5\n0.3,4\n0.1,")
    keep_rows(tmp_path, 5)
    assert path.read_text().split() == ["lr,step", "0.1,4", "0.3,4"]
    path.rename(tmp_path / ".metrics.csv")
    keep_rows(tmp_path, 0)
    assert path.read_text().split() == ["lr,step"]


@pytest.mark.filterwarnings("ignore:Experiment logs directory")  # it is what is tested
def test_the_logger_goes_on_with_the_rows_that_are_there(tmp_path: Path) -> None:
    for step in (0, 1):
        logger = KeepingCSVLogger(tmp_path, name="", version="")
        logger.log_metrics({"a": step}, step)
        logger.save()
    logger.log_metrics({"b": 2}, 2)
    logger.save()
    assert [(row["a"], row["b"], row["step"]) for row in rows(tmp_path)] == [
        ("0", "", "0"),
        ("1", "", "1"),
        ("", "2", "2"),
    ]


@pytest.mark.parametrize("written", [".", "", "..", "project"])
def test_what_is_no_directory_of_a_run_is_left_alone(
    train: Train, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    Path("home/project/checkpoints").mkdir(parents=True)
    Path("home/metrics.csv").write_text("mine")
    monkeypatch.chdir("home")
    ran = train(f"hydra.run.dir={written}", "trainer.max_epochs=1")
    why = "holds checkpoints or metrics without the record" if written == "project" else "is the wo"

    assert (ran.returncode, ran.stdout) == (1, "")
    assert why in ran.stderr.splitlines()[-1]
    assert Path("metrics.csv").read_text() == "mine"
    assert [*Path("..").glob("**/*_aside")] == []


def test_a_run_is_where_hydra_writes(train: Train) -> None:
    ran = train("run_dir=elsewhere", "trainer.max_epochs=1")

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        "run_dir: 'elsewhere' is not where Hydra writes; write hydra.run.dir=elsewhere instead"
    )


def test_jobs_of_a_sweep_in_the_working_directory_are_moved_beside_it(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("home/warmup_cosine_lr0.1_seed000/checkpoints").mkdir(parents=True)
    monkeypatch.chdir("home")
    ran = train("-m", "hydra.sweep.dir=.", "seed=0", "trainer.max_epochs=1")

    assert ran.returncode == 0
