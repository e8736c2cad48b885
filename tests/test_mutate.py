"""The breaks fit the code, and a break that a test catches is told from one that none does."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
sys.path.append(str(SCRIPTS))

from mutate_breaks import TABLE, Break, faults, read  # noqa: E402 - scripts are no package

ROOT = SCRIPTS.parent
RULE = {"file": "lr_plugin/rule.py", "tests": ("tests/test_rule.py",)}
CAUGHT = """
["Rules"."drive a value by two rules"]
file = "lr_plugin/rule.py"
search = "if slot in owner:"
replace = "if False:"
tests = ["tests/test_rule.py"]
"""
MISSED = """
["Rules"."check what is checked already"]
file = "lr_plugin/rule.py"
search = "if slot in owner:"
replace = "if slot in list(owner):"
tests = ["tests/test_rule.py::test_a_run_without_optimizers_is_refused"]
"""


def broken(**fields: object) -> Break:
    words = {"rule": "Rules", "name": "a break", "search": "if slot in owner:", "replace": "if 0:"}
    return Break(**{**words, **RULE, **fields})  # type: ignore[arg-type] # what tests write


def test_every_break_fits_the_code() -> None:
    breaks = read()

    assert len(breaks) > 35
    assert faults(breaks, ROOT) == []


@pytest.mark.parametrize(
    ("breaks", "fault"),
    [
        ([broken(search="no such text")], "a break: lr_plugin/rule.py has its search text 0 times"),
        ([broken(search="self")], "times"),
        ([broken(replace="if slot in owner:")], "changes nothing"),
        ([broken(replace="if (slot in owner):")], "changes nothing"),
        ([broken(replace="if slot in owner")], "leaves no Python behind"),
        ([broken(tests=("tests/test_nothing.py",))], "there is no test tests/test_nothing.py"),
        ([broken(tests=("tests/test_rule.py::test_no",))], "there is no test"),
        ([broken(), broken()], "a break: several have this name"),
    ],
)
def test_a_break_that_does_not_fit_is_named(breaks: list[Break], fault: str) -> None:
    assert [said for said in faults(breaks, ROOT) if fault in said] != []


def test_a_rule_has_no_break_twice() -> None:
    programs = [(each.file, each.applied((ROOT / each.file).read_text("utf-8"))) for each in read()]

    assert len(set(programs)) == len(programs)


def mutate(table: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = folder / "breaks.toml"
    path.write_text(table, "utf-8")
    command = [sys.executable, str(SCRIPTS / "mutate_run.py"), "--table", str(path), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_break_is_made_and_caught_and_the_checkout_stays_as_it_is(tmp_path: Path) -> None:
    before = (ROOT / "lr_plugin" / "rule.py").read_bytes()
    done = mutate(CAUGHT, tmp_path)

    assert "test_rule.py::test_rules_that_cannot_all_hold_are_refused" in done.stdout
    assert "1 of 1 breaks are caught" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert (ROOT / "lr_plugin" / "rule.py").read_bytes() == before


@pytest.mark.slow
def test_a_break_that_nothing_notices_is_a_failure(tmp_path: Path) -> None:
    done = mutate(MISSED, tmp_path)

    assert "0 of 1 breaks are caught\nNOT CAUGHT: check what is checked already" in done.stdout
    assert done.returncode == 1


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    done = mutate(CAUGHT, tmp_path, "drive a value by two rule")

    assert "drive a value by two rule: no break has this name" in done.stderr
    assert done.returncode == 2


def test_the_table_is_beside_its_script() -> None:
    assert TABLE.parent == SCRIPTS
