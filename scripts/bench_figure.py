"""What a measurement comes to: a figure, its gate, the table and the JSON."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench_timing import Spread


@dataclass(frozen=True)
class Gate:
    """What a figure has to be.

    Parameters
    ----------
    wanted
        Whether the limit is the least or the most.
    limit
        In the unit of the figure.
    of
        What is held against it. Only the least of a time does not depend on how busy a machine is.
    """

    wanted: Literal["at least", "at most"]
    limit: float
    of: Literal["least", "median"] = "median"

    def passes(self, value: Spread) -> bool:
        """Say whether a figure is good enough."""
        found: float = getattr(value, self.of)
        return found >= self.limit if self.wanted == "at least" else found <= self.limit


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table.

    Parameters
    ----------
    section
        What it belongs to.
    what
        What was measured.
    value
        Median and quartiles; unset where there is nothing to measure.
    unit
        Of the value; ``x`` for a ratio.
    gate
        What it has to be; unset where it is only reported.
    cost
        For a ratio: what one step took, in words.
    """

    section: str
    what: str
    value: Spread | None = None
    unit: str = "x"
    gate: Gate | None = None
    cost: str = ""

    @property
    def failed(self) -> bool:
        """Whether the figure misses its gate."""
        return bool(self.gate and self.value and not self.gate.passes(self.value))


def counted(groups: int) -> str:
    """Return a number of groups in words."""
    return f"{groups} group{'s' * (groups > 1)}"


def table(figures: Sequence[Figure]) -> str:
    """Return one line per figure, under a heading per section."""
    width = max(len(figure.what) for figure in figures)
    lines: list[str] = []
    for section, group in groupby(figures, key=lambda figure: figure.section):
        lines += [section, *(f"  {line(figure, width)}" for figure in group)]
    return "\n".join(lines)


def line(figure: Figure, width: int) -> str:
    """Return a figure as one line."""
    cells = (f"{figure.what:<{width}}", f"{shown(figure):<34}", f"{figure.cost:<12}")
    return "  ".join([*cells, verdict(figure)]).rstrip()


def shown(figure: Figure) -> str:
    """Return the median, the quartiles and the unit."""
    if figure.value is None:
        return "not installed"
    _, lower, median, upper = (f"{part:.4g}" for part in asdict(figure.value).values())
    around = f"  [{lower} - {upper}]" if lower != upper else ""
    return f"{median:>8} {figure.unit}{around}"


def verdict(figure: Figure) -> str:
    """Return the gate, and whether it is passed."""
    if figure.gate is None or figure.value is None:
        return ""
    least = f" (least {figure.value.least:.4g})" if figure.gate.of == "least" else ""
    passed = "FAILED" if figure.failed else "ok"
    return f"{passed}: {figure.gate.wanted} {figure.gate.limit:g}{least}"


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Write everything as JSON."""
    packages = ("torch", "pytorch-lightning", "numpy", "hydra-core")
    content = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {name: version(name) for name in packages},
        "figures": [asdict(figure) | {"failed": figure.failed} for figure in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
