import csv
import json
from collections.abc import Callable
from typing import Any

from lr_plugin.compare.answer import Answer, answer
from lr_plugin.compare.data import runs_to_csv, schedules_to_csv, to_json
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found
from lr_plugin.compare.said import Said

Make = Callable[..., RunRecord]


def of(*records: RunRecord) -> Answer:
    return answer(Found(records=records, broken={}))


def read(told: Answer) -> dict[str, Any]:
    (content,) = json.loads(to_json(told))["comparisons"]
    found: dict[str, Any] = content
    return found


def test_json_has_every_pair_in_the_unit_of_the_metric(run: Make) -> None:
    finals = {"a": [0.5, 0.6, 0.9], "b": [0.25, 0.25, 0.25], "c": [0.1, 0.1, 0.1]}
    records = [
        run(name, 0.1, seed, final, mode="max")
        for name, row in finals.items()
        for seed, final in enumerate(row)
    ]
    content = read(of(*records))
    first = content["pairs"][0]

    assert [(one["schedule"], one["reference"]) for one in content["pairs"]] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
    ]
    assert first["difference"] == (0.25 + 0.35 + 0.65) / 3
    assert 0.25 <= first["low"] < first["difference"] < first["high"] <= 0.65
    assert first["effect"] > 0
    assert (first["p"], first["adjusted"], first["improved"], first["pairs"]) == (
        0.25,
        0.75,
        1.0,
        3,
    )
    assert [row["schedule"] for row in content["schedules"]] == ["a", "b", "c"]
    assert content["schedules"][1]["difference"] == -first["difference"]
    assert content["schedules"][1]["low"] == -first["high"]


def test_json_has_null_where_there_is_no_number(run: Make) -> None:
    content = read(of(run("a", None, 0, None), run("b", 0.1, 0, 1.0)))
    second = content["schedules"][1]

    assert (second["mean"], second["median"], second["worst"], second["difference"]) == (None,) * 4
    assert (second["learning_rate"], second["rank"]) == (None, 2.0)
    assert content["runs"][1]["final"] is None
    assert content["runs"][1]["diverged"] is True


def test_json_says_what_the_text_says(run: Make) -> None:
    said = Said(step=9, fraction=1.0, verdict="keep", confidence="low", sentence="KEEP.")
    told = of(run("a", 0.1, 0, 1.0, advice=(said,)), run("b", 0.1, 0, None, reason="nan"))
    content = read(told)

    assert content["advice"] == ["a at 0.1, seed 0: KEEP."]
    assert content["schedules"][0]["advice"] == "keep"
    assert read(of(run("a", 0.1, 0, 1.0)))["advice"] == []

    assert content["verdict"] == list(told.pages[0].verdict)
    assert content["caveats"] == list(told.pages[0].caveats)
    assert json.loads(to_json(told))["did_not_finish"] == ["b_lr0.1_seed0  diverged: nan"]


def test_the_csv_of_schedules_keeps_all_digits(run: Make) -> None:
    told = of(run("a", 0.1, 0, 1 / 3, mode="max"), run("a", 0.1, 1, 1 / 3, mode="max"))
    (row,) = csv.DictReader(schedules_to_csv(told).splitlines())

    assert (float(row["mean"]), row["task"], row["metric"]) == (1 / 3, "digits", "val/loss")
    assert (row["seeds"], row["diverged"], row["reference"]) == ("2", "0", "")


def test_the_csv_of_runs_says_which_of_them_report(run: Make) -> None:
    tuning = [run("a", rate, seed, rate) for rate in (0.1, 0.3) for seed in (0, 1)]
    lines = list(csv.DictReader(runs_to_csv(of(*tuning, run("a", 0.1, 9, 0.2))).splitlines()))

    assert [(line["learning_rate"], line["seed"], line["reports"]) for line in lines] == [
        ("0.1", "0", "False"),
        ("0.1", "1", "False"),
        ("0.1", "9", "True"),
        ("0.3", "0", "False"),
        ("0.3", "1", "False"),
    ]


def test_the_csv_of_nothing_is_empty() -> None:
    assert schedules_to_csv(of()).strip() == ""


def test_where_budgets_differ_no_schedule_has_a_rank(run: Make) -> None:
    def told(**other: float) -> Answer:
        return of(run("a", 0.1, 0, 1.0, planned_steps=90), run("b", 0.1, 0, 2.0, **other))

    same, unlike = told(planned_steps=90), told(planned_seconds=9.5)
    content = read(unlike)

    assert [one["rank"] for one in read(same)["schedules"]] == [1, 2]
    assert [one["rank"] for one in content["schedules"]] == [None, None]
    assert (content["budgets"], content["budgets_in_seconds"]) == ([90], [9.5])
    assert [row["rank"] for row in csv.DictReader(schedules_to_csv(unlike).splitlines())] == [
        "",
        "",
    ]
