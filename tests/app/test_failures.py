import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from lr_plugin.compare.records import read_records
from tests.app.conftest import USER_PROJECT

Train = Callable[..., CompletedProcess[str]]

MINE = USER_PROJECT / "mine.py"
OWN = ("task.model._target_=mine.Misbehaves", "task.data._target_=mine.Data", "task.batch_size=5")
CHOOSE = "choose the optimizer that it was trained with"
SHORT = ("task.monitor=val_error", "task.mode=min", "trainer.max_epochs=3")
SWEEP = (*OWN, *SHORT, "-m", "hydra.sweep.dir=sweep")


def statuses() -> list[tuple[str, str | None]]:
    return [(record.status, record.reason) for record in read_records(Path("sweep"))]


def test_a_failed_job_is_recorded_the_others_are_run_and_the_command_fails(train: Train) -> None:
    ran = train("-m", "task.batch_size=0,64", "trainer.max_epochs=1", "hydra.sweep.dir=sweep")
    (failed, why), (finished, _) = statuses()
    assert (failed, finished, ran.returncode) == ("failed", "finished", 1)
    assert why == (
        "ConfigError: task.batch_size: 0 is not a whole number above 0; write task.batch_size=32"
    )
    name = "warmup_cosine_lr0.1_task.batch_size-0_trainer.max_epochs-1_seed000"
    assert f"  {name}  failed: {why}" in ran.stdout.splitlines()
    log = Path("sweep", name, "train.log").read_text()
    assert "Traceback" in log
    assert "Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("how", "reason", "line"),
    [
        ("breaks", "RuntimeError: broken on purpose", 'raise RuntimeError("broken\\non purpose")'),
        ("exits", "SystemExit: 3", "sys.exit(3)"),
    ],
)
def test_a_job_that_breaks_or_exits_takes_nothing_else_down(
    train: Train, monkeypatch: pytest.MonkeyPatch, how: str, reason: str, line: str
) -> None:
    monkeypatch.setenv("MISBEHAVE", how)
    ran = train(*SWEEP, "seed=0,1")
    number = 1 + [each.strip() for each in MINE.read_text().splitlines()].index(line)
    why = f"{reason} ({MINE}:{number})"
    assert statuses() == [("failed", why)] * 2
    assert ran.returncode == 1
    assert ran.stdout.count(f"failed: {why}\n") == 3  # as each ends, and at the end


def test_what_was_reached_before_a_failure_is_in_the_record(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "breaks")
    train(*OWN, *SHORT, "hydra.run.dir=run")
    result = json.loads(Path("run/result.json").read_text())
    assert (result["steps"], result["epochs"]) == (4, 1)
    assert result["final"] == result["best"] > 0


def test_an_interruption_ends_the_sweep_and_what_was_done_is_summarised(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "interrupts")
    ran = train(*SWEEP, "seed=0,1")
    assert statuses() == [("interrupted", "by the user")]
    assert ran.returncode == 130
    assert "_seed000  interrupted: by the user\n" in ran.stdout
    assert "val_error of digits_mlp at the end of 1 run (lower is better)" in ran.stdout


@pytest.mark.slow
def test_a_job_that_kills_its_worker_is_tried_twice_and_the_others_are_run(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "is_killed_with_seed_0")
    ran = train(*SWEEP, "seed=0,1", "hydra/launcher=local", "hydra.launcher.n_jobs=2")
    assert statuses() == [("running", None), ("finished", None)]
    assert ran.returncode == 1
    assert "_seed000  was lost with a worker process that died: once more" in ran.stdout
    assert "_seed000  running: it ended without a word (killed), or has not ended" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("to go on         lr-plugin train -m ")


