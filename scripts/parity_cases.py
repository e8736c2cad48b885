"""The cases of ``parity-cases/*.yaml``, as objects.

`call` and `arguments` of a case say what is built; a mapping with `call` inside the arguments is
built first. `base` is the optimizer's learning rate before the scheduler is built.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from torch.optim import Optimizer


@dataclass(frozen=True)
class System:
    """A package whose schedulers are traced.

    Parameters
    ----------
    name
        What the package is called here; also its folder of CSV files.
    distribution
        Its name on the package index.
    module
        What the short names of its cases are looked up in.
    drive
        How its schedulers are stepped: a key of `parity_drive.DRIVES`.
    convention
        Where its end points fall, in a few sentences.
    setup
        A key of `parity_drive.SETUPS`, run once before the first case.
    bare
        A package whose own ``__init__`` is left out, because it cannot be imported.
    """

    name: str
    distribution: str
    module: str
    drive: str
    convention: str
    setup: str = ""
    bare: str = ""


@dataclass(frozen=True)
class Case:
    """One scheduler with its arguments, and how many steps of it to read."""

    name: str
    system: System
    steps: int
    call: str = ""
    arguments: dict[str, Any] | None = None
    chain: tuple[dict[str, Any], ...] = ()
    base: float = 1.0
    read: tuple[str, ...] = ("lr",)
    drive: str = ""
    length: int = 0
    samples: int = 1
    tolerance: float = 1e-12
    oracle: str = "values"
    note: str = ""

    @property
    def file(self) -> str:
        """The CSV file of this case, relative to the folder of golden files."""
        return f"{self.system.name}/{self.name}.csv"

    @property
    def parts(self) -> tuple[dict[str, Any], ...]:
        """What is built, in this order: one scheduler, or several on one optimizer."""
        return self.chain or ({"call": self.call, "arguments": self.arguments or {}},)


def read_cases(folder: Path) -> list[Case]:
    """Read every case of every system: a file each."""
    return [case for path in sorted(folder.glob("*.yaml")) for case in cases_of(path)]


def cases_of(path: Path) -> list[Case]:
    """Read the cases of one system."""
    entry = yaml.safe_load(path.read_text())
    cases = entry.pop("cases")
    system = System(name=path.stem, **entry)
    return [case_of(system, name, fields) for name, fields in cases.items()]


def case_of(system: System, name: str, fields: dict[str, Any]) -> Case:
    """Read one case; its short names become dotted paths."""
    named = qualified(fields, system.module)
    lists = {key: tuple(named[key]) for key in ("chain", "read") if key in named}
    return Case(name=name, system=system, **{**named, **lists})


def qualified(value: Any, module: str) -> Any:  # noqa: ANN401 - a piece of YAML can be anything
    """Return `value` with every short `call` in it written as a dotted path."""
    if isinstance(value, list):
        return [qualified(item, module) for item in value]
    if isinstance(value, dict):
        return {key: qualified(item, module) for key, item in value.items()} | (
            {"call": dotted(value["call"], module)} if "call" in value else {}
        )
    return value


def dotted(call: str, module: str) -> str:
    """Return the dotted path of a short name; a path of another package stays as it is."""
    elsewhere = call.startswith("torch.")
    return call if elsewhere else f"{module}.{call}"


def build(part: Any, optimizer: Optimizer) -> Any:  # noqa: ANN401 - any scheduler of any package
    """Build a mapping with `call` and what is in it; pairs become tuples, as ignite wants."""
    if isinstance(part, list):
        return [tuple(item) if isinstance(item, list) else build(item, optimizer) for item in part]
    if not isinstance(part, dict) or "call" not in part:
        return part
    target = locate(part["call"])
    arguments = {key: build(value, optimizer) for key, value in part["arguments"].items()}
    takes = inspect.signature(target).parameters
    wants_optimizer = "optimizer" in takes or "args" in takes
    return target(optimizer=optimizer, **arguments) if wants_optimizer else target(**arguments)


def locate(path: str) -> Any:  # noqa: ANN401 - a class or a function of any package
    """Import what a dotted path names."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
