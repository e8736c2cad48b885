"""The fixtures: one file for each problem, JSON compressed by xz. What is not finite is null.

``problem``, ``rates``, ``versions``
    What was measured, the grid of learning rates, what it was computed with.
``sweeps``
    Losses of range tests, by the limits they have in `truth_sizes`: a row for each repeat.
``probe``
    Losses after short runs: rows of one value for each of the rates of `truth_sizes.PROBE`.
    ``after`` and ``unseen``: samples that are trained on, and others, a row for each order of the
    samples; ``next``: the batches that follow in the first order, a row for each.
``budgets``
    By number, then by schedule: ``untrained`` (loss before training), ``val`` and ``train`` (final
    losses, a row for each seed, a value for each rate), ``runs`` (index of the rate and seed of the
    runs that follow, among the first seeds), ``signals`` (by name, as in `truth_signals`, then run,
    then window) and ``followed`` (final validation losses of these runs if their rate is multiplied
    on the way, a value for each of `truth_sizes.FOLLOWED`).
"""

from __future__ import annotations

import json
import lzma
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from truth_problems import Problem

FOLDER = Path(__file__).parent.parent / "tests" / "golden" / "truth"
SCHEMA = 1


def path_of(problem: Problem) -> Path:
    """Return where a problem's file is."""
    return FOLDER / f"{problem.name}.json.xz"


def heading(problem: Problem) -> dict[str, Any]:
    """Return what a file says of its problem; a file that says something else is out of date."""
    described = json.loads(json.dumps(asdict(problem) | {"update": asdict(problem.update)}))
    return {"schema": SCHEMA, "problem": described, "rates": short(problem.rates)}


def versions() -> dict[str, str]:
    """Return what the numbers were computed with."""
    packages = {name: version(name) for name in ("torch", "numpy", "scikit-learn")}
    return {"python": platform.python_version(), "machine": platform.machine()} | packages


def short(value: Any, digits: int = 4) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return numbers with a few significant digits, and None for those that are not finite.

    Examples
    --------
    >>> short({"loss": np.array([1.23456, np.nan])})
    {'loss': [1.235, None]}
    """
    if isinstance(value, dict):
        return {key: short(each, 3 if key == "signals" else digits) for key, each in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [short(each, digits) for each in value]
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if np.isfinite(value) else None
    return value


def write(problem: Problem, found: dict[str, Any]) -> None:
    """Write a problem's file; the same content gives the same bytes."""
    content = heading(problem) | {"versions": versions()} | short(found)
    text = json.dumps(content, separators=(",", ":"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path_of(problem).write_bytes(lzma.compress(text.encode()))


def read(problem: Problem) -> dict[str, Any]:
    """Return what a problem's file holds."""
    content: dict[str, Any] = json.loads(lzma.decompress(path_of(problem).read_bytes()))
    return content


def is_current(problem: Problem) -> bool:
    """Whether a problem's file is there and about what the problem is now."""
    return path_of(problem).is_file() and heading(problem).items() <= read(problem).items()


def numbers(values: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return stored lists as an array, with NaN for what was not finite."""
    return np.array(values, dtype=np.float64)
