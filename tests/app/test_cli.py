import subprocess
import sys

import pytest

from lr_plugin.app.cli import COMMANDS, main


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name:<8} {summary}" in out for name, summary in COMMANDS.items())


def test_no_command_is_a_question_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: lr-plugin COMMAND")


def test_help_can_be_asked_for_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "show"]) == 0
    assert capsys.readouterr().out.startswith("usage: lr-plugin show")


def test_a_misspelt_command_is_answered_with_the_nearest_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["trian"]) == 2
    assert "there is no command 'trian'. Did you mean 'train'?" in capsys.readouterr().err


def test_a_word_that_is_like_no_command_gets_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["xyz"]) == 2
    err = capsys.readouterr().err
    assert "Did you mean" not in err
    assert "usage: lr-plugin COMMAND" in err


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["train", "--cfg", "job"]])
def test_what_needs_no_training_loads_no_torch(words: list[str]) -> None:
    ending = "finally: print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    body = f"import sys\nfrom lr_plugin.app.cli import main\ntry: main({words!r})\n"
    assert python(body + "except SystemExit: pass\n" + ending).splitlines()[-1] == "False False"


def test_the_help_of_train_shows_how_to_use_it_and_every_group() -> None:
    out = python("from lr_plugin.app.cli import main; main(['train', '--help'])")
    assert "lr-plugin train -m schedule=wsd,warmup_cosine seed=0,1" in out
    groups = ("task: char_lm", "optimizer: adam", "trainer: auto", "experiment: averaging")
    assert all(group in out for group in groups)
    assert "warmup_cosine, " in out
    assert "lr_app" not in out


def test_the_package_is_a_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lr_plugin", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("lr-plugin ")
