"""`lr-plugin advise`: verdicts of finished runs, from what their advisor measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lr_plugin.app.advise import FILE, main, read_verdicts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the directory of a run at a rate that is far too low, and what it printed."""
    folder = tmp_path_factory.mktemp("run") / "low"
    words = ["optimizer.lr=3e-4", "schedule=constant", "trainer.max_epochs=3"]
    command = [sys.executable, "-m", "lr_plugin", "train", *words, f"hydra.run.dir={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return folder, done.stdout


def test_a_run_ends_with_its_advice(run: tuple[Path, str]) -> None:
    _, printed = run
    (said,) = (line for line in printed.splitlines() if line.startswith("advice "))
    assert "learning rate after 100% (step 135): INCREASE 10x to 0.003" in said


def test_its_record_holds_all_verdicts(run: tuple[Path, str]) -> None:
    folder, _ = run
    advice = json.loads((folder / "result.json").read_text("utf-8"))["advice"]
    assert [each["step"] for each in advice] == [14, 27, 40, 81, 135]
    assert advice[-1]["verdict"] == "increase"


def test_the_command_says_what_the_run_said(
    run: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, printed = run
    assert main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[-1] in printed


def test_of_several_runs_it_says_the_last_verdict_of_each(
    run: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = run
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_bytes((folder / FILE).read_bytes())
    assert main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [lines[0], lines[3]] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert lines[1] == lines[4]


def test_full_shows_every_statistic_and_json_all_of_it(
    run: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = run
    assert main([str(folder), "--full"]) == 0
    assert capsys.readouterr().out.count("| directedness |") == 5
    assert main([str(folder), "--json"]) == 0
    (verdicts,) = json.loads(capsys.readouterr().out).values()
    assert verdicts[-1]["learning_rate"] == pytest.approx(3e-4)
    assert verdicts[-1]["evidence"][1]["name"] == "directedness"


def test_a_line_that_was_cut_off_is_left_out(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = run
    text = (folder / FILE).read_text("utf-8")
    (tmp_path / FILE).write_text(text[:-100], "utf-8")
    assert len(list(read_verdicts(tmp_path / FILE))) == 4


def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "no")]) == 2
    assert "is not a directory" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 1
    assert f"there is no {FILE} in {str(tmp_path)!r}" in capsys.readouterr().err
