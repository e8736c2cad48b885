"""What a person runs: it can be run, says how, and sets itself up once."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HELPER = ROOT / "scripts" / "venv.sh"
COMMANDS = [
    path
    for path in [ROOT / ".ci" / "run", *sorted((ROOT / "scripts").iterdir())]
    if path.is_file() and path.read_bytes().startswith(b"#!")
]
SHELL = [path for path in COMMANDS if path.read_bytes().startswith(b"#!/bin/sh\n")]
SETTING_UP = [path for path in SHELL if "venv.sh" in path.read_text("utf-8")]

# A stand-in for Python that makes an environment of itself and writes down what it is asked for.
PYTHON = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
--version) echo "Python $VERSION" ;;
*version_info*) [ "$VERSION" = 3.11.0 ] ;;
*ensurepip,*) [ -z "$NO_VENV" ] ;;
esac
"""


def run(
    command: list[str | Path], cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts, in a place with a blank in its name, and the Python above."""
    root = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "python").write_text(PYTHON, "utf-8")
    (root / "python").chmod(0o755)
    (root / "tests").mkdir()
    (root / "tests/test_a.py").write_text("@pytest.mark.slow\n", "utf-8")
    (root / "tests/test_b.py").write_text("@pytest.mark.timing\n", "utf-8")
    return root


def calls_of(checkout: Path, *arguments: str, **more: str) -> tuple[int, str, list[str]]:
    """Exit code and errors of `scripts/test`, run from elsewhere, and what it asked of Python."""
    log = checkout / "log"
    log.write_text("", "utf-8")
    places = {"LOG": str(log), "PYTHON": str(checkout / "python"), "CDPATH": str(checkout)}
    defaults = {"VERSION": "3.11.0", "NO_VENV": ""}
    script = checkout / "scripts" / "test"
    done = run([script, *arguments], Path("/"), **defaults | places | more)
    return done.returncode, done.stderr, log.read_text("utf-8").splitlines()


def set_up(checkout: Path, **more: str) -> tuple[int, str, list[str]]:
    """Exit code and errors of `scripts/test`, and what it asked of pip."""
    code, error, calls = calls_of(checkout, "-q", **more)
    return code, error, [call for call in calls if "pip install" in call]


@pytest.mark.parametrize("script", COMMANDS, ids=lambda path: path.name)
def test_a_script_is_executable(script: Path) -> None:
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("script", [*SHELL, HELPER], ids=lambda path: path.name)
def test_a_script_is_posix_shell(script: Path, tmp_path: Path) -> None:
    done = run(["/bin/sh", "-n", script], tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("script", SETTING_UP, ids=lambda path: path.name)
def test_a_script_says_how_to_use_it_and_does_nothing_else(
    script: Path, flag: str, checkout: Path
) -> None:
    done = run([checkout / "scripts" / script.name, flag], checkout.parent)

    assert done.stdout.startswith(f"usage: scripts/{script.name}")
    assert len(done.stdout.splitlines()) > 2
    assert (done.returncode, done.stderr) == (0, "")
    assert not (checkout / ".venv").exists()


def test_only_the_first_run_installs(checkout: Path) -> None:
    first = set_up(checkout)

    assert first[0] == 0
    assert ["-e .[test]" in call for call in first[2]] == [True]
    assert set_up(checkout) == (0, "", [])


def test_a_changed_requirement_is_installed(checkout: Path) -> None:
    set_up(checkout)
    with (checkout / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    assert len(set_up(checkout)[2]) == 1


def test_a_moved_checkout_is_installed_again(checkout: Path) -> None:
    set_up(checkout)

    assert len(set_up(checkout.rename(checkout.with_name("elsewhere")))[2]) == 1


def test_an_old_python_is_refused(checkout: Path) -> None:
    code, error, installs = set_up(checkout, VERSION="3.10.9")

    assert "Python 3.10.9 is too old; write PYTHON=/path/to/python3.11" in error
    assert (code, installs) == (1, [])


def test_a_missing_python_is_refused(checkout: Path) -> None:
    code, error, installs = set_up(checkout, PYTHON="python-that-is-not-there")

    assert "no python-that-is-not-there found; install Python 3.11 or newer" in error
    assert (code, installs) == (1, [])


def test_a_python_without_venv_is_refused(checkout: Path) -> None:
    code, error, installs = set_up(checkout, NO_VENV="yes")

    assert "cannot make virtual environments; install its venv module" in error
    assert (code, installs) == (1, [])


PARALLEL = "-m pytest -n auto --dist loadfile -m {} --cov --cov-branch --cov-report="
SERIAL = "-m pytest -m timing tests/test_b.py"


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        ([], [PARALLEL.format("not slow and not timing"), SERIAL]),
        (["--slow"], [PARALLEL.format("not timing"), SERIAL]),
        (["-k", "cosine"], ["-m pytest -m not slow -k cosine"]),
        (["--slow", "-x"], ["-m pytest -m  -x"]),
    ],
)
def test_arguments_go_to_pytest_and_slow_is_opt_in(
    checkout: Path, arguments: list[str], calls: list[str]
) -> None:
    assert [line for line in calls_of(checkout, *arguments)[2] if "pytest" in line] == calls


@pytest.mark.parametrize("fails", ["pytest", "coverage"])
def test_a_failure_of_either_is_a_failure(checkout: Path, fails: str) -> None:
    failing = PYTHON + f'case "$*" in "-m {fails} "*) exit 1 ;; esac\n'
    (checkout / "python").write_text(failing, "utf-8")

    assert calls_of(checkout)[0] == 1
