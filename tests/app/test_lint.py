"""The command `lr-plugin lint`: what it prints, its exit code, and how little it loads."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lr_plugin.app.cli import main as lr_plugin
from lr_plugin.app.lint import main
from lr_plugin.lint import NAMES

FROM_ZERO = (
    "schedule: the value of the first step is 0, and the largest is 1; to mend it, write "
    "schedule.phases.warmup.start_value=0.01 [first_step_zero]\n"
)
ZERO = "schedule.phases.warmup.start_value=0"


def test_a_schedule_without_findings_is_good_news(capsys: pytest.CaptureFixture[str]) -> None:
    code = lr_plugin(["lint", "schedule=wsd", "steps=1000"])

    assert (code, capsys.readouterr().out) == (0, "nothing found in wsd\n")


def test_findings_are_printed_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["schedule=wsd", ZERO])

    assert (code, capsys.readouterr().out) == (1, FROM_ZERO)


def test_with_the_printed_fix_added_to_the_line_nothing_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    decay = "schedule.phases.decay"
    line = ["schedule=wsd", f"{decay}.duration=2 steps", f"{decay}.kind=linear"]
    assert main(line) == 1
    fix = re.search(r"write (.*) \[", capsys.readouterr().out)

    assert fix is not None
    assert main([*line, *shlex.split(fix[1])]) == 0


def test_a_fix_that_removes_and_one_that_adds_work_on_the_line_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = (
        ["schedule=cosine", "+schedule.phases.main.duration=50%"],
        ["schedule=tanh", "+schedule.phases.main.duration=50%"],
        ["schedule=sgdr", "+schedule.phases.main.period=3000 steps", "~schedule.phases.main.count"],
    )  # fmt: skip
    for line in lines:
        assert main(line) == 1
        fix = re.search(r"write (.*) \[", capsys.readouterr().out)
        assert fix is not None
        words = shlex.split(fix[1])
        # What was added on the line cannot be removed from the file: the word is left out instead.
        gone = {word[1:] for word in words if word.startswith("~")}
        kept = [word for word in line if word.lstrip("+").partition("=")[0] not in gone]
        again = [word for word in words if word[1:] not in gone]

        assert main([*kept, *again]) == 0


def test_of_several_schedules_each_finding_names_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["-m", "schedule=wsd,trapezoid", ZERO])

    assert code == 1
    assert capsys.readouterr().out == f"wsd: {FROM_ZERO}trapezoid: {FROM_ZERO}"


@pytest.mark.parametrize(
    "words",
    [
        ["--silence", "first_step_zero"],
        ["--silence", "jump,first_step_zero"],
        ["--silence", "jump", "--silence", "first_step_zero"],
        ["callbacks.lr_scheduler.silence=[first_step_zero]"],
    ],
)
def test_a_finding_is_silenced_on_the_line_or_in_the_config(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schedule=wsd", ZERO, *words]) == 0
    assert capsys.readouterr().out == "nothing found in wsd\n"


def test_a_run_that_stops_where_its_schedule_ends_does_not_end_early() -> None:
    assert main(["schedule=wsd_on_plateau", "+schedule.phases.stable.duration=10%"]) == 0


def test_rules_of_the_callback_are_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    rule = "{key: weight_decay, schedule: {kind: step, every: 20000 steps}}"
    code = main(["schedule=wsd", f"+callbacks.lr_scheduler.rules={{wd: {rule}}}"])

    assert code == 1
    assert capsys.readouterr().out == (
        "callbacks.lr_scheduler.rules.wd.schedule: all 10000 steps are at 1; to mend it, write "
        "callbacks.lr_scheduler.rules.wd.schedule.every=10% [never_changes]\n"
    )
    fix = "callbacks.lr_scheduler.rules.wd.schedule.every=10%"
    assert main(["schedule=wsd", f"+callbacks.lr_scheduler.rules={{wd: {rule}}}", fix]) == 0


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["schedule=wds"], "there is no schedule 'wds'; did you mean 'wsd'?"),
        (["--silense=jump"], "there is no option '--silense'; did you mean '--silence'?"),
        (["--silence", "jumps"], "--silence: 'jumps' is no finding; did you mean 'jump'?"),
        (
            ["callbacks.lr_scheduler.silence=[jumps]"],
            "callbacks.lr_scheduler.silence: 'jumps' is no finding; did you mean 'jump'?",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words)

    assert (code, capsys.readouterr().err) == (1, f"lr-plugin lint: {answer}\n")


def test_help_names_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--help"])
    manual = capsys.readouterr().out

    assert code == 0
    assert set(NAMES) <= set(manual.split())


def test_it_loads_no_torch() -> None:
    code = "import sys\nfrom lr_plugin.app.cli import main\nmain(['lint'])\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )

    assert {"torch", "pytorch_lightning", "matplotlib"} & {*done.stdout.split()} == set()
