"""Step the schedulers of other systems the way their own training loops do, and read the values."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from parity_cases import Case, build, locate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = tuple[float, ...]
"""The value in force at one step, and the momentum where a case reads it."""


def trace(case: Case) -> list[Row]:
    """Return one row per step."""
    prepare(case.system.setup, case.system.bare)
    return list(DRIVES[case.drive or case.system.drive](case))


@cache
def prepare(setup: str, bare: str) -> None:
    """Make a system importable and let it compute in 64-bit floats."""
    if bare:
        import_bare(bare)
    if setup:
        SETUPS[setup]()


def import_bare(package: str) -> None:
    """Let submodules of `package` be imported without running its ``__init__``."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{package} is not installed: run scripts/parity")
    module = ModuleType(package)
    module.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = module


def keras_in_float64() -> None:
    """Choose 64-bit floats and a backend that respects them: NumPy's makes every float 32-bit."""
    os.environ["KERAS_BACKEND"] = "torch"
    locate("keras.config.set_floatx")("float64")


def optax_in_float64() -> None:
    """Let jax compute in 64-bit floats."""
    locate("jax.config").update("jax_enable_x64", True)  # noqa: FBT003 - jax's own signature


def optimizer_of(base: float) -> torch.optim.SGD:
    """Return an optimizer with momentum and one parameter without gradient."""
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base, momentum=0.9)


def values_of(optimizer: torch.optim.Optimizer, names: tuple[str, ...]) -> Row:
    """Read what the optimizer's only group holds now."""
    return tuple(float(optimizer.param_groups[0][name]) for name in names)


def on_optimizer(case: Case) -> Iterator[Row]:
    """Yield what torch-style schedulers leave in the optimizer."""
    optimizer = optimizer_of(case.base)
    schedulers = [build(part, optimizer) for part in case.parts]
    yield values_of(optimizer, case.read)
    for _ in range(case.steps - 1):
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
        yield values_of(optimizer, case.read)


def on_timm(case: Case) -> Iterator[Row]:
    """Yield what timm's schedulers leave in the optimizer, updated per step."""
    optimizer = optimizer_of(case.base)
    (part,) = case.parts
    scheduler = build({**part, "arguments": part["arguments"] | {"t_in_epochs": False}}, optimizer)
    yield values_of(optimizer, case.read)
    for step in range(1, case.steps):
        scheduler.step_update(step)
        yield values_of(optimizer, case.read)


def on_ignite(case: Case) -> Iterator[Row]:
    """Yield what ignite's handlers leave in the optimizer, called before each update."""
    optimizer = optimizer_of(case.base)
    (part,) = case.parts
    handler = build(part, optimizer)
    for _ in range(case.steps):
        handler(None)
        yield values_of(optimizer, case.read)


def on_count(case: Case) -> Iterator[Row]:
    """Yield the values of a function of the step."""
    (part,) = case.parts
    schedule = build(part, optimizer_of(case.base))
    for step in range(case.steps):
        yield (float(schedule(step)),)


def on_where(case: Case) -> Iterator[Row]:
    """Yield the values of a function of the progress, a number from 0 to 1."""
    (part,) = case.parts
    schedule = build(part, optimizer_of(case.base))
    for step in range(case.steps):
        yield (float(schedule(step / (case.length or case.steps))),)


def on_sgd(case: Case) -> Iterator[Row]:
    """Yield scikit-learn's step sizes: one sample with gradient -1 moves the coefficient by one."""
    model = locate(case.call)(**case.arguments or {}, penalty=None, fit_intercept=False)
    for _ in range(case.steps):
        model.partial_fit([[1.0]], [1.0])
        yield (float(model.coef_[0]),)
        model.coef_[:] = 0.0


def on_mlp(case: Case) -> Iterator[Row]:
    """Yield the learning rate that each epoch of scikit-learn's perceptron starts with."""
    arguments = case.arguments or {}
    model = locate(case.call)(**arguments, solver="sgd", hidden_layer_sizes=(1,), random_state=0)
    yield (float(arguments["learning_rate_init"]),)
    for _ in range(case.steps - 1):
        model.partial_fit([[1.0]] * case.samples, [1.0] * case.samples)
        yield (float(model._optimizer.learning_rate),)  # noqa: SLF001 - kept nowhere else


SETUPS: dict[str, Callable[[], None]] = {"keras": keras_in_float64, "optax": optax_in_float64}
DRIVES: dict[str, Callable[[Case], Iterator[Row]]] = {
    "optimizer": on_optimizer,
    "timm": on_timm,
    "ignite": on_ignite,
    "count": on_count,
    "where": on_where,
    "sgd": on_sgd,
    "mlp": on_mlp,
}
