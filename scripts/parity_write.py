"""Write golden files, but leave alone what only differs in the last digits of another processor."""

from __future__ import annotations

import json
from importlib.metadata import version
from math import isclose
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parity_cases import Case, System
    from parity_drive import Row

DRIVEN = {
    "optimizer": "scheduler.step() after optimizer.step(); read before each step",
    "timm": "scheduler.step_update(t) after optimizer step t - 1; read before each step",
    "ignite": "handler(None) before each step, then read",
    "count": "schedule(t)",
    "where": "schedule(t / length)",
    "sgd": "one partial_fit per step; what it moved the coefficient by",
    "mlp": "the optimizer's learning_rate before each partial_fit",
}


def released(system: System) -> str:
    """Return the installed version, without a build tag such as ``+cpu``."""
    return version(system.distribution).partition("+")[0]


def columns(case: Case) -> list[str]:
    """Name the columns of a case: the learning rate is called value."""
    return ["step", *("value" if name == "lr" else name for name in case.read)]


def csv_text(case: Case, rows: Iterable[Row]) -> str:
    """Return the text of one golden file."""
    head = [
        f"{case.system.distribution} {released(case.system)}",
        *(f"{part['call']} {json.dumps(part['arguments'])}" for part in case.parts),
        f"read by: {described(case)}",
        f"value: absolute, in force at the step; optimizer's base {case.base!r}",
        f"span: {case.steps} steps"
        + (f"; oracle: {case.oracle}" * (case.oracle != "values"))
        + (f"; {case.note}" if case.note else ""),
    ]
    table = [",".join([str(step), *map(repr, row)]) for step, row in enumerate(rows)]
    return "\n".join([*(f"# {line}" for line in head), ",".join(columns(case)), *table, ""])


def described(case: Case) -> str:
    """Say how the case was stepped."""
    drive = case.drive or case.system.drive
    return DRIVEN[drive].replace("length", str(case.length or case.steps))


def index_text(cases: list[Case], notes: dict[str, Any]) -> str:
    """Return the index: every system, and every case on a line of its own."""
    systems = {case.system.name: system_entry(case.system) for case in cases}
    lines = ",\n".join(f"  {json.dumps(case_entry(case))}" for case in cases)
    head = json.dumps({"systems": systems, **notes}, indent=1)
    return f'{head[:-2]},\n "cases": [\n{lines}\n ]\n}}\n'


def system_entry(system: System) -> dict[str, str]:
    """Say where a system's numbers come from and where its end points fall."""
    return {
        "distribution": system.distribution,
        "version": released(system),
        "convention": system.convention,
    }


def case_entry(case: Case) -> dict[str, Any]:
    """Return what a test needs to repeat a case."""
    built = {"chain": case.chain} if case.chain else case.parts[0]
    length = {"length": case.length or case.steps} if case.system.drive == "where" else {}
    return {
        "file": case.file,
        "system": case.system.name,
        **built,
        **length,
        "base": case.base,
        "steps": case.steps,
        "columns": columns(case),
        "read_by": described(case),
        "tolerance": case.tolerance,
        "oracle": case.oracle,
        "note": case.note,
    }


def settle(folder: Path, texts: dict[str, str]) -> list[str]:
    """Make the golden files of `folder` equal to `texts`; return what had to change."""
    stale = {path.relative_to(folder).as_posix() for path in folder.rglob("*.csv")} - set(texts)
    changed = [name for name, text in texts.items() if not agrees(folder / name, text)]
    for name in changed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(texts[name])
    for name in stale:
        (folder / name).unlink()
    return [f"wrote {name}" for name in changed] + [f"removed {name}" for name in sorted(stale)]


def agrees(path: Path, text: str) -> bool:
    """Whether the file says the same, apart from the last digits of its numbers."""
    if not path.exists():
        return False
    old, new = path.read_text().splitlines(), text.splitlines()
    return len(old) == len(new) and all(map(same_line, old, new))


def same_line(old: str, new: str) -> bool:
    """Whether two lines are equal, or two rows of nearly equal numbers."""
    if old == new:
        return True
    try:
        pairs = zip(map(float, old.split(",")), map(float, new.split(",")), strict=True)
        return all(isclose(a, b, rel_tol=1e-13, abs_tol=1e-15) for a, b in pairs)
    except ValueError:
        return False
