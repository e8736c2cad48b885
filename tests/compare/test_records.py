import json
from pathlib import Path
from typing import Any

import pytest

from lr_plugin.compare.record import RecordError, RunRecord, read_record
from lr_plugin.compare.records import find_runs, read_all, read_records
from lr_plugin.compare.said import Said
from lr_plugin.compare.series import read_series


def write(folder: Path, **content: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps({"status": "finished"} | content))
    return folder


def test_a_record_is_read_with_the_names_it_was_written_with(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", schedule="wsd", seed=3, final=0.5, overrides=["seed=3"])
    expected = RunRecord(
        folder=folder, status="finished", schedule="wsd", seed=3, final=0.5, overrides=("seed=3",)
    )
    assert read_record(folder) == expected


def test_what_a_later_version_adds_to_a_record_is_left_aside(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", energy_in_joules=3)
    assert read_record(folder) == RunRecord(folder=folder, status="finished")


def test_the_runs_of_a_sweep_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("002_b", "000_c", "001_a"):
        write(tmp_path / name)
    (tmp_path / "003_without_a_record").mkdir()
    names = [record.folder.name for record in read_records(tmp_path)]
    assert names == ["000_c", "001_a", "002_b"]


def test_what_was_moved_aside_is_no_run_of_the_sweep(tmp_path: Path) -> None:
    for name in ("sweep/a", "sweep_aside/a.1", "alone", "alone_aside/alone.1", "mine_aside/a"):
        write(tmp_path / name)
    found = [run.relative_to(tmp_path).as_posix() for run in find_runs(tmp_path)]

    assert found == ["alone", "mine_aside/a", "sweep/a"]
    assert list(find_runs(tmp_path / "sweep_aside")) == [tmp_path / "sweep_aside/a.1"]


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        ('{"tuning_seeds": [1000]}', [False, True]),
        ('{"baseline": "wsd"}', [False, False]),
        ('{"tuning_seeds": 1000}', [False, False]),
        ("[1000]", [False, False]),
        ("{", [False, False]),
    ],
)
def test_a_study_says_which_of_its_seeds_choose(
    tmp_path: Path, sweep: str, expected: list[bool]
) -> None:
    for name, seed in (("a", 0), ("b/c", 1000)):
        write(tmp_path / "study" / name, seed=seed, tuning=True)  # a record has no say in it
    (tmp_path / "study/sweep.json").write_text(sweep)
    write(tmp_path / "elsewhere", seed=1000)

    assert [one.tuning for one in read_all([tmp_path]).records] == [False, *expected]


def test_verdicts_are_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    verdict: dict[str, Any] = {"step": 9, "fraction": 0.1, "verdict": "keep", "confidence": "low"}
    verdict["signs"] = ["x"]
    good = write(tmp_path / "good", advice=[verdict])
    bad = write(tmp_path / "bad", advice=["keep"])

    assert read_record(good).advice == (Said(**{**verdict, "signs": ("x",)}),)
    with pytest.raises(RecordError, match="advice: 'keep' is no verdict"):
        read_record(bad)


@pytest.mark.parametrize("status", ["failed", "interrupted", "running"])
def test_what_a_run_was_refused_for_does_not_hide_its_reason(tmp_path: Path, status: str) -> None:
    wrong = {"metric": "val/acc", "mode": "maxx", "seed": "lucky", "steps": 0}
    folder = write(tmp_path / "run", **wrong, status=status, reason="task.mode: 'maxx' is not")

    assert read_record(folder) == RunRecord(
        folder=folder, status=status, reason="task.mode: 'maxx' is not"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is half-written or no JSON (Expecting property name"),
        ("[1]", "says nothing of a status: no record of a run"),
        ('{"status": 3}', "says nothing of a status: no record of a run"),
        ('{"status": "finished", "mode": "maxx"}', "has 'maxx' for 'mode'"),
        ('{"status": "finished", "seed": "x"}', "has 'x' for 'seed'"),
        ('{"status": "diverged", "metric": null}', "has None for 'metric'"),
    ],
)
def test_what_is_no_record_is_said_with_a_remedy(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path)

    assert str(caught.value).startswith(f"result.json {why}")
    assert str(caught.value).endswith(
        "; write the command of the run once more, or remove the directory"
    )


def test_a_folder_without_a_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_record(tmp_path)


def test_series_skip_what_was_not_logged_at_a_step(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,lr,step,val/acc\n0,0.1,9,\n0,,44,0.5\n1,0.2,59,\n")
    assert read_series(tmp_path) == {"lr": ([9, 59], [0.1, 0.2]), "val/acc": ([44], [0.5])}


def test_a_run_that_logged_nothing_has_no_series(tmp_path: Path) -> None:
    assert read_series(tmp_path) == {}
    (tmp_path / "metrics.csv").write_text("")
    assert read_series(tmp_path) == {}


def test_of_a_half_written_line_nothing_is_read(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step,lr\n0,0.125\n9,0.12")
    assert read_series(tmp_path) == {"lr": ([0], [0.125])}


@pytest.mark.parametrize("text", ["step,lr\n", "step,lr", "step,lr\n0,\n"])
def test_a_series_without_a_value_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.csv").write_text(text)
    assert read_series(tmp_path).get("lr", ([], [])) == ([], [])


@pytest.mark.parametrize(
    "rows",
    [
        "0,0.1\n9\n",
        "0,0.1,7\n",
        "0,many\n",
        "0.5,0.1\n",
        ",0.1\n",
        "0,\xff\n",
        f"0,{'1' * 200_000}\n",
    ],
)
def test_what_is_no_table_of_numbers_is_an_error(tmp_path: Path, rows: str) -> None:
    (tmp_path / "metrics.csv").write_bytes(f"step,lr\n{rows}".encode("latin-1"))
    with pytest.raises(RecordError, match="is no table of numbers"):
        read_series(tmp_path)


def test_series_without_steps_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("lr,loss\n0.1,\n")
    with pytest.raises(RecordError):
        read_series(tmp_path)
