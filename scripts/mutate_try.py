"""Trying a break: make it in a copy of the checkout, run tests there, and see which fails."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from mutate_breaks import Break

ROOT = Path(__file__).parent.parent
NEEDED = ("lr_plugin", "conf", "tests", "pyproject.toml")
# Everything else that is about the callback. What measures times would notice a busy machine.
REST = ("tests/test_rule.py", "tests/callback", "--ignore=tests/callback/test_cost.py")
OPTIONS = ("-q", "--tb=no", "-pno:cacheprovider", "-mnot slow")
SECONDS = 600

# Each run of tests is a fork of one process.
FORKS = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What tests have to say.

    Parameters
    ----------
    failed
        The tests that failed.
    trouble
        Why this says nothing; empty if it does.
    """

    failed: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A break, what tests had to say, and how long they took."""

    broken: Break
    outcome: Outcome
    seconds: float


def load_ahead() -> None:
    """Load what takes seconds to load once, instead of for every run of tests."""
    FORKS.set_forkserver_preload(["lightning.pytorch", "pytorch_lightning"])


def copy(folder: Path) -> Path:
    """Copy what the tests need into a folder, and return it."""
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, target)
    return folder


def attempt(broken: Break, tree: Path) -> Tried:
    """Make one break in a copy, run tests until one fails, and mend the copy."""
    began, file = perf_counter(), tree / broken.file
    source = file.read_text("utf-8")
    file.write_text(broken.applied(source), "utf-8")
    try:
        outcome = run(tree, ["-x", *broken.tests])
        if outcome == Outcome():
            outcome = run(tree, ["-x", *REST])
    finally:
        file.write_text(source, "utf-8")
    return Tried(broken, outcome, perf_counter() - began)


def run(tree: Path, arguments: Sequence[str]) -> Outcome:
    """Run tests in a copy, with arguments for pytest."""
    receiver, sender = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_run_here, args=(tree, arguments, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(SECONDS):
            return Outcome(trouble=f"no answer within {SECONDS} s")
        outcome: Outcome = receiver.recv()
    except EOFError:
        return Outcome(trouble="the tests broke off")
    else:
        return outcome
    finally:
        process.kill()
        process.join()


def _run_here(tree: Path, arguments: Sequence[str], sender: Connection) -> None:
    """Run tests in this process, which is used for nothing else."""
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    # Bytecode of a broken file must not be left behind: the mended one may be as old and as long.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # None of these tests needs a plugin, and hypothesis takes a second to load.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    notes = _Notes()
    with (
        Path(os.devnull).open("w", encoding="utf-8") as void,
        redirect_stdout(void),
        redirect_stderr(void),
    ):
        code = pytest.main([*OPTIONS, *arguments], plugins=[notes])
    # Only this code says that tests ran and failed; what cannot be imported proves nothing.
    if code == pytest.ExitCode.TESTS_FAILED:
        sender.send(Outcome(failed=tuple(notes.failed)))
    else:
        sender.send(Outcome(trouble="" if code == 0 else f"pytest ended with {code!r}"))


class _Notes:
    """A plugin of pytest that notes which tests fail."""

    def __init__(self) -> None:
        self.failed: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = None
