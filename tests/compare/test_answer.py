from collections.abc import Callable
from pathlib import Path
from textwrap import fill

from lr_plugin.compare.answer import Answer, answer
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found
from lr_plugin.compare.report import to_html

Make = Callable[..., RunRecord]


def of(records: list[RunRecord], broken: dict[Path, str] | None = None) -> Answer:
    return answer(Found(records=tuple(records), broken=broken or {}))


def test_the_text_has_the_table_then_what_follows_then_what_to_know(run: Make) -> None:
    records = [run(name, 0.1, 0, 1.0, mode="max") for name in ("wsd", "cosine")]

    told = of(records)

    assert told.text().splitlines() == [
        "val/loss of digits at the end of 2 runs (higher is better)",
        "",
        "schedule  learning rate  seeds  mean   median  worst",
        "cosine    0.1            1      1.000  1.000   1.000",
        "wsd       0.1            1      1.000  1.000   1.000",
        "",
        *fill(told.pages[0].verdict[0], 100, subsequent_indent="  ").splitlines(),
        "",
        *told.pages[0].caveats,
    ]


def test_what_measures_different_things_has_pages_of_its_own(run: Make) -> None:
    records = [run("wsd", 0.1, 0, 1.0), run("wsd", 0.1, 0, 0.5, metric="val/acc", mode="max")]
    told = of(records)
    lines = told.text().splitlines()
    sentence = lines[0]

    assert [line for line in lines if "at the end" in line] == [
        "val/loss of digits at the end of 1 run (lower is better)",
        "val/acc of digits at the end of 1 run (higher is better)",
    ]
    assert sentence == (
        "Runs of digits measure different things, which are not compared: val/loss (min) and "
        "val/acc (max)."
    )
    assert told.markdown().startswith(sentence)
    assert f"<p>{sentence}</p>" in to_html(told, [[], []], Path())


def test_several_tasks_are_not_worth_a_word_nor_is_a_metric_alone(run: Make) -> None:
    records = [run("wsd", 0.1, 0, 1.0, task=task) for task in ("digits", "moons")]

    assert (of(records).apart, of(records[:1]).apart) == ([], [])
    unknown = [run("wsd", 0.1, 0, 1.0, task=None, metric=name) for name in ("", "loss")]
    (sentence,) = of(unknown).apart
    assert sentence.startswith("Runs measure different things, which are not compared: metric (min")


def test_runs_without_a_result_are_listed_with_reasons_failures_first(run: Make) -> None:
    records = [
        run("a", 0.1, 0, None, reason="loss is nan"),
        run("a", 0.1, 1, 0.5),
        run("a", 0.1, 2, None, status="failed", reason="no memory"),
        run("a", 0.1, 3, None, status="failed"),
        run("a", 0.1, 4, None, status="running"),
        run("a", 0.1, 5, None, status="finished"),
    ]

    assert of(records, {Path("sweep/x"): "half-written"}).troubles == [
        ("x", "unreadable: half-written"),
        ("a_lr0.1_seed2", "failed: no memory"),
        ("a_lr0.1_seed3", "failed: no reason was recorded"),
        ("a_lr0.1_seed4", "running: it ended without a word (killed), or has not ended"),
        ("a_lr0.1_seed5", "finished: but val/loss is no number at its end"),
        ("a_lr0.1_seed0", "diverged: loss is nan"),
    ]


def test_a_reason_that_several_runs_have_is_said_once(run: Make) -> None:
    records = [run("a", 0.1, seed, None, status="failed", reason="no disk") for seed in (0, 1)]
    records += [run("b", 0.1, seed, None, reason=f"loss is {seed}") for seed in (0, 1)]
    records += [run("a", 0.1, 2, None, status="failed", reason="no memory")]
    told = of(records)
    lines = [
        "2 runs (a_lr0.1_seed0, ...)  failed: no disk",
        "a_lr0.1_seed2  failed: no memory",
        "b_lr0.1_seed0  diverged: loss is 0",
        "b_lr0.1_seed1  diverged: loss is 1",
    ]

    assert told.text().endswith("\n  ".join(["", *lines]))
    assert told.markdown().count("no disk") == 1


def test_a_terminal_shows_twenty_of_them_and_a_file_all(run: Make) -> None:
    told = of([run("a", 0.1, seed, None, reason=f"no reason {seed}") for seed in range(25)])

    assert told.text().splitlines()[-1] == "  ... and 5 more"
    assert told.text().count("diverged: no reason") == 20
    assert told.markdown().count("diverged: no reason") == 25


def test_without_a_result_there_is_no_table(run: Make) -> None:
    told = of([run("a", 0.1, 0, None, status="failed")])

    assert not told.has_results
    assert "learning rate" not in told.text()
    assert "No run has a result" in told.text()


def test_markdown_ends_with_the_method_unless_there_is_only_one_run(run: Make) -> None:
    alone, other = run("a|b", 0.1, 0, 0.5), run("wsd", 0.1, 0, 0.5)
    text = of([alone, other]).markdown()

    assert "## Did not finish" not in text
    assert "| a\\|b | 0.1 | 1 |" in text
    assert "## Method\n\nEach schedule is shown at its own learning rate" in text
    assert "## Method" not in of([alone]).markdown()


def test_without_a_result_no_method_is_explained(run: Make) -> None:
    records = [run("a", 0.1, seed, None, status="failed") for seed in (0, 1)]

    assert "## Method" not in of(records).markdown()
    assert of([], {Path("x"): "half-written", Path("y"): "half-written"}).several


def test_of_nothing_there_is_nothing_to_tell() -> None:
    assert (of([]).text(), of([]).has_results) == ("", False)


def test_a_metric_without_a_name_is_called_one(run: Make) -> None:
    told = of([run("a", 0.1, 0, None, status="failed", metric="", task=None)])

    assert told.text().startswith("metric at the end of 1 run (")
