import csv
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Train = Callable[..., CompletedProcess[str]]

TASK = ("task.model._target_=mine.Misbehaves", "task.data._target_=mine.Data", "task.batch_size=5")
METRIC = ("task.monitor=val_error", "task.mode=min", "trainer.max_epochs=4", "schedule=wsd")


def lines(run: str) -> dict[str, list[str]]:
    with Path(run, "metrics.csv").open() as file:
        rows = [{**row, "epoch": ""} for row in csv.DictReader(file)]
    return {f"{row['step']} {name}": [row[name]] for row in rows for name in row if row[name]}


def test_a_run_that_broke_goes_on_from_its_checkpoint_with_identical_values(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = "trainer.log_every_n_steps=1"
    monkeypatch.setenv("MISBEHAVE", "breaks")
    assert train(*TASK, *METRIC, every, "hydra.run.dir=broken").returncode == 1
    monkeypatch.setenv("MISBEHAVE", "goes_on")
    assert train(*TASK, *METRIC, every, "hydra.run.dir=whole").returncode == 0
    checkpoint = "ckpt_path=broken/checkpoints/last.ckpt"
    assert train(*TASK, *METRIC, every, checkpoint, "hydra.run.dir=resumed").returncode == 0
    whole, resumed = lines("whole"), lines("resumed")
    assert resumed == {name: whole[name] for name in resumed}
    assert {int(name.split()[0]) for name in resumed} >= set(range(5, 16))
    ends = [json.loads(Path(run, "result.json").read_text()) for run in ("whole", "resumed")]
    assert ends[0]["final"] == ends[1]["final"]
    assert ends[0]["steps"] == ends[1]["steps"]


def test_digits_go_on_in_the_order_that_they_would_have_had(train: Train) -> None:
    common = ("schedule=constant", "trainer.log_every_n_steps=1")
    train(*common, "trainer.max_epochs=1", "hydra.run.dir=half")
    train(*common, "trainer.max_epochs=2", "hydra.run.dir=whole")
    checkpoint = "ckpt_path=half/checkpoints/last.ckpt"
    ran = train(*common, "trainer.max_epochs=2", checkpoint, "hydra.run.dir=resumed")
    assert ran.returncode == 0, ran.stdout
    whole, resumed = lines("whole"), lines("resumed")
    assert resumed == {name: whole[name] for name in resumed}
    assert sum(name.endswith("train/loss") for name in resumed) == 45


def test_a_checkpoint_of_another_schedule_is_refused_with_what_differs(train: Train) -> None:
    train("schedule=wsd", "trainer.max_epochs=1", "hydra.run.dir=first")
    checkpoint = "ckpt_path=first/checkpoints/last.ckpt"
    ran = train("schedule=cosine", "trainer.max_epochs=2", checkpoint, "hydra.run.dir=second")
    assert ran.returncode == 1
    assert "ScheduleError" in ran.stdout
