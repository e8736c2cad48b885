"""Every page of the documentation does what it says.

A page is followed from top to bottom in one empty folder. Its fenced blocks are:

- ``python``: run, in one namespace for the page; with ``>>>`` as a doctest.
- ``console``: each ``$`` line is run by a shell. If output is shown, it has to be that output
  (``...`` stands for anything, and the number of blanks does not matter).
- ``yaml``: parsed. If the first line is ``# conf/...yaml``, it has to equal the file that we ship.
  If there is a ``kind:``, it has to load as a schedule.
- ``text``: a diagram or a listing; not checked.

A block whose first line names a file, as in ``# train.py``, is saved under that name for the
commands below it. A comment in the line above changes what is done: ``<!-- not run: REASON -->``,
and ``<!-- exit 1 -->`` for commands that are meant to fail.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

import lr_plugin
from lr_plugin.app.cli import main as lr_plugin_command
from lr_plugin.recipe import CALLBACK_KEYS
from lr_plugin.schedule import load
from tests import forked

ROOT = Path(__file__).parent.parent
PAGES = [
    *("README.md", "CHANGELOG.md", "lr_plugin/README.md"),
    *(".github/CONTRIBUTING.md", ".github/COMING_FROM.md", ".github/GALLERY.md"),
    *(".github/STUDIES.md", ".github/CLUSTERS.md"),
    *(".github/IN_YOUR_PROJECT.md", ".github/SECURITY.md"),
]
LONG = (".github/CLUSTERS.md",)  # it takes half a minute to follow
FENCE = re.compile(r"(?ms)^(?:<!--([^\n]*)-->\n)?(```([^\n]*)\n(.*?)^```)$")
COMMAND = re.compile(r"(?m)^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)")
PLAIN = re.compile(r"lr-plugin [^#$`|&;<>*?]*")  # a shell would do nothing with it but read quotes
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block, where it is and the comment above it."""

    place: str
    note: str
    language: str
    code: str

    @property
    def exit_code(self) -> int:
        return int(self.note.removeprefix("exit ")) if self.note.startswith("exit ") else 0

    @property
    def file(self) -> str | None:
        named = re.match(r"# (\S+\.(?:py|yaml))\b", self.code)
        return named[1] if named else None


def blocks(page: str, text: str) -> Iterator[Block]:
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        yield Block(f"{page}:{line}", (match[1] or "").strip(), match[3], match[4])


def read(page: str) -> list[Block]:
    return list(blocks(page, (ROOT / page).read_text("utf-8")))


def run_python(block: Block, names: dict[str, object]) -> None:
    # Lightning warns about any small example; here too that is no error, as it is none to a reader.
    warnings.simplefilter("default")
    if ">>>" in block.code:
        test = doctest.DocTestParser().get_doctest(block.code, names, block.place, None, None)
        doctest.DebugRunner(optionflags=FLAGS).run(test, clear_globs=False)
        names.update(test.globs)
    else:
        exec(compile(block.code, block.place, "exec"), names)  # noqa: S102 # it is documentation


def run_commands(block: Block, folder: Path) -> None:
    for command, shown in COMMAND.findall(block.code):
        done = run_command(command, folder)
        printed = f"$ {command}\n{done.stdout}exit {done.returncode}"
        assert done.returncode == block.exit_code, printed
        assert not shown or doctest.OutputChecker().check_output(shown, done.stdout, FLAGS), printed


def run_command(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line in a shell, or at once in a fork if there is nothing but words of our command."""
    if PLAIN.fullmatch(command) and "launcher" not in command:  # a fork leaves workers behind
        _, *words = shlex.split(command)
        return forked.run(lr_plugin_command, words, folder=folder, environment=environment(folder))
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=os.environ | environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def environment(folder: Path) -> dict[str, str]:
    """The package and `lr-plugin` within reach, also of an interpreter without an installation."""
    command = folder.with_name("bin") / "lr-plugin"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m lr_plugin \"$@\"\n", "utf-8")
    command.chmod(0o755)
    path = [str(command.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    sources = str(Path(lr_plugin.__file__).parent.parent)
    return {"PATH": os.pathsep.join(path), "PYTHONPATH": sources, "COLUMNS": "100"}


def check_yaml(block: Block) -> None:
    written = yaml.safe_load(block.code)
    if block.file and block.file.startswith("conf/"):
        shipped = files("lr_plugin.conf") / block.file.removeprefix("conf/")
        assert written == yaml.safe_load(shipped.read_text("utf-8"))
    if isinstance(written, dict) and "kind" in written:
        load({key: value for key, value in written.items() if key not in CALLBACK_KEYS})


def follow(page: list[Block], folder: Path) -> None:
    """Do what a page says; raise at the first thing that is not so."""
    folder.mkdir()
    names: dict[str, object] = {"__name__": "__main__"}
    for block in page:
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.code, "utf-8")
        if block.note.startswith("not run: "):
            continue
        if block.language == "yaml":
            check_yaml(block)
        elif block.language == "console":
            run_commands(block, folder)
        elif block.language == "python" and not block.file:
            with chdir(folder), warnings.catch_warnings():
                run_python(block, names)


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.slow) if page in LONG else page for page in PAGES]
)
def test_a_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    follow(read(page), tmp_path / "folder")


@pytest.mark.parametrize("page", PAGES)
def test_no_block_of_a_page_is_missed(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")

    assert len(re.findall(r"(?m)^\s*(?:```|~~~)", text)) == 2 * len(read(page))


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_are_of_a_kind_that_is_checked(page: str) -> None:
    languages = {block.language for block in read(page)}
    notes = {block.note for block in read(page)}

    assert languages <= {"python", "console", "yaml", "text"}
    assert [n for n in notes if not re.fullmatch(r"|not run: .{10,}|exit \d+", n)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_script_on_a_page_is_run_by_a_command_on_it(page: str) -> None:
    commands = "".join(block.code for block in read(page) if block.language == "console")
    scripts = [block.file for block in read(page) if block.language == "python" and block.file]

    assert [script for script in scripts if script not in commands] == []


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1\n```\n```python\nassert x == 2\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
        "```console\n$ echo 1\n2\n```\n",
        "```console\n$ echo 1; false\n```\n",
        "<!-- exit 1 -->\n```console\n$ true\n```\n",
        "```console\n$ echo a \\\n    b\na  b\n$ echo c\nd\n```\n",
        "```console\n$ seq 9\n1\n...\n8\n```\n",
        "```yaml\nkind: no_such_kind\n```\n",
        "```yaml\n# conf/lr_app/task/digits_mlp.yaml\nno: copy\n```\n",
        "```yaml\nkind: [\n```\n",
    ],
)
def test_a_page_that_is_wrong_is_caught(text: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, doctest.DocTestFailure, ValueError, yaml.YAMLError)):
        follow(list(blocks("page", text)), tmp_path / "folder")


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1\n```\n```python\n>>> x\n1\n```\n",
        "```console\n$ seq 9\n1\n...\n9\n```\n",
        "<!-- exit 1 -->\n```console\n$ false\n```\n",
        "<!-- not run: there is no such command -->\n```console\n$ no-such-command\n```\n",
        "```python\n# a.py\nprint(1)\n```\n```console\n$ python a.py\n1\n```\n",
        "```yaml\nkind: linear\n```\n",
    ],
)
def test_a_page_that_is_right_passes(text: str, tmp_path: Path) -> None:
    follow(list(blocks("page", text)), tmp_path / "folder")
