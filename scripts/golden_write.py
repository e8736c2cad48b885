"""Rewrite the golden curves of the recipes, and say which values changed."""

import csv
from pathlib import Path

import numpy as np

from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Span

FOLDER = Path(__file__).parent.parent / "tests" / "golden"
SPAN = Span(4000, steps_per_epoch=100, samples_per_step=32)
STEPS = np.arange(0, 4001, 100)

Curve = dict[int, float]


def computed(name: str) -> Curve:
    """Values of a recipe as it is now."""
    values = load_schedule(name).over(SPAN)(STEPS)
    return dict(zip(STEPS.tolist(), values.tolist(), strict=True))


def stored(name: str) -> Curve:
    """Values of a recipe as they were; none if it is new."""
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["step"]): float(row["value"]) for row in csv.DictReader(file)}


def changes(old: Curve, new: Curve) -> list[str]:
    """One line for each value that is not what it was."""
    pairs = [(step, old.get(step), value) for step, value in new.items()]
    return [f"  step {step}: {before} -> {now}\n" for step, before, now in pairs if before != now]


def main() -> None:
    """Bring the folder up to date."""
    for gone in {path.stem for path in FOLDER.glob("*.csv")} - {*recipe_names()}:
        (FOLDER / f"{gone}.csv").unlink()
        print(f"{gone}: removed")
    for name in recipe_names():
        old, new = stored(name), computed(name)
        if old != new:
            print(f"{name}: {'changed' if old else 'new'}")
            print("".join(changes(old, new) if old else []), end="")
            rows = "".join(f"{step},{value!r}\n" for step, value in new.items())
            (FOLDER / f"{name}.csv").write_text(f"step,value\n{rows}", "utf-8")


if __name__ == "__main__":
    main()
