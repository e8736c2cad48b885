"""What stands in front of Hydra: its options anywhere, and what it raises in a sentence."""

import os
import sys
from pathlib import Path

import pytest
from hydra._internal.utils import get_args_parser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from lr_plugin.app.front import OPTIONS, command
from tests.app.conftest import Train


def missing() -> None:
    _ = OmegaConf.create({"a": "${b}"}).a


def refuses() -> None:
    raise HydraException("this cannot be")


def breaks() -> None:
    raise RuntimeError("broken on purpose")


def prints() -> None:
    sys.stdout.write(f"{sys.argv[1:]}\n")


def interrupts() -> None:
    raise KeyboardInterrupt


def test_the_options_are_those_that_hydra_has() -> None:
    options = {option for action in get_args_parser()._actions for option in action.option_strings}  # noqa: SLF001 - argparse has no other list

    assert sorted(OPTIONS) == sorted(options)


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("seed=0 -m lr=1", "-m seed=0 lr=1"),
        ("seed=0 --cfg job", "--cfg job seed=0"),
        ("seed=0 --multi lr=1", "--multi seed=0 lr=1"),
        ("seed=0 --cfg=job", "--cfg=job seed=0"),
        ("seed=0 --info defaults", "seed=0 --info defaults"),
    ],
)
def test_options_may_stand_anywhere(
    written: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("train", prints, written.split()) == 0
    assert capsys.readouterr().out == f"{given.split()}\n"


def test_what_hydra_refuses_is_said_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command("train", refuses, []) == 1
    assert capsys.readouterr().err == "this cannot be\n"


def test_what_no_config_can_give_is_said_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command("train", missing, []) == 1
    said = capsys.readouterr().err
    assert said.startswith("Interpolation key 'b' not found")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["optimizer=null"],
            "chosen by the name of a file, optimizer=adam; logger=[] chooses none",
        ),
        (["-m", "--cfg", "job"], "Only one of --run, --multirun, --cfg"),
        (
            ["hydra.run.dir=taken"],
            "File exists: 'taken'; write elsewhere with hydra.run.dir=..., in",
        ),
    ],
)
def test_what_is_wrong_with_a_line_is_said_without_a_traceback(
    train: Train, words: list[str], said: str
) -> None:
    Path("taken").touch()
    ran = train(*words)

    assert ran.returncode == 1
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_what_nobody_has_foreseen_is_said_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("train", breaks, []) == 1
    said = capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):")
    assert said.endswith("RuntimeError: broken on purpose\n")


def test_hydras_own_variable_for_a_whole_traceback_is_heeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(HydraException, match="this cannot be"):
        command("train", refuses, [])

    assert os.environ["HYDRA_FULL_ERROR"] == "1"


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    command("train", refuses, [])

    assert "HYDRA_FULL_ERROR" not in os.environ


def test_an_interruption_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("find", interrupts, [], "nothing was changed") == 130
    assert capsys.readouterr().err == "interrupted: nothing was changed\n"
