"""The projects of others: a copy of one, and an interpreter that has the built wheel."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

collect_ignore = ["template"]  # it is run, in an interpreter of its own

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@dataclass(frozen=True)
class Answer:
    """What a command printed, on both streams, and its exit code."""

    code: int
    text: str


@dataclass(frozen=True)
class Project:
    """A copy of the guests' project, and an interpreter that has the built wheel."""

    folder: Path
    interpreter: Path

    def insert(self, file: str, line: str, *, after: str) -> None:
        """Add one line to a file, behind the line that begins with `after`."""
        path = self.folder / file
        lines = path.read_text("utf-8").splitlines()
        place = next(n for n, found in enumerate(lines, 1) if found.startswith(after))
        path.write_text("\n".join([*lines[:place], line, *lines[place:], ""]), "utf-8")

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def train(self, *words: str) -> Answer:
        """Run the project's script as its owner does, in a process of its own."""
        return self.python("src/train.py", *words)

    def train_each(self, *lines: tuple[Path, str]) -> list[Answer]:
        """Run the script that is in a folder, for each folder and line of words."""
        split = [[str(folder), *shlex.split(line)] for folder, line in lines]
        done = self.python(str(HERE / "drive.py"), stdin=json.dumps(split))
        assert done.code == 0, done.text
        return [Answer(**each) for each in json.loads(done.text.splitlines()[-1])]

    def rates(self, run: str) -> list[float]:
        """Give the learning rate at every step of a run, as the project's own module logged it."""
        return self.column(run, "rate")

    def column(self, run: str, name: str) -> list[float]:
        with (self.folder / run / "csv" / "metrics.csv").open() as file:
            return [float(row[name]) for row in csv.DictReader(file) if row[name]]

    def python(self, *words: str, stdin: str = "") -> Answer:
        """Run the project's interpreter in its folder."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [self.interpreter, *words],
            cwd=self.folder,
            env=environment | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project as its owner has it: installed in its folder, with the built wheel at hand."""
    home = tmp_path_factory.mktemp("guest")
    shutil.copytree(HERE / "template", home / "digits")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    checked([*pip, "wheel", *offline, "-w", str(home), str(_sources(home / "sources"))])
    venv.create(home / "venv")
    interpreter = home / "venv" / "bin" / "python"
    where = [str(interpreter), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    # All that both need is taken from the interpreter that runs the tests.
    (Path(checked(where).strip()) / "needs.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    wheel = next(home.glob("lr_plugin-*.whl"))
    install = ["--python", str(interpreter), "install", *offline]
    checked([*pip, *install, str(wheel), "-e", str(home / "digits")])
    return Project(home / "digits", interpreter)


def _sources(target: Path) -> Path:
    """Copy what the wheel is built from, without what working in the checkout leaves behind."""
    for name in ("lr_plugin", "conf"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target)
    return target


def checked(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
