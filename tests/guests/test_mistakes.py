"""What people mistype, and the sentence that answers: the line goes through a real shell.

A shell makes words of a line, as `lr-plugin show` and `lr-plugin train` are given them, and both
are called with these words. A slow test runs each line as the commands that people type.
"""

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from lr_plugin.app.find import main as find
from lr_plugin.app.lint import main as lint
from lr_plugin.app.show import main as show
from lr_plugin.app.train import main as train

# A line, and how its answer begins: the key, what was written, why it cannot be, what to write.
IN_SHOW = {
    # A name that is misspelt
    "schedule=wds": "there is no schedule 'wds'; did you mean 'wsd'?",
    "schedule=conf/mine.yaml": (
        "there is no recipe 'conf/mine.yaml'. A file is written "
        "callbacks.lr_scheduler.schedule=conf/mine.yaml"
    ),
    "schedul=wsd": "schedul: show has no 'schedul'; did you mean 'schedule'?",
    "schedule=wsd schedule.phases.warmpu.duration=10%": (
        "schedule.phases.warmpu.duration: schedule.phases has no 'warmpu'; did you mean 'warmup'?"
    ),
    "schedule=wsd +schedule.phases.warmup.duratoin=10%": (
        "schedule.phases.warmup.duratoin: 'linear' has no field 'duratoin'; did you mean "
        "'duration'? (to remove it: '~schedule.phases.warmup.duratoin')"
    ),
    "schedule=wsd schedule.phases.decay.kind=cosin": (
        "schedule.phases.decay.kind: 'cosin' is not a kind of schedule; did you mean 'cosine'?"
    ),
    "schedule=wsd '~schedule.phases.warmpu'": (
        "schedule.phases.warmpu: schedule.phases has no 'warmpu'; did you mean 'warmup'?"
    ),
    # A key that is cut short, or has a + too few or too many
    "schedule=wsd warmup.duration=10%": (
        "warmup.duration: show has no 'warmup'. Did you mean schedule.phases.warmup?"
    ),
    "schedule=wsd schedule.phases.stable.until=plateau": (
        "schedule.phases.stable.until: schedule.phases.stable has no 'until'; write one of kind, "
        "value. To add it, write '+schedule.phases.stable.until=...'"
    ),
    "+schedule=wsd": "'+schedule=wsd' does not choose a recipe; write for example schedule=wsd",
    # A length without its unit, or with a wrong one
    "schedule=wsd schedule.phases.warmup.duration=0.1": (
        "schedule.phases.warmup.duration: 0.1 has no unit; write '10%' for this share of the run"
    ),
    "schedule=wsd schedule.phases.warmup.duration=1e4": (
        "schedule.phases.warmup.duration: 10000.0 has no unit; write '10000 steps'"
    ),
    "schedule=wsd steps=1e4": "steps: 10000.0 is not a whole number; write 10000",
    "schedule=wsd schedule.phases.warmup.duration='500 stpes'": (
        "schedule.phases.warmup.duration: '500 stpes' has an unknown unit; did you mean 'steps'?"
    ),
    "schedule=wsd schedule.phases.warmup.duration=%5": (
        "schedule.phases.warmup.duration: '%5' is not a duration; write for example '5%'"
    ),
    "schedule=wsd schedule.phases.warmup.duration=-5%": (
        "schedule.phases.warmup.duration: '-5%' is negative; write '0%' or more"
    ),
    # Something of another form than it has to be
    "schedule=wsd schedule.phases.warmup=10%": (
        "schedule.phases.warmup: '10%' is not a phase; write {kind: linear, duration: 5%}"
    ),
    "schedule=wsd 'schedule.phases=[linear, cosine]'": (
        "Error merging override schedule.phases=[linear, cosine]. schedule.phases is a mapping, "
        "not a list. Change one part of it, schedule.phases.NAME.KEY=..., or add one"
    ),
    "schedule=wsd 'schedule.phases.warmup.duration=[5%]'": (
        "schedule.phases.warmup.duration: ['5%'] is not a duration; write for example '5%'"
    ),
    "schedule=multistep schedule.phases.main.milestones=50%": (
        "schedule.phases.main.milestones: '50%' is not a list"
    ),
    "schedule=wsd schedule.phases.warmup.start_value=1%": (
        "schedule.phases.warmup.start_value: '1%' is not a number; write for example 0.1"
    ),
    "schedule=wsd schedule.phases.warmup.duration='2 epochs'": (
        "schedule.phases.warmup.duration: '2 epochs' needs an epoch of known, constant length; "
        "write it in % or in steps, or say steps_per_epoch=100"
    ),
    "schedule=wsd schedule.phases.warmup.duration='1e6 samples'": (
        "schedule.phases.warmup.duration: '1000000 samples' needs a known number of samples per "
        "step; write it in % or in steps, or say samples_per_step=128"
    ),
    # Phases that do not fit
    "schedule=wsd schedule.phases.warmup.duration=60% schedule.phases.decay.duration=60%": (
        "schedule.phases: 'stable' would have to end at step 4000, before it begins at step 6000; "
        "shorten another phase"
    ),
    "schedule=wsd schedule.phases.decay.duration=120%": (
        "schedule.phases: what follows 'stable' takes 12000 of 10000 steps; shorten a phase"
    ),
    "schedule=wsd '~schedule.phases.decay.duration'": (
        "schedule.phases: stable and decay have no duration, and only one phase can take the rest; "
        "write for example stable.duration: 10%"
    ),
    # Options, as other programs have them
    "--lr 0.1": "there is no option '--lr'; values are written without dashes, lr=0.1",
    "schedule=wsd --steps=500": (
        "there is no option '--steps'; values are written without dashes, steps=500"
    ),
    "--verbose schedule=wsd": (
        "there is no option '--verbose'; values are written without dashes, verbose=..."
    ),
    "--unti epochs": "there is no option '--unti'; did you mean '--unit'?",
    # Quotes that are missing
    "schedule=wsd schedule.phases.warmup.duration=500 steps": (
        "'steps' is not of the form key=value; write for example schedule=wsd, put quotes around "
        "what has blanks"
    ),
    "schedule=wsd +schedule.phases.hold={kind:constant,duration:5%}": (
        "Could not append to config. An item is already at 'schedule.phases.hold'. If you wrote "
        "braces, put quotes around the whole word: '+schedule.phases.hold={kind: constant, ...}'"
    ),
    # Somebody else's class
    "schedule=wsd schedule.phases.decay.kind=os.system": (
        "schedule.phases.decay.kind: 'os.system' would import code; there are no schedules in 'os'"
    ),
    "schedule=wsd schedule.phases.decay.kind=torch.optim.lr_scheduler.StepLR": (
        "schedule.phases.decay.kind: 'torch.optim.lr_scheduler.StepLR' would import code; a "
        "scheduler of torch's kind is written {kind: lr_plugin.interop.Torch, scheduler: "
        "torch.optim.lr_scheduler.StepLR}, with allow: [lr_plugin.interop]"
    ),
    "schedule=wsd schedule.phases.decay.kind=my_pkg.Shape": (
        "schedule.phases.decay.kind: 'my_pkg.Shape' would import code; if you trust it, write "
        "allow: [my_pkg]"
    ),
    "schedule=wsd allow=my_pkg": "allow: 'my_pkg' is not a list; write allow=[my_pkg]",
}

