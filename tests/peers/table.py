"""What other systems gave, what we write for it, and where the two differ."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import yaml

from lr_plugin.callback.arguments import read_arguments
from lr_plugin.rule import Rule
from lr_plugin.schedule import Span
from lr_plugin.schedule.rounding import Values

Written: TypeAlias = dict[str, Any]
Columns: TypeAlias = dict[str, Values]

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden" / "peers"
INDEX: Written = json.loads((GOLDEN / "index.json").read_text("utf-8"))
MOMENTUM = 0.9  # of the optimizer that the traces were made with


@dataclass(frozen=True, kw_only=True)
class Ours:
    """One golden case in our words.

    `base` is the configured learning rate, `differs` the steps at which we do not give the other
    system's number, single or as [first, last], and `because` is why not.
    """

    golden: Written
    schedule: Written
    span: int | Written | None
    base: float
    mode: Literal["scale", "set"] = "scale"
    momentum: Written | None = None
    differs: list[int | list[int]] = field(default_factory=list)
    by: float = 0.0
    because: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.golden["file"]).removesuffix(".csv")

    @property
    def steps(self) -> range:
        return range(self.golden["steps"])

    @property
    def stated(self) -> list[int]:
        return list(stretched(self.differs))

    @cached_property
    def theirs(self) -> Columns:
        """The columns of the golden file: `value`, and `momentum` where it was read."""
        lines = (GOLDEN / self.golden["file"]).read_text("utf-8").splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        names = self.golden["columns"][1:]
        return {name: np.array([float(row[name]) for row in rows]) for name in names}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules as the callback reads them."""
        lr = {"lr": {"schedule": self.schedule, "mode": self.mode}}
        momentum = {"momentum": self.momentum} if self.momentum else {}
        return read_arguments(None, lr | momentum)[0]

    def values(self, column: str = "value") -> Values:
        """Our value of one column at each step of the golden file."""
        name, base = ("lr", self.base) if column == "value" else (column, MOMENTUM)
        rule = next(rule for rule in self.rules if rule.name == name)
        values = rule.schedule.over(span_of(self.span))(self.steps)
        return values * base if rule.mode == "scale" else values

    def unlike(self, column: str = "value") -> list[int]:
        """The steps at which we do not give their number."""
        return unlike(self.values(column), self.theirs[column], self.golden["tolerance"])


def unlike(ours: Values, theirs: Values, tolerance: float) -> list[int]:
    """Where two curves differ; numbers of 1e-3 and less are compared absolutely."""
    return np.flatnonzero(~np.isclose(ours, theirs, tolerance, tolerance * 1e-3)).tolist()


def span_of(written: int | Written | None) -> Span:
    """A span as the table writes it: its steps, or its fields."""
    return Span(**written) if isinstance(written, dict) else Span(written)


def stretched(steps: Iterable[int | list[int]]) -> Iterable[int]:
    """Single steps, of steps and of pairs of a first and a last one."""
    for step in steps:
        yield from range(step[0], step[1] + 1) if isinstance(step, list) else [step]


def read(system: str) -> list[Ours]:
    """All entries of one system's table; each is a case of the index."""
    entries = yaml.safe_load((HERE / f"{system}.yaml").read_text("utf-8"))
    index = {case["file"].removesuffix(".csv"): case for case in INDEX["cases"]}
    return [ours(index[f"{system}/{name}"], entry) for name, entry in entries.items()]


def ours(golden: Written, entry: Written) -> Ours:
    """One entry; the base is that of the golden case unless stated."""
    return Ours(golden=golden, **{"base": golden["base"], **entry})


ALL = [entry for system in INDEX["systems"] for entry in read(system)]
