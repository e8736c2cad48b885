"""What may import what. The table is the architecture: what breaks it needs a new design."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import lr_plugin

PACKAGE = Path(lr_plugin.__file__).parent
SCHEDULE = "lr_plugin.schedule"
LIGHTNING = {"numpy", "torch", "pytorch_lightning", "lightning"}

# The modules of the algebra: each may import NumPy and those in the rows above its own.
LAYERS = [
    ["error", "rounding", "firing", "segment"],
    ["duration", "clock", "bound"],
    ["span"],
    ["base", "cycles"],
    ["check", "around"],
    ["shapes", "timed", "chebyshev", "warps", "events", "compose", "phase"],
    ["powers", "inverse", "knots", "noise", "repeat", "plan", "moved"],
    ["sequence"],
    ["kinds"],
    ["data", "fit"],
    ["identity"],
]

# What a module may import, in functions too, beside the standard library and typing_extensions.
# The row with the longest prefix holds; a package in a row stands for all of it.
MAY_IMPORT: dict[str, set[str]] = {
    "lr_plugin": set(),
    SCHEDULE: {SCHEDULE},
    "lr_plugin.untrusted": {SCHEDULE, "lr_plugin.yaml_error", "omegaconf", "yaml"},
    "lr_plugin.overrides": {SCHEDULE, "lr_plugin.untrusted", "omegaconf"},
    "lr_plugin.recipe": {SCHEDULE, "lr_plugin.untrusted", "lr_plugin.overrides", "omegaconf"},
    "lr_plugin.lint": {"lr_plugin.lint", "lr_plugin.plot", "lr_plugin.rule", SCHEDULE, "numpy"},
    "lr_plugin.rule": {SCHEDULE},
    "lr_plugin.schema": {SCHEDULE, "lr_plugin.trigger"},
    "lr_plugin.trigger": {"lr_plugin.trigger", SCHEDULE},
    "lr_plugin.yaml_error": {"yaml"},
    "lr_plugin.plot": {"lr_plugin.plot", SCHEDULE, "numpy", "matplotlib", "plotly"},
    "lr_plugin.interop": {"lr_plugin.interop", SCHEDULE, "numpy", "torch"},
    "lr_plugin.advisor": {"lr_plugin.advisor", "numpy"},
    "lr_plugin.callback": LIGHTNING
    | {"lr_plugin.callback", "lr_plugin.recipe", "lr_plugin.rule", SCHEDULE}
    | {"lr_plugin.trigger", "lr_plugin.advisor", "lr_plugin.lint", "lr_plugin.plot"},
    "lr_plugin.finder": LIGHTNING
    | {"lr_plugin.finder", "lr_plugin.callback", "lr_plugin.recipe", SCHEDULE}
    | {"matplotlib", "tqdm"},
    "lr_plugin.compare": {"lr_plugin.compare", SCHEDULE, "numpy", "scipy", "matplotlib"}
    | {"tensorboard"},
    "lr_plugin.task": LIGHTNING | {"lr_plugin.task", "sklearn", "tqdm"},
    "lr_plugin.searchpath": {"hydra"},
    "lr_plugin.__main__": {"lr_plugin.app"},
    "lr_plugin.app": LIGHTNING
    | {"lr_plugin", "hydra", "omegaconf", "matplotlib", "tensorboard", "rich", "filelock"}
    | {"hydra_plugins", "optuna"},
}

for _depth, _layer in enumerate(LAYERS):
    _above = {f"{SCHEDULE}.{name}" for layer in LAYERS[:_depth] for name in layer}
    MAY_IMPORT |= {f"{SCHEDULE}.{name}": {"numpy", *_above} for name in _layer}

# What each import may load, at most, beside the standard library: it is paid in every `--help`.
LOADS: dict[str, set[str]] = {
    "lr_plugin": set(),
    SCHEDULE: {"numpy"},
    "lr_plugin.recipe": {"numpy"},
    "lr_plugin.rule": {"numpy"},
    "lr_plugin.lint": {"numpy"},
    "lr_plugin.schema": {"numpy"},
    "lr_plugin.plot": {"numpy"},
    "lr_plugin.compare.save": {"numpy"},
    "lr_plugin.interop": {"numpy", "typing_extensions"},
    "lr_plugin.finder": {"numpy"},
}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(source: str) -> Iterator[str]:
    """Dotted names of all that is imported, at the top or in functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            names = (f"{origin}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else origin for name in names)


def is_within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def forbidden(module: str, source: str) -> list[str]:
    """Imports in `source` that the table does not allow to `module`."""
    row = max((prefix for prefix in MAY_IMPORT if is_within(module, prefix)), key=len)
    allowed = {*MAY_IMPORT[row], *sys.stdlib_module_names, "typing_extensions"}
    names = dict.fromkeys(imported(source))
    return [name for name in names if not any(is_within(name, package) for package in allowed)]


@cache
def installed() -> set[str]:
    return {*packages_distributions()} - {"lr_plugin"}


def loaded_by(statement: str) -> set[str]:
    """Installed packages that a fresh interpreter loads when it runs `statement`."""
    code = f"""
import sys
before = {{*sys.modules}}
{statement}
print(*{{name.partition(".")[0] for name in {{*sys.modules}} - before}})"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=PACKAGE.parent)
    return {*done.stdout.decode().split()} & installed()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_the_table_allows(module: str) -> None:
    assert forbidden(module, MODULES[module].read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source", "caught"),
    [
        ("lr_plugin", "import numpy", ["numpy"]),
        (f"{SCHEDULE}.base", "import torch.nn", ["torch.nn"]),
        (f"{SCHEDULE}.base", "def f():\n    from torch import nn", ["torch"]),
        (f"{SCHEDULE}.base", f"from {SCHEDULE} import shapes", [f"{SCHEDULE}.shapes"]),
        (f"{SCHEDULE}.shapes", f"from {SCHEDULE}.timed import Step", [f"{SCHEDULE}.timed"]),
        (f"{SCHEDULE}.span", "from . import base", ["."]),
        (f"{SCHEDULE}.brand_new", "import numpy", ["numpy"]),
        ("lr_plugin.rule", "import lr_plugin.callback", ["lr_plugin.callback"]),
        ("lr_plugin.brand_new", "import lr_plugin.schedule", [SCHEDULE]),
    ],
)
def test_a_module_that_breaks_the_table_is_caught(
    module: str, source: str, caught: list[str]
) -> None:
    assert forbidden(module, source) == caught


@pytest.mark.parametrize("module", [name for name in LOADS if name in MODULES])
def test_an_import_loads_no_more_than_it_may(module: str) -> None:
    assert loaded_by(f"import {module}") <= LOADS[module]


def test_an_import_that_loads_too_much_is_caught() -> None:
    assert loaded_by("import lr_plugin, yaml") == {"yaml"}