# Hydra composes for `train`, and says what is wrong in its own words; the last line is ours.
IN_TRAIN = {
    "schedule=wds": "Did you mean schedule=wsd?",
    "schedule=mine.yaml": "A file is written callbacks.lr_scheduler.schedule=mine.yaml",
    "optimizer=sdg": "Did you mean optimizer=sgd?",
    "schedul=wsd": "Did you mean schedule?",
    "lr=0.1": "Did you mean optimizer.lr?",
    "schedule=wsd schedule.phases.warmpu.duration=10%": "Did you mean schedule.phases.warmup?",
    "schedule=wsd warmup.duration=10%": "Did you mean schedule.phases.warmup?",
    "trainer.max_epoch=3": "Did you mean trainer.max_epochs?",
    "schedule=wsd '~schedule.phases.warmpu'": (
        "What there is: add --cfg job --package schedule.phases"
    ),
    "+schedule=wsd": "Write schedule=... without the +",
    "--lr 0.1": "Did you mean optimizer.lr?",
    "-lr 0.1": "Did you mean optimizer.lr?",
    "--max_epochs=3 schedule=wsd": "Did you mean trainer.max_epochs?",
    "schedule=wsd --schedule.phases.warmup.duration 10%": (
        "lr-plugin train: there is no option '--schedule.phases.warmup.duration'; values are "
        "written without dashes, schedule.phases.warmup.duration=10%"
    ),
    "--multrun seed=0,1": (
        "lr-plugin train: there is no option '--multrun'; did you mean '--multirun'?"
    ),
    "schedule=wsd 'schedule.phases=[linear, cosine]'": (
        "schedule.phases is a mapping, not a list. Change one part of it, "
        "schedule.phases.NAME.KEY=..., or add one, '+schedule.phases.NAME={kind: ...}'"
    ),
    "schedule=wsd schedule.phases.warmup.duration=10 %": (
        "'%' is no override of its own: write KEY=VALUE, as in schedule=wsd, and put quotes around "
        "the whole of what has blanks or braces, 'KEY=500 steps'"
    ),
    "schedule=wsd +schedule.phases.hold={kind:constant,duration:5%}": (
        "If you wrote braces, put quotes around the whole word: '+schedule.phases.hold={kind: "
        "constant, ...}'. Without them the shell makes two words of it"
    ),
}