def test_a_metric_that_is_not_logged_is_refused_after_the_first_epoch(train: Train) -> None:
    ran = train("task.monitor=val_accuracy", "hydra.run.dir=run")
    result = json.loads(Path("run/result.json").read_text())
    assert (result["status"], result["steps"], ran.returncode) == ("failed", 45, 1)
    assert result["reason"] == (
        "ValueError: task.monitor is 'val_accuracy', but the module logs train/loss, val/acc, "
        "val/loss: log it, or name one of these with task.monitor=... (and task.mode=min or max)"
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["schedule.phases.warmup.duration=5"],
            "schedule.phases.warmup.duration: 5 has no unit; write '5 steps', '5 epochs' or '5%'",
        ),
        (["schedule.phases.warmup.duration=5 stepps"], "schedule.phases.warmup.duration: "),
        (["schedule.phases.warmup.duration=2000 steps"], "schedule.phases"),
        (["schedule.phases.decay.kind=cosin"], "cosine"),
        (["optimizer.lr=fast"], "optimizer.lr: 'fast' is not a finite number of at least 0; write"),
        (
            ["optimizer.weight_decay=-1"],
            "optimizer.weight_decay: SGD cannot be made with -1: ValueError: Invalid weight_decay",
        ),
        (
            ["optimizer=adam", "optimizer.betas=5"],
            "optimizer: Adam cannot be made with lr=0.001, betas=5, weight_decay=0.0: TypeError: ",
        ),
        (["+optimizer.foo=3"], "unexpected keyword argument 'foo'; remove optimizer.foo"),
        (
            ["trainer.accelerator=gpx"],
            "trainer.accelerator: Trainer cannot be made with 'gpx': ValueError: You selected an",
        ),
        (["+trainer.strategy=dpp"], "trainer.strategy: Trainer cannot be made with 'dpp': "),
        (["ckpt_path=missing.ckpt"], "ckpt_path: 'missing.ckpt' is not there"),
        (["ckpt_path=no.ckpt", "branch=true", "schedule=cooldown"], "ckpt_path: 'no.ckpt' is not"),
        (["+callbacks.own.patience=3"], "callbacks.own: {'patience': 3} has no _target_"),
        (["task.model._target_=mine.Nothing"], "mine.Nothing"),
    ],
)
def test_bad_input_is_refused_before_the_first_batch_and_says_what_was_wrong(
    train: Train, words: list[str], reason: str
) -> None:
    ran = train(*words, "hydra.run.dir=run")
    result = json.loads(Path("run/result.json").read_text())
    assert (result["status"], result["steps"], ran.returncode) == ("failed", 0, 1)
    assert reason in result["reason"]
    assert f"run  failed: {result['reason']}" in ran.stdout.splitlines()
    assert "details          run/train.log" in ran.stdout.splitlines()


@pytest.mark.filterwarnings("ignore:on_change is")
@pytest.mark.parametrize(
    ("first", "word", "why"),
    [
        ("sgd", "task=digits_cnn", "model; name one of this task and net. torch says: Missing key"),
        ("sgd", "optimizer=adam", f"optimizer, whose state has no step; {CHOOSE}"),
        ("adam", "optimizer=sgd", f"optimizer, whose state has no dampening, momentum; {CHOOSE}"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused_before_the_first_batch(
    train: Train, first: str, word: str, why: str
) -> None:
    path = "first/checkpoints/last.ckpt"
    train(f"optimizer={first}", "trainer.max_epochs=1", "hydra.run.dir=first")
    anyhow = ("trainer.max_epochs=2", "callbacks.lr_scheduler.on_change=recompute")
    train(word, *anyhow, f"ckpt_path={path}", "hydra.run.dir=run")
    result = json.loads(Path("run/result.json").read_text())
    assert result["reason"].startswith(f"ConfigError: ckpt_path: {path!r} is of another {why}")
    assert (result["status"], [*Path("run").glob("metrics.csv")]) == ("failed", [])


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("schedule=warmup_cosin", "Did you mean schedule=warmup_cosine?"),
        ("experiment=six", "Did you mean experiment=six_schedules?"),
        ("optimizer.lrr=1", "Did you mean optimizer.lr?"),
        ("trainr=gpu", "Did you mean trainer?"),
        ("schedule.phases.warmupp.duration=3%", "Did you mean schedule.phases.warmup?"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest_right_one(
    train: Train, word: str, answer: str
) -> None:
    ran = train(word)
    assert ran.stderr.splitlines()[-1] == answer
    assert (ran.returncode, ran.stdout) == (1, "")
    assert not Path("outputs").exists()
