"""The public names are these, and their docstrings say all that a user has to know."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from numpydoc.validate import validate  # type: ignore[import-untyped] # it ships no types

import lr_plugin

PACKAGE = Path(lr_plugin.__file__).parent

# What people import. A name that comes or goes is a line in CHANGELOG.md.
API = {
    "lr_plugin.schedule": [
        *("Affine", "Chebyshev", "Clamp", "Constant", "Cosine", "Curve"),
        *("Drop", "Duration", "Exponential", "ExponentialDecay", "Firing", "Hold", "InversePower"),
        *("InverseSqrt", "Knots", "Linear", "Multistep", "Noise", "Phase"),
        *("Polynomial", "Power", "Product", "Record", "Repeat", "Rex"),
        *("Scaled", "Schedule", "ScheduleError", "Segment", "Sequence", "Shape"),
        *("Skip", "Span", "Sqrt", "Step", "Stretch", "Tanh", "Warp"),
        *("dump", "identity", "least_span", "load"),
    ],
    "lr_plugin.schedule.bound": ["bound", "peak_ratio"],
    "lr_plugin.recipe": ["load_schedule", "read_recipe", "recipe_names"],
    "lr_plugin.advisor": [
        *("Advice", "Circumstances", "Evidence", "Pair", "Probe", "Signal", "Statistics"),
        *("Thresholds", "Window", "advise", "line", "pack", "page", "plain", "statistics"),
        "unpack",
    ],
    "lr_plugin.callback": [
        *("LearningRateAdvisor", "LearningRateScheduler", "PhaseAveraging", "ScheduleMonitor"),
    ],
    "lr_plugin.schema": ["recipe_schema"],
    "lr_plugin.finder": ["FindError", "Suggestion", "find_learning_rate"],
    "lr_plugin.finder.range_test": ["RangeTest"],
    "lr_plugin.interop": ["Torch", "as_function", "as_lambda_lr"],
    "lr_plugin.lint": ["NAMES", "Finding", "lint", "lint_rules", "read_silence"],
    "lr_plugin.plot": ["Unit", "figure", "page", "panels", "sample", "sparkline", "table"],
    "lr_plugin.task.digits": ["DigitsData"],
    "lr_plugin.task.models": ["CNN", "MLP", "CharGRU"],
    "lr_plugin.task.module": ["Classifier", "OptimizerFactory"],
}

# numpydoc's checks that are switched off, everywhere and where the API ends.
OFF = {
    "ES01": "an idea of one line needs no second paragraph",
    "GL01": "older releases want a line break first; ruff's D212 wants none",
    "SA01": "a See Also that names nothing near is noise",
    "SS05": "it takes the noun in 'Names of the recipes' for a verb",
}
OFF_INSIDE = {
    "EX01": "a command is shown in the README, not in a doctest",
    "PR01": "one line can say what a short helper takes",
    "RT01": "and what it returns",
    "YD01": "or yields",
}


def public(module: ModuleType) -> list[str]:
    """What the module exports: its `__all__`, else what it defines under a public name."""
    defined = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return sorted(getattr(module, "__all__", defined))


def modules() -> list[str]:
    paths = sorted(PACKAGE.rglob("*.py"))
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def documented(owner: str) -> Iterator[str]:
    """Dotted names of the classes and functions of a module, and of what the classes add."""
    module = import_module(owner)
    for name in public(module):
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            yield f"{owner}.{name}"
        if inspect.isclass(value):
            yield from (f"{owner}.{name}.{method}" for method in added(value))


def added(owner: type) -> list[str]:
    """Methods and properties that no base class has: those document the overrides."""
    return [
        name
        for name, value in vars(owner).items()
        if not name.startswith("_")
        and isinstance(inspect.unwrap(getattr(value, "__func__", value)), FUNCTIONS)
        and not any(hasattr(base, name) for base in owner.__mro__[1:])
    ]


FUNCTIONS = (type(modules), property)


def faults(name: str, off: set[str]) -> list[str]:
    return [f"{code} {text}" for code, text in validate(name)["errors"] if code not in off]


OBJECTS = [name for module in API for name in documented(module)]
INSIDE = [name for module in modules() for name in documented(module) if name not in OBJECTS]


@pytest.mark.parametrize("module", API)
def test_the_public_names_are_pinned(module: str) -> None:
    assert public(import_module(module)) == sorted(API[module])


@pytest.mark.parametrize("name", OBJECTS)
def test_a_public_object_is_documented_in_full(name: str) -> None:
    is_method = name.rpartition(".")[0] in OBJECTS
    # The class has the example, and one line is enough for a method of one idea.
    is_one_line = "\n" not in (inspect.getdoc(resolve(name)) or "")
    off = set() if not is_method else {*OFF_INSIDE} if is_one_line else {"EX01"}

    assert faults(name, {*OFF} | off) == []


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_inside_is_documented_too(name: str) -> None:
    assert faults(name, {*OFF, *OFF_INSIDE}) == []


def resolve(name: str) -> object:
    owner = next(module for module in API if name.startswith(f"{module}."))
    value: object = import_module(owner)
    for part in name.removeprefix(f"{owner}.").split("."):
        value = getattr(value, part)
    return value


def undocumented(number: int) -> int:
    """Add one

    Parameters
    ----------
    numbers : int
        What to add to.
    """
    return number + 1


def test_a_docstring_with_faults_is_caught() -> None:
    codes = [fault[:4] for fault in faults(f"{__name__}.undocumented", {*OFF})]

    assert codes == ["SS03", "PR01", "PR02", "RT01", "EX01"]
