"""What is published of the worked studies follows from the outcomes that are published with it."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, geometric_mean, median
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from studies_run import EXPERIMENTS, NAMES, PAGE, PUBLISHED, baseline, counted, main
from studies_summary import fill, narrow, read, sensitivity, size, told, write

KEPT = [read(path) for path in sorted(PUBLISHED.glob("*.json"))]
SMALL: dict[str, Any] = {
    "study": "small",
    "logarithmic": False,
    "table": [["schedule", "mean"], ["step", "0.5"]],
    "tuning": {"step": {"0.3": [0.5, 0.7], "3.0": [0.5, None]}, "wsd": {"10.0": [0.25, 4.0]}},
    "verdict": ["step is worse.", "That is all."],
    "caveats": ["Few seeds."],
    "runs": 20,
    "steps": [300],
    "cpu_seconds": 90,
}


def close(expected: float) -> Any:  # noqa: ANN401 - pytest names no type for it
    return pytest.approx(expected, rel=1e-6)


def outcomes(kept: dict[str, Any], schedule: str) -> Sequence[float]:
    return list(kept["finals"][schedule].values())


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept["study"])
def test_a_published_study_is_on_the_page_as_it_was_measured(kept: dict[str, Any]) -> None:
    assert told(kept) in PAGE.read_text("utf-8")


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept["study"])
def test_the_middle_and_the_worst_of_each_schedule_follow_from_its_outcomes(
    kept: dict[str, Any],
) -> None:
    centre, worst = geometric_mean if kept["logarithmic"] else fmean, {"min": max, "max": min}
    for row in kept["schedules"]:
        found = outcomes(kept, row["schedule"])
        assert (row["seeds"], row["diverged"]) == (len(found), found.count(None))
        if None not in found:
            assert row["mean"] == close(centre(found))
            assert row["median"] == pytest.approx(median(found), rel=1e-3)
            assert row["worst"] == close(worst[kept["mode"]](found))


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept["study"])
def test_the_differences_follow_from_the_outcomes_of_the_same_seeds(kept: dict[str, Any]) -> None:
    for row in kept["schedules"]:
        if row["reference"] is None or row["difference"] is None:
            continue
        ours, theirs = (kept["finals"][row[name]] for name in ("schedule", "reference"))
        shared = ours.keys() & theirs.keys()
        ratio = geometric_mean([ours[s] / theirs[s] for s in shared]) if kept["logarithmic"] else 0
        minus = fmean([ours[seed] - theirs[seed] for seed in shared])
        assert row["pairs"] == len(shared)
        assert row["difference"] == close(ratio or minus)
        assert row["low"] <= row["difference"] <= row["high"]


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept["study"])
def test_a_published_study_has_ten_fresh_seeds_for_each_schedule(kept: dict[str, Any]) -> None:
    assert {row["seeds"] for row in kept["schedules"]} == {10}
    assert not any("flatters" in caveat for caveat in kept["caveats"])


def test_every_study_on_the_page_is_published() -> None:
    shown = re.findall(r"<!-- end of (\w+) -->", PAGE.read_text("utf-8"))
    assert sorted(shown) == sorted(kept["study"] for kept in KEPT)


@pytest.mark.parametrize("name", NAMES)
def test_every_study_is_an_experiment_whose_first_line_is_its_command(name: str) -> None:
    _, command, *_ = (EXPERIMENTS / f"{name}.yaml").read_text("utf-8").splitlines()
    assert command.startswith(f"# lr-plugin study experiment={name}: ")


def test_the_baseline_is_the_one_that_the_experiment_declares() -> None:
    assert (
        baseline("cooldowns")
        == "wsd schedule.phases.decay.kind=sqrt schedule.phases.decay.duration=20%"
    )
    assert baseline("introductions") is None


def test_what_a_study_says_is_its_table_what_follows_and_its_size() -> None:
    lines = ["| schedule | 0.3 | 3 | 10 |", "| --- | --- | --- | --- |"]
    lines += ["| step | 0.6000 | 1 of 2 diverged | - |", "| wsd | - | - | 2.125 |"]
    assert told(SMALL).split("\n\n") == [
        "| schedule | mean |\n| --- | --- |\n| step | 0.5 |",
        "step is worse. That is all.",
        "- Few seeds.",
        "On the tuning seeds, at each learning rate:",
        "\n".join(lines),
        "20 runs of 300 steps: 2 minutes of one core, 4.5 s a run.",
    ]


def test_losses_are_averaged_as_ratios_on_the_tuning_seeds_too() -> None:
    assert sensitivity({**SMALL, "logarithmic": True})[2] == ["wsd", "-", "-", "1.000"]


def test_publishing_replaces_what_the_page_says_of_this_study_and_nothing_else() -> None:
    page = "before\n<!-- small -->\nold\n<!-- end of small -->\nafter\n"
    once = fill(page, SMALL)
    assert once.startswith("before\n<!-- small -->\n\n| schedule")
    assert once.endswith("a run.\n\n<!-- end of small -->\nafter\n")
    assert "old" not in once
    assert fill(once, SMALL) == once


@pytest.mark.parametrize("page", ["", "<!-- small -->\n", "<!-- end of small -->"])
def test_a_page_without_a_place_for_a_study_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page has no lines '<!-- small -->' and"):
        fill(page, SMALL)


def test_columns_without_room_are_left_out_of_every_line() -> None:
    content = [["schedule", "effect", "p"], ["step", "+1 sd", "0.1"]]
    assert narrow(content) == [["schedule", "p"], ["step", "0.1"]]


def test_steps_of_runs_with_two_budgets_are_both_named() -> None:
    assert size({**SMALL, "steps": [10, 20]}).startswith("20 runs of 10 or 20 steps")


def test_a_summary_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "new" / "small.json", SMALL)
    assert read(tmp_path / "new" / "small.json") == SMALL


def work(end: str = "") -> None:
    busy = f"import time\nwhile time.process_time() < 0.3: pass\n{end}"
    subprocess.run([sys.executable, "-c", busy], check=True)


def test_the_cost_of_a_study_is_that_of_all_its_starts_even_of_those_that_were_interrupted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "study" / "cost.json"
    with counted(path):
        work()
    first = json.loads(path.read_text("utf-8"))
    with pytest.raises(subprocess.CalledProcessError), counted(path):
        work("raise SystemExit(3)")
    second = json.loads(path.read_text("utf-8"))
    assert 0.3 <= first < 3
    assert first + 0.3 <= second < 6


def test_a_study_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--out", "nowhere", "cooldown"])
    assert "invalid choice: 'cooldown'" in capsys.readouterr().err


def test_a_study_that_is_not_complete_is_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = PAGE.read_text("utf-8")
    assert main(["--out", str(tmp_path), "--publish", "cooldowns"]) == 1
    assert "cooldowns is not complete" in capsys.readouterr().err
    assert PAGE.read_text("utf-8") == before