# What a shell itself refuses or changes, so that no program of ours could answer.
BY_THE_SHELL = {
    "bash": {"schedule=glob(*)": "syntax error near unexpected token"},
    "zsh": {
        "schedule=glob(*)": "no matches found",
        "~schedule.phases.warmup": "no such user or named directory",
        "schedule.phases.main.milestones=[50%,75%]": "no matches found",
    },
}
SHELLS = [
    pytest.param(
        shell, marks=pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not installed")
    )
    for shell in BY_THE_SHELL
]


def in_shell(shell: str, line: str) -> subprocess.CompletedProcess[str]:
    sources = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [shutil.which(shell) or shell, "-c", line],
        env=os.environ | {"PYTHONPATH": sources},
        capture_output=True,
        text=True,
        check=False,
    )


def words_of(shell: str, line: str) -> list[str]:
    return in_shell(shell, f"printf '%s\\0' {line}").stdout.split("\0")[:-1]


def test_the_table_is_long_enough() -> None:
    assert len(IN_SHOW) > 20


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", IN_SHOW)
def test_show_answers_in_one_line(
    line: str, shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = show(words_of(shell, line))
    told = capsys.readouterr()

    assert (code, told.out, told.err.count("\n")) == (1, "", 1)
    assert told.err.startswith(f"lr-plugin show: {IN_SHOW[line]}")


@pytest.mark.parametrize("line", IN_TRAIN)
def test_train_ends_with_what_to_write(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = io.StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        code = train(words_of("bash", line))

    assert (code, told.getvalue().splitlines()[-1]) == (1, IN_TRAIN[line])
    assert list(tmp_path.iterdir()) == []


COMMANDS = {"show": show, "lint": lint, "train": train, "find": find}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_not_yaml_is_answered_alike_by_every_command(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "conf" / "schedule" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("kind: sequence\nphases:\n  up: {kind: linear duration: 5%}\n")
    code = COMMANDS[command](["--config-dir", "conf", "schedule=mine"])

    answer = "line 3, 'up: {kind: linear duration: 5%}': a comma is missing before 'duration'"
    assert code == 1
    assert capsys.readouterr().err == (
        f"lr-plugin {command}: {str(path)!r} is not YAML: {answer}\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["conf"]


@pytest.mark.parametrize(
    ("shell", "line"), [(shell, line) for shell in BY_THE_SHELL for line in BY_THE_SHELL[shell]]
)
def test_a_shell_answers_itself_where_quotes_are_missing(shell: str, line: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")

    assert BY_THE_SHELL[shell][line] in in_shell(shell, f"echo {line}").stderr
    assert words_of(shell, f"'{line}'") == [line]


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", IN_SHOW)
def test_the_command_itself_answers_so(line: str, shell: str) -> None:
    done = in_shell(shell, f"{sys.executable} -m lr_plugin show {line}")

    assert done.returncode == 1
    assert done.stderr.startswith(f"lr-plugin show: {IN_SHOW[line]}")


@pytest.mark.slow
@pytest.mark.parametrize("line", IN_TRAIN)
def test_the_command_that_trains_answers_so(line: str) -> None:
    done = in_shell("bash", f"{sys.executable} -m lr_plugin train {line}")

    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, IN_TRAIN[line])
