"""The command `lr-plugin schema`: what it prints and what it writes."""

import json
from pathlib import Path

import pytest

from lr_plugin.app.cli import main as lr_plugin
from lr_plugin.app.schema import main
from lr_plugin.schema import recipe_schema

NO_FOLDER = "No such file or directory; name a file that you may write"


def test_it_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    code = lr_plugin(["schema"])

    assert code == 0
    assert json.loads(capsys.readouterr().out) == recipe_schema()


def test_it_writes_the_schema(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "schedule.schema.json"
    code = main(["--out", str(path)])

    assert (code, capsys.readouterr().out) == (0, f"written to {path}\n")
    assert json.loads(path.read_text("utf-8")) == recipe_schema()


def test_help_says_how_an_editor_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "# yaml-language-server: $schema=" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--out", "no/folder"], f"--out: cannot write 'no/folder': {NO_FOLDER}"),
        (["--uot"], "there is no option '--uot'; did you mean '--out'?"),
        (["schedule=wsd"], "there is one schema for all recipes; remove 'schedule=wsd'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words)

    assert (code, capsys.readouterr().err) == (1, f"lr-plugin schema: {answer}\n")
