"""`lr-plugin advise`: verdicts of finished runs, from what their advisor measured."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from lr_plugin.app.advise import main
from lr_plugin.app.compare import main as compare
from lr_plugin.app.verdicts import FILE, read_verdicts, said
from lr_plugin.compare.save import FOLDER


@pytest.fixture(scope="module")
def run(train_once: Callable[..., CompletedProcess[str]]) -> tuple[Path, str]:
    """Return the directory of a run at a rate that is far too low, and what it printed."""
    words = ["optimizer.lr=3e-4", "schedule=constant", "trainer.max_epochs=3"]
    done = train_once(*words, "hydra.run.dir=low")
    return Path("low").absolute(), done.stdout


def test_a_run_ends_with_its_advice(run: tuple[Path, str]) -> None:
    _, printed = run
    (said,) = (line for line in printed.splitlines() if line.startswith("advice "))
    assert "learning rate after 100% (step 135): INCREASE 10x to 0.003" in said


def test_its_record_holds_all_verdicts(run: tuple[Path, str]) -> None:
    folder, printed = run
    advice = json.loads((folder / "result.json").read_text("utf-8"))["advice"]
    assert [each["step"] for each in advice] == [14, 27, 40, 81, 135]
    assert advice[-1]["verdict"] == "increase"
    assert advice[-1]["sentence"] in printed
    assert advice[-1]["signs"][-1].startswith("the loss is ")


def test_it_says_how_to_get_a_report_and_that_has_curves_and_advice(
    run: tuple[Path, str], tmp_path: Path
) -> None:
    folder, printed = run
    assert "report           lr-plugin compare low\n" in printed
    assert compare([str(folder), "--out", str(tmp_path)]) == 0
    page = (tmp_path / FOLDER / "report.html").read_text("utf-8")

    assert "INCREASE 10x to 0.003" in page
    assert "image/svg+xml" in page
    with (folder / "metrics.csv").open() as file:
        assert {"lr", "train/loss", "val/loss"} <= {*file.readline().strip().split(",")}


def test_the_command_says_what_the_run_said(
    run: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, printed = run
    assert main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[-1] in printed


@pytest.fixture(scope="module")
def changed(train_once: Callable[..., CompletedProcess[str]]) -> tuple[Path, str]:
    """Return the directory of such a run whose advisor acts, and what it printed."""
    words = ["optimizer.lr=3e-4", "schedule=constant", "trainer.max_epochs=3"]
    done = train_once(*words, "callbacks.advisor.act=apply", "hydra.run.dir=changed")
    return Path("changed").absolute(), done.stdout


def test_what_was_applied_is_wherever_the_advice_is(
    changed: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, printed = changed
    assert "applied          3x after 20%, 3.33x after 60%\n" in printed

    assert main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    log = (folder / "train.log").read_text("utf-8").splitlines()
    assert lines == [line.partition(": ")[2] for line in log if "telling" in line]
    assert lines[3].endswith(". Applied: 3.33x, to 0.003, as far as it may go.")
    assert "Applied" not in lines[2]

    assert main([str(folder), "--full"]) == 0
    assert (
        "Applied: 3.33x, to 0.003, as far as it may go.\n\n| statistic" in capsys.readouterr().out
    )
    assert main([str(folder), "--json"]) == 0
    (verdicts,) = json.loads(capsys.readouterr().out).values()
    factors = [each["applied"] for each in verdicts]
    assert factors == [1, 3, 1, pytest.approx(10 / 3), 1]

    record = json.loads((folder / "result.json").read_text("utf-8"))
    assert [each["applied"] for each in record["advice"]] == factors
    assert compare([str(folder), "--out", str(tmp_path)]) == 0
    page = (tmp_path / FOLDER / "report.html").read_text("utf-8")
    for text in (page, capsys.readouterr().out):
        assert "0.0003 (changed)" in text
        assert "increase (10x applied)" in text
        assert "! The advisor changed the learning rate of the run of constant during" in text
    assert "Applied in all: 3x after 20%, 3.33x after 60%." in page


def test_of_several_runs_the_last_verdict_says_what_was_applied_in_all(
    run: tuple[Path, str], changed: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run[0]), str(changed[0])]) == 0
    (_, plain, _, _, told) = capsys.readouterr().out.splitlines()

    assert main([str(run[0]), str(changed[0]), "--full"]) == 0
    assert f"\n\n## {changed[0]}\n\nlearning rate after 10%" in capsys.readouterr().out
    assert "Applied" not in plain
    assert told.endswith(". Applied in all: 3x after 20%, 3.33x after 60%.")


def test_a_file_that_does_not_say_what_was_applied_is_of_a_run_where_nothing_was(
    run: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = run
    text = (folder / FILE).read_text("utf-8")
    (tmp_path / FILE).write_text(text.replace('"applied": 1.0, ', ""), "utf-8")

    assert "applied" not in (tmp_path / FILE).read_text("utf-8")
    assert list(map(repr, read_verdicts(tmp_path / FILE))) == [
        repr(told) for told in read_verdicts(folder / FILE)
    ]


def test_of_several_runs_it_says_the_last_verdict_of_each(
    run: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = run
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_bytes((folder / FILE).read_bytes())
    assert main([str(tmp_path), str(tmp_path / "a")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert [lines[0], lines[3]] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert lines[1] == lines[4]


def test_full_shows_every_statistic_and_json_all_of_it(
    run: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = run
    assert main([str(folder), "--full"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("| directedness |") == shown.count("\n\n| statistic ") == 5
    assert shown.count("\n\nlearning rate after ") == 4
    assert main([str(folder), "--json"]) == 0
    (verdicts,) = json.loads(capsys.readouterr().out).values()
    assert verdicts[-1]["learning_rate"] == pytest.approx(3e-4)
    assert verdicts[-1]["evidence"][1]["name"] == "directedness"


def test_groups_are_shown_in_full_and_in_json(
    run: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = run
    content = json.loads((folder / FILE).read_text("utf-8").splitlines()[-1])
    content["windows"]["encoder"] = content["windows"]["all"]
    (tmp_path / FILE).write_text(json.dumps(content) + "\n", "utf-8")

    assert main([str(tmp_path), "--full"]) == 0
    shown = capsys.readouterr().out
    assert "| group   | alignment " in shown
    assert "| encoder | " in shown
    assert main([str(tmp_path), "--json"]) == 0
    ((verdict,),) = json.loads(capsys.readouterr().out).values()
    assert verdict["groups"]["encoder"][:3] == verdict["evidence"]
    assert main([str(folder), "--full"]) == 0
    assert "| group" not in capsys.readouterr().out


def test_a_line_that_was_cut_off_is_left_out(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = run
    text = (folder / FILE).read_text("utf-8")
    (tmp_path / FILE).write_text(text[:-100], "utf-8")
    assert len(list(read_verdicts(tmp_path / FILE))) == 4


def test_a_file_of_another_version_is_refused_and_never_loses_a_run(
    run: tuple[Path, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder, _ = run
    text = (folder / FILE).read_text("utf-8")
    (tmp_path / FILE).write_text(text.replace('"known": {', '"known": {"later": 1, '), "utf-8")

    assert main([str(tmp_path)]) == 2
    assert "read it with the version that trained the run" in capsys.readouterr().err
    assert said(tmp_path) == []
    assert "was not written by this version" in caplog.text


UNREADABLE = [
    (b"3\n", "line 1 of {file!r} is 3, which no advisor wrote"),
    (b'\n{"rate"\nhello\n', "line 3 of {file!r} is 'hello', which no advisor wrote"),
    (b"\xff\xfe", "{file!r} is no text in UTF-8, so no advisor wrote it"),
    (b'{"rate": 1}', "{file!r} was not written by this version (KeyError('windows'))"),
    (b'{"windows": []}', "{file!r} was not written by this version (AttributeError("),
]


@pytest.mark.parametrize(("content", "message"), UNREADABLE)
def test_what_no_advisor_wrote_is_said_in_a_sentence_beside_what_can_be_read(
    run: tuple[Path, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    message: str,
) -> None:
    folder, _ = run
    (tmp_path / FILE).write_bytes(content)
    assert main([str(tmp_path), str(folder)]) == 2
    shown = capsys.readouterr()
    (sentence,) = shown.err.splitlines()

    assert sentence.startswith(f"lr-plugin advise: {message.format(file=str(tmp_path / FILE))}")
    assert shown.out.splitlines()[0] == str(folder)
    assert said(tmp_path) == []


def test_a_file_that_cannot_be_opened_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE).symlink_to(tmp_path / "nowhere")
    assert main([str(tmp_path), "--json"]) == 2
    shown = capsys.readouterr()

    assert shown.out == "{}\n"
    assert f"{str(tmp_path / FILE)!r} cannot be read: No such file" in shown.err


@pytest.mark.parametrize("content", ["", "\n", '{"rate": 0.'])
def test_a_run_whose_advisor_has_not_spoken_yet_is_told(
    run: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    folder, _ = run
    (tmp_path / FILE).write_text(content, "utf-8")
    assert main([str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"there is no advice in {str(tmp_path / FILE)!r} yet" in shown.err
    assert main([str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {str(tmp_path): []}
    assert main([str(tmp_path), str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == str(folder)


def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "no")])
    assert f"{str(tmp_path / 'no')!r} is not a directory" in capsys.readouterr().err
    (tmp_path / FILE).mkdir()
    assert main([str(tmp_path)]) == 1
    assert f"there is no {FILE} in {str(tmp_path)!r}" in capsys.readouterr().err
