import csv
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from omegaconf import OmegaConf
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from lr_plugin.schedule import Span, identity, load

Train = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def ran(train_once: Train) -> CompletedProcess[str]:
    return train_once("schedule=wsd", "trainer.max_epochs=2", "seed=3")


@pytest.fixture(scope="module")
def folder(ran: CompletedProcess[str]) -> Path:
    return Path(ran.stdout.splitlines()[1].split()[-1]).absolute()


@pytest.fixture(scope="module")
def result(folder: Path) -> dict[str, object]:
    return json.loads((folder / "result.json").read_text())  # type: ignore[no-any-return] # ours


@pytest.fixture(scope="module")
def events(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_it_prints_the_result_the_directory_the_advice_and_how_to_see_more(
    ran: CompletedProcess[str], folder: Path, result: dict[str, object]
) -> None:
    first, second, third, fourth, fifth = ran.stdout.splitlines()
    assert first.startswith(f"{folder.name}  val/acc {result['final']:.4f}  90 steps  ")
    assert second == f"run directory    outputs/runs/{folder.name}"
    assert third.startswith("advice           learning rate after 100% (step 90): ")
    assert fourth == f"report           lr-plugin compare outputs/runs/{folder.name}"
    assert fifth == f"TensorBoard      tensorboard --logdir outputs/runs/{folder.name}"
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_run_directory_holds_what_it_should_and_no_more(folder: Path) -> None:
    (events,) = folder.glob("events.out.tfevents.*")
    expected = {
        *(".hydra", ".lock", "checkpoints", "hparams.yaml", "metrics.csv", "result.json"),
        *("advice.jsonl", "schedule.json", "train.log", events.name),
    }
    assert {path.name for path in folder.iterdir()} == expected
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["last.ckpt"]


def test_the_composed_config_is_kept(folder: Path) -> None:
    config = OmegaConf.load(folder / ".hydra" / "config.yaml")
    assert (config.seed, config.trainer.max_epochs) == (3, 2)
    assert list(config.schedule.phases) == ["warmup", "stable", "decay"]


def test_the_result_says_what_was_run_and_what_came_of_it(result: dict[str, object]) -> None:
    expected = {
        "status": "finished",
        "reason": None,
        "task": "digits_mlp",
        "schedule": "wsd",
        "learning_rate": 0.1,
        "seed": 3,
        "metric": "val/acc",
        "mode": "max",
        "steps": 90,
        "epochs": 2,
        "overrides": ["schedule=wsd", "trainer.max_epochs=2", "seed=3"],
    }
    assert {name: result[name] for name in expected} == expected
    assert 0.5 < result["final"] <= result["best"] <= 1  # type: ignore[operator] # numbers


def test_the_resolved_schedule_has_absolute_steps_values_and_a_hash_that_can_be_checked(
    folder: Path,
) -> None:
    rule = json.loads((folder / "schedule.json").read_text())["rules"]["lr"]
    bounds = [(part["name"], part["start"], part["stop"]) for part in rule["segments"]]
    curve = load(rule["schedule"]).over(Span(rule["steps"], 45, 32))
    assert bounds == [("warmup", 0, 5), ("stable", 5, 72), ("decay", 72, 90)]
    assert rule["segments"][0]["first_value"] == curve(0) == 0.01
    assert rule["segments"][2]["last_value"] == curve(89)
    assert rule["hash"] == identity(curve)


def test_the_csv_has_the_rate_that_was_scheduled_and_the_metrics(
    folder: Path, rows: list[dict[str, str]]
) -> None:
    rates = {int(row["step"]): float(row["lr"]) for row in rows if row["lr"]}
    rule = json.loads((folder / "schedule.json").read_text())["rules"]["lr"]
    curve = load(rule["schedule"]).over(Span(90, 45, 32))
    assert rates == {step: pytest.approx(0.1 * curve(step)) for step in rates}
    assert {9, 19, 29, 39, 49, 59, 69, 79, 89} <= set(rates)
    assert [bool(row["val/acc"]) for row in rows].count(True) == 2
    assert sum(bool(row["train/loss"]) for row in rows) == 9


def test_tensorboard_has_the_scalars_the_phases_the_plan_and_the_hyperparameters(
    events: EventAccumulator,
) -> None:
    tags = events.Tags()
    assert {"lr", "train/loss", "val/acc", "val/loss", "final/val_acc"} <= set(tags["scalars"])
    assert tags["images"] == ["plan"]
    phases = [event.tensor_proto.string_val[0] for event in events.Tensors("phase/lr/text_summary")]
    assert phases == [b"warmup", b"stable", b"decay"]
    hyperparameters = events.summary_metadata["_hparams_/session_start_info"]
    content = hyperparameters.plugin_data.content
    assert all(name in content for name in (b"learning_rate", b"schedule", b"seed", b"recipe/kind"))


def test_the_hparams_tab_gets_the_final_metric_after_a_nan(
    events: EventAccumulator, result: dict[str, object]
) -> None:
    first, last = (event.value for event in events.Scalars("final/val_acc"))
    assert first != first  # noqa: PLR0124 - a NaN
    assert last == pytest.approx(result["final"])


def test_the_same_run_again_has_the_same_numbers(train: Train, rows: list[dict[str, str]]) -> None:
    train("schedule=wsd", "trainer.max_epochs=2", "seed=3", "hydra.run.dir=again")
    with Path("again/metrics.csv").open() as file:
        assert list(csv.DictReader(file)) == rows


def test_a_directory_that_holds_a_run_is_refused_and_left_as_it_is(
    train: Train,
) -> None:
    words = ("trainer.max_epochs=1", "hydra.run.dir=used")
    train(*words)
    before = Path("used/result.json").read_text()
    again = train(*words, "seed=1")
    assert again.returncode == 1
    assert "already holds a run: choose another directory" in again.stderr
    assert "Traceback" not in again.stderr
    assert Path("used/result.json").read_text() == before


def test_two_schedules_can_be_mounted_for_two_rules(train: Train) -> None:
    ran = train(
        *("~schedule", "+schedule@optim.lr=wsd", "+schedule@optim.wd=cosine"),
        *("callbacks.lr_scheduler.schedule=null", "optimizer.weight_decay=0.01", "-m"),
        "+callbacks.lr_scheduler.rules.lr.schedule=${optim.lr}",
        "+callbacks.lr_scheduler.rules.weight_decay.schedule=${optim.wd}",
        *("trainer.max_epochs=1", "hydra.sweep.dir=sweep"),
    )
    assert ran.returncode == 0, ran.stdout
    (written,) = Path("sweep").glob("own_lr0.1_*/schedule.json")
    rules = json.loads(written.read_text())["rules"]
    names = {name: [part["name"] for part in rule["segments"]] for name, rule in rules.items()}
    assert names == {"lr": ["warmup", "stable", "decay"], "weight_decay": ["main"]}


def test_a_run_that_ends_by_the_clock_records_the_time_that_it_was_given(train: Train) -> None:
    length = ("trainer.max_epochs=-1", "+trainer.max_time=00:00:00:01")
    assert train(*length, "hydra.run.dir=timed").returncode == 0
    result = json.loads(Path("timed/result.json").read_text())

    assert (result["planned_steps"], result["planned_seconds"]) == (None, 1.0)
    assert result["steps"] > 0


def test_tensorboard_is_named_where_there_is_something_to_see(train: Train) -> None:
    failed = train("+schedule.duration=5", "hydra.run.dir=failed")
    assert failed.returncode == 1
    assert "details          failed/train.log" in failed.stdout
    assert "TensorBoard" not in failed.stdout
