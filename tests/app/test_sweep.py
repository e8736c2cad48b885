import csv
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from lr_plugin.app.lock import locked
from lr_plugin.app.sweep_file import note_interruption
from lr_plugin.compare.records import read_records
from lr_plugin.compare.series import read_series

Train = Callable[..., CompletedProcess[str]]

RUNNING = '{"status": "running", "reason": null, "seed": 3}'


@pytest.fixture(scope="module")
def ran(train_once: Train) -> CompletedProcess[str]:
    return train_once(
        *("schedule=constant,warmup_cosine", "-m", "seed=0,1", "optimizer.lr=0.1,1e30"),
        *("trainer.max_epochs=2", "hydra.sweep.dir=sweep", "task.batch_size=64"),
    )


@pytest.fixture(scope="module")
def folder(ran: CompletedProcess[str]) -> Path:
    return Path(ran.stdout.splitlines()[0].split()[-1]).absolute()


def test_every_combination_has_a_directory_that_says_what_it_is(folder: Path) -> None:
    same = "task.batch_size-64_trainer.max_epochs-2"
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        "000__comparison",
        f"constant_lr0.1_{same}_seed000",
        f"constant_lr0.1_{same}_seed001",
        f"constant_lr1e+30_{same}_seed000",
        f"constant_lr1e+30_{same}_seed001",
        f"warmup_cosine_lr0.1_{same}_seed000",
        f"warmup_cosine_lr0.1_{same}_seed001",
        f"warmup_cosine_lr1e+30_{same}_seed000",
        f"warmup_cosine_lr1e+30_{same}_seed001",
    ]


def test_a_diverged_job_is_a_result_the_others_are_run_and_the_command_succeeds(
    ran: CompletedProcess[str], folder: Path
) -> None:
    records = read_records(folder)
    assert [record.status for record in records] == [*["finished"] * 2, *["diverged"] * 2] * 2
    assert all("train loss is" in str(one.reason) for one in records if one.status == "diverged")
    assert ran.returncode == 0


def test_the_table_is_printed_with_what_it_is_and_what_it_is_not(
    ran: CompletedProcess[str], folder: Path
) -> None:
    lines = ran.stdout.splitlines()
    start = lines.index("val/acc of digits_mlp at the end of 8 runs (higher is better)")
    ends = [record.final for record in read_records(folder)[:2]]
    low, high = sorted(end for end in ends if end is not None)
    header, *rows = lines[start + 2 : start + 5]
    (constant,) = (row for row in rows if row.startswith("constant"))
    assert header.split("  ")[0] == "schedule"
    assert constant.split()[:7] == (
        f"constant 0.1 ! 2 {(low + high) / 2:.4f} {(low + high) / 2:.4f} {low:.4f}".split()
    )
    assert "2 seeds cannot decide 1 comparison, whatever the numbers" in ran.stdout


def test_every_run_that_did_not_finish_is_counted_with_its_reason(
    ran: CompletedProcess[str],
) -> None:
    lines = ran.stdout.splitlines()
    start = lines.index("did not finish (the train.log of each has more):")
    listed = lines[start + 1 : lines.index("", start)]
    counts = [int(line.split()[0]) if " runs (" in line else 1 for line in listed]
    assert sum(counts) == 4
    assert all("diverged: train loss is" in line for line in listed)


def test_the_table_is_saved_as_markdown_and_with_all_digits_as_csv(folder: Path) -> None:
    with (folder / "000__comparison/runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    first = read_records(folder)[0]
    assert [row["final"] for row in rows if row["folder"].endswith(first.folder.name)] == [
        str(first.final)
    ]
    assert [row["diverged"] for row in rows].count("True") == 4
    assert "| constant | 0.1 ! | 2 |" in (folder / "000__comparison/table.md").read_text()


def test_the_last_line_opens_tensorboard_on_all_runs(ran: CompletedProcess[str]) -> None:
    assert ran.stdout.splitlines()[-1] == "TensorBoard      tensorboard --logdir sweep"


def test_a_seed_gives_the_same_first_batches_whatever_the_schedule(folder: Path) -> None:
    series = [read_series(record.folder) for record in read_records(folder)]
    constant, cosine, other_seed = (series[index]["train/loss"][1][0] for index in (0, 4, 1))
    assert constant != cosine  # a warm-up moves less in ten steps
    assert constant != other_seed
    hashes = [record.setting_hash for record in read_records(folder)]
    assert hashes[0] == hashes[1] != hashes[4]


def test_what_else_is_swept_names_the_rows(train: Train) -> None:
    ran = train(
        *("-m", "schedule=wsd", "schedule.phases.decay.duration=20%,50%"),
        *("trainer.max_epochs=1", "hydra.sweep.dir=sweep"),
    )
    found = [line.rpartition("  0.1  ")[0].strip() for line in ran.stdout.splitlines()]
    assert sorted(name for name in found if name) == [
        "wsd decay.duration=20%",
        "wsd decay.duration=50%",
    ]


def test_an_experiment_is_a_sweep_and_its_values_can_be_changed(train: Train) -> None:
    ran = train(
        *("experiment=six_schedules", "schedule=cosine,sgdr", "seed=7", "trainer.max_epochs=1"),
        "hydra.sweep.dir=sweep",
    )
    assert ran.returncode == 0
    assert [path.name for path in sorted(Path("sweep").glob("*_seed007"))] == [
        "cosine_lr0.1_trainer.max_epochs-1_seed007",
        "sgdr_lr0.1_trainer.max_epochs-1_seed007",
    ]
    assert "All ran at one shared learning rate, 0.1" in ran.stdout
    assert "One seed each: nothing tells a difference between schedules" in ran.stdout


def test_jobs_in_several_processes_come_to_the_same_table(train: Train) -> None:
    sweep = ("-m", "schedule=wsd,linear", "seed=0,1", "trainer.max_epochs=1")
    one = train(*sweep, "hydra.sweep.dir=one")
    two = train(
        *(*sweep, "hydra.sweep.dir=two", "hydra/launcher=local", "hydra.launcher.n_jobs=2"),
    )
    assert (one.returncode, two.returncode) == (0, 0)
    table = "000__comparison/table.csv"
    assert Path("one", table).read_text() == Path("two", table).read_text()


def test_jobs_that_died_with_an_interrupted_command_are_interrupted_and_others_are_left_alone(
    tmp_path: Path,
) -> None:
    texts = {"died": RUNNING, "lives": RUNNING, "done": '{"status": "finished"}', "half": "{"}
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(text)
    with locked(tmp_path / "lives", wait=False):
        note_interruption(tmp_path)
    found = {name: (tmp_path / name / "result.json").read_text() for name in texts}
    told = {"status": "interrupted", "reason": "by the user", "seed": 3}

    assert json.loads(found.pop("died")) == told
    assert found == {name: text for name, text in texts.items() if name != "died"}
