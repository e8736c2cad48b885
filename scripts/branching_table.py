"""Print what every branch of a trunk reached, beside the trunk at the step that it left it."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

HEAD = "steps in all  left the trunk at  trunk there  after the cooldown  errors left"


def main(folder: Path) -> None:
    """Print a table of the runs in `folder`."""
    trunk = validated(folder / "trunk" / "metrics.csv")
    plans = sorted((folder / "branches").glob("*/schedule.json"), key=begin)
    print(f"\n{HEAD}")
    for plan in plans:
        result = json.loads((plan.parent / "result.json").read_text("utf-8"))
        print(row(begin(plan), result, trunk[begin(plan)]))
    print(f"\n{total(plans)}")


def begin(plan: Path) -> int:
    """Return the step at which a branch began."""
    start: int = cooldown(plan)["start"]
    return start


def cooldown(plan: Path) -> Any:  # noqa: ANN401 - as JSON has it
    """Return the resolved cooldown of a branch."""
    rules = json.loads(plan.read_text("utf-8"))["rules"]
    return rules["lr"]["segments"][-1]


def validated(path: Path) -> dict[int, float]:
    """Return the metric at each validation, by the steps done until then."""
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("val/acc")]
    return {int(row["step"]) + 1: float(row["val/acc"]) for row in rows}


def row(step: int, result: dict[str, Any], before: float) -> str:
    """Return a line of the table."""
    after = result["final"]
    left = (1 - after) / (1 - before)
    cells = f"{result['steps']:>12}  {step:>17}  {before:>10.2%}  {after:>18.2%}"
    return f"{cells}  {left:>10.0%}"


def total(plans: list[Path]) -> str:
    """Say what the trunk has saved."""
    lengths = [cooldown(plan)["stop"] for plan in plans]
    shared = max(map(begin, plans)) + sum(cooldown(p)["stop"] - begin(p) for p in plans)
    return f"{shared} steps in all; runs of their own would have taken {sum(lengths)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
