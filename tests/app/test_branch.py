"""`branch=true`: what a user types to cool a run down from its checkpoint."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Train = Callable[..., CompletedProcess[str]]

COOLDOWN = ("branch=true", "schedule=cooldown", "schedule.phases.cooldown.duration=20 steps")
LAST = "ckpt_path=trunk/checkpoints/last.ckpt"


@pytest.fixture(scope="module")
def trunk(train_once: Train) -> Train:
    """A finished constant phase of two epochs, which are 90 steps."""
    ran = train_once("schedule=constant", "trainer.max_epochs=2", "hydra.run.dir=trunk")
    assert ran.returncode == 0, ran.stdout
    return train_once


def result(folder: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(Path(folder, "result.json").read_text())
    return read


def content(folder: str) -> dict[str, str]:
    files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_finished_trunk_is_cooled_down_and_left_as_it_was(trunk: Train) -> None:
    before = content("trunk")
    ran = trunk(*COOLDOWN, LAST, "hydra.run.dir=branch")

    assert ran.returncode == 0, ran.stdout
    assert (result("branch")["status"], result("branch")["steps"]) == ("finished", 110)
    assert content("trunk") == before
    plan = json.loads(Path("branch", "schedule.json").read_text())["rules"]["lr"]
    phases = [(each["name"], each["start"], each["stop"]) for each in plan["segments"]]
    assert phases == [("trunk", 0, 90), ("cooldown", 90, 110)]


def test_the_branch_begins_at_the_learning_rate_of_the_trunk(trunk: Train) -> None:
    with pytest.warns(UserWarning, match="lr goes on from 0.1 at 0.1, as if 0.1 were configured"):
        ran = trunk(*COOLDOWN, LAST, "optimizer.lr=0.5", "hydra.run.dir=other")

    assert ran.returncode == 0, ran.stdout
    logged = Path("other", "metrics.csv").read_text().splitlines()
    first = dict(zip(logged[0].split(","), logged[1].split(","), strict=True))
    assert (first["step"], first["lr"]) == ("90", "0.1")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "there is no checkpoint to branch from; add ckpt_path=..."),
        ([LAST, "~callbacks/lr_scheduler", "~callbacks/schedule_monitor"], "put callbacks/lr_sch"),
        ([LAST, "trainer.max_epochs=2"], "the branch made no step: at step 90 and epoch 2"),
        ([LAST, "+trainer.max_steps=100"], "ends at step 110, counted from the start of its trunk"),
    ],
)
def test_what_cannot_be_branched_is_said(
    trunk: Train, tmp_path: Path, words: list[str], reason: str
) -> None:
    folder = str(tmp_path)
    ran = trunk(*COOLDOWN, *words, f"hydra.run.dir={folder}")

    assert ran.returncode == 1
    assert reason in ran.stdout
    assert reason in str(result(folder)["reason"])


def test_a_branch_that_broke_off_goes_on_like_any_run(trunk: Train) -> None:
    longer = (*COOLDOWN[1:2], "schedule.phases.cooldown.duration=90 steps")
    every = ("callbacks.checkpoint.save_top_k=-1", "callbacks.checkpoint.filename='{step}'")
    whole = trunk(COOLDOWN[0], *longer, *every, LAST, "hydra.run.dir=whole")
    assert whole.returncode == 0, whole.stdout
    half = "ckpt_path='whole/checkpoints/step=135.ckpt'"
    rest = trunk(*longer, *every, half, "trainer.max_epochs=-1", "hydra.run.dir=rest")

    assert rest.returncode == 0, rest.stdout
    assert result("whole")["steps"] == result("rest")["steps"] == 180
    assert result("whole")["final"] == result("rest")["final"]


def test_a_schedule_without_stop_keeps_the_trainers_length(trunk: Train) -> None:
    words = ["branch=true", "schedule=linear", LAST, "trainer.max_epochs=3"]
    with pytest.warns(UserWarning, match="as if 0.3 were configured, not 0.1"):
        ran = trunk(*words, "hydra.run.dir=linear")

    assert ran.returncode == 0, ran.stdout
    assert result("linear")["steps"] == 135
