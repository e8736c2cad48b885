"""Recipes that react, from the command: what they do on the digits, and what the record says."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Train = Callable[..., CompletedProcess[str]]


def record(ran: CompletedProcess[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the result and the rule `lr` of schedule.json."""
    assert (ran.returncode, ran.stderr) == (0, "")
    folder = Path(ran.stdout.splitlines()[1].split()[-1])
    schedule = json.loads((folder / "schedule.json").read_text("utf-8"))
    return json.loads((folder / "result.json").read_text("utf-8")), schedule["rules"]["lr"]


def test_the_record_has_the_events_and_the_phases_as_they_were(train: Train) -> None:
    wanted = ["schedule=wsd_on_plateau", "schedule.triggers.plateau.patience=0"]
    result, rule = record(train(*wanted, "schedule.triggers.plateau.monitor=val/acc"))

    # A rate that rises is no plateau to the right eye; by mode=min it is one, at the second look.
    assert [event["event"] for event in rule["events"]] == ["plateau"]
    fired = rule["events"][0]["step"]
    assert [(part["name"], part["start"]) for part in rule["segments"]] == [
        ("warmup", 0),
        ("stable", 45),
        ("decay", fired),
    ]
    assert result["steps"] == rule["end"] == fired + 180 < 900


def test_a_plateau_lowers_the_rate_and_the_hash_is_that_of_the_plan(train: Train) -> None:
    impatient = "schedule.triggers.plateau.patience=0"
    rules = [record(train("schedule=reduce_on_plateau", "seed=0", impatient, epochs))[1]
             for epochs in ("trainer.max_epochs=1", "trainer.max_epochs=20")]  # fmt: skip
    short, long = rules

    assert (short["events"], short["hash"] == long["hash"]) == ([], False)
    assert [event["event"] for event in long["events"]][:1] == ["plateau"]
    last = long["segments"][-1]["last_value"]
    assert last == pytest.approx(max(0.1 ** len(long["events"]), 0.001))


@pytest.mark.parametrize("name", ["adaptive", "greedy", "wsd_on_demand"])
def test_every_recipe_that_reacts_runs_on_the_digits(train: Train, name: str) -> None:
    result, rule = record(train(f"schedule={name}", "trainer.max_epochs=2"))

    assert (result["status"], result["steps"]) == ("finished", 90)
    assert rule["events"] == []


def test_a_signal_takes_the_place_of_the_file(train: Train) -> None:
    words = ["schedule.triggers.cooldown.kind=signal", "~schedule.triggers.cooldown.path"]
    result, _ = record(train("schedule=wsd_on_demand", *words, "trainer.max_epochs=1"))

    assert result["status"] == "finished"


def test_a_metric_that_the_task_does_not_log_is_said_with_those_that_it_logs(train: Train) -> None:
    wrong = "schedule.triggers.plateau.monitor=val/los"
    ran = train("schedule=reduce_on_plateau", wrong, "trainer.max_epochs=1")

    assert "triggers.plateau.monitor: 'val/los' was not logged" in ran.stdout + ran.stderr
    assert "val/acc, val/loss" in ran.stdout + ran.stderr
