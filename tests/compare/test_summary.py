import csv
from pathlib import Path

from lr_plugin.compare.records import RunRecord
from lr_plugin.compare.summary import closing, rows, to_csv, to_markdown, to_text


def run(
    setting: str, seed: int, final: float | None, status: str = "finished", *more: str
) -> RunRecord:
    schedule, rate = setting.split()
    return RunRecord(
        folder=Path(setting),
        status=status,
        schedule=schedule,
        learning_rate=float(rate),
        seed=seed,
        final=final,
        overrides=(f"schedule={schedule}", f"optimizer.lr={rate}", f"seed={seed}", *more),
        setting_hash=setting + "".join(more),
    )


RUNS = [
    run("wsd 0.1", 0, 0.5),
    run("cosine 0.1", 0, 0.25),
    run("wsd 0.1", 1, 0.75),
    run("wsd 0.1", 2, 0.625),
    run("cosine 0.1", 1, None, "diverged"),
    run("cosine 0.1", 2, 0.125, "failed"),
    run("cosine 0.1", 3, None, "running"),
]


def test_runs_are_gathered_by_setting_in_the_order_of_their_first_run() -> None:
    assert [row.cells() for row in rows(RUNS)] == [
        ("wsd", "0.1", "3", "0.6250", "0.5000 to 0.7500", "0", "0"),
        ("cosine", "0.1", "4", "0.2500", "0.2500 to 0.2500", "2", "1"),
    ]


def test_a_setting_that_never_finished_has_dashes_and_no_number() -> None:
    (row,) = rows([run("wsd 0.1", 0, None, "diverged")])
    assert row.cells() == ("wsd", "0.1", "1", "-", "-", "0", "1")


def test_what_differs_within_the_sweep_is_in_the_name_and_what_is_shared_is_not() -> None:
    shared = "trainer.max_epochs=2"
    table = rows(
        [
            run("wsd 0.1", 0, 0.5, "finished", shared, "schedule.phases.decay.duration=10%"),
            run("wsd 0.1", 0, 0.5, "finished", shared, "schedule.phases.decay.duration=20%"),
        ]
    )
    assert [row.schedule for row in table] == [
        "wsd schedule.phases.decay.duration=10%",
        "wsd schedule.phases.decay.duration=20%",
    ]


def test_text_is_aligned_and_has_no_trailing_blanks() -> None:
    assert to_text(rows(RUNS)).splitlines() == [
        "schedule  learning rate  seeds  median  range             failed  diverged",
        "wsd       0.1            3      0.6250  0.5000 to 0.7500  0       0",
        "cosine    0.1            4      0.2500  0.2500 to 0.2500  2       1",
    ]


def test_markdown_has_a_row_per_setting() -> None:
    header, rule, *body = to_markdown(rows(RUNS)).splitlines()
    assert header.count("|") == rule.count("|") == 8
    assert body[0] == "| wsd | 0.1 | 3 | 0.6250 | 0.5000 to 0.7500 | 0 | 0 |"


def test_csv_keeps_all_digits() -> None:
    third = run("wsd 0.1", 0, 1 / 3)
    (row,) = csv.DictReader(to_csv(rows([third])).splitlines())
    assert (float(row["median"]), row["lowest"], row["failed"]) == (1 / 3, row["highest"], "0")


def test_the_closing_sentence_says_what_the_numbers_are() -> None:
    several = [run("wsd 0.1", 0, 0.5), run("wsd 0.3", 1, 0.5)]
    assert closing(RUNS[:1]) == "one shared learning rate, 1 seed: not a ranking"
    assert closing(several) == "2 learning rates, 2 seeds: not a ranking"
    assert closing(RUNS).startswith("finished runs only, one shared learning rate, 4 seeds")
