"""House rules about files: short, tested, and nothing of one machine in them."""

import ast
import subprocess
from pathlib import Path
from shutil import which

import pytest

import lr_plugin

ROOT = Path(__file__).parent.parent
PACKAGE = Path(lr_plugin.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

# Modules and packages without a test file of the same name: where they are tested, and why there.
TESTED_IN = {
    "advisor": ("advisor/test_verdict.py", "a verdict is tested by the statistics it is made from"),
    "app": ("app/test_one_run.py", "the pieces of a command are tested by what it leaves behind"),
    "callback": ("callback/test_automatic.py", "hooks are tested by the training they change"),
    "compare": ("app/test_sweep.py", "a table is tested by the sweep that ends in it"),
    "finder": ("finder/test_no_trace.py", "the pieces of a test are tested by what it finds"),
    "interop": ("interop/test_golden.py", "a peer is tested by the curve it gives"),
    "lint": ("lint/test_linter.py", "a check is tested by the finding it gives"),
    "overrides.py": ("conf/test_recipes.py", "a change is tested by the recipe that it makes"),
    "plot": ("test_plot.py", "pieces of one thing: what a curve looks like"),
    "recipe.py": ("conf/test_recipes.py", "reading is tested with the files that are read"),
    "schedule": ("schedule/test_laws.py", "the laws hold for all nodes, nested at random"),
    "searchpath.py": ("conf/test_command_line.py", "it only shows in a shell"),
    "untrusted.py": ("guests/test_hostile.py", "limits are tested by what exceeds them"),
    "trigger": ("trigger/test_others.py", "one protocol, tested for all of them"),
}
MACHINE_PATHS = ["/" + folder for folder in ("work/", "tmp/venv", "opt/", "root/")]


def sizes(source: str) -> tuple[int, int]:
    """Lines of a module and of its longest body, docstrings and blank lines left out."""
    code = {number for number, line in enumerate(source.splitlines(), 1) if line.strip()}
    functions = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            functions.append(lines_of(node.body))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            code -= lines_of(node.body[:1])
    return len(code), max((len(code & body) for body in functions), default=0)


def lines_of(statements: list[ast.stmt]) -> set[int]:
    return {n for s in statements for n in range(s.lineno, (s.end_lineno or s.lineno) + 1)}


def tracked() -> list[Path]:
    git = which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("only a git checkout knows which files are tracked")
    names = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [path for name in names.stdout.decode().split("\0") if (path := ROOT / name).is_file()]


def machine_paths(text: str) -> list[str]:
    return [path for path in MACHINE_PATHS if path in text]


def found_tests(module: str) -> list[Path]:
    path = Path("tests", module)
    places = [
        place for name, (place, _) in TESTED_IN.items() if f"{module}/".startswith(f"{name}/")
    ]
    candidates = [path.with_name(f"test_{path.name}"), *(Path("tests", place) for place in places)]
    return [candidate for candidate in candidates if (ROOT / candidate).is_file()]


@pytest.mark.parametrize("module", [name for name in MODULES if not name.endswith("__.py")])
def test_a_module_has_its_test_file_or_a_reason(module: str) -> None:
    assert found_tests(module) != []


def test_a_module_without_a_test_file_is_caught() -> None:
    assert found_tests("brand_new.py") == []


@pytest.mark.parametrize("name", TESTED_IN)
def test_only_what_exists_is_excused(name: str) -> None:
    assert (PACKAGE / name).exists()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_and_its_functions_are_short(module: str) -> None:
    lines, longest = sizes((PACKAGE / module).read_text("utf-8"))

    assert lines <= 250
    assert longest <= 25


def test_a_long_module_and_a_long_function_are_caught() -> None:
    source = 'def f():\n    """A\n    docstring."""\n' + 30 * "    f()\n" + 230 * "f()\n"

    assert sizes(source) == (261, 30)


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    found = {path: machine_paths(path.read_text("utf-8", "ignore")) for path in tracked()}

    assert {path: names for path, names in found.items() if names} == {}


def test_a_path_of_one_machine_is_caught() -> None:
    assert machine_paths("data_dir: /" + "work/shared") == ["/" + "work/"]
