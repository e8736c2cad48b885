"""Print what averaging changed, seed by seed: the same training, another set of weights."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median

Values = dict[int, float]

HEAD = "schedule       last weights  their mean  difference             range  better"


def main(folder: Path) -> None:
    """Print a table of the runs in `folder`."""
    last, mean = final(folder / "last"), final(folder / "mean")
    seeds = len(next(iter(last.values())))
    print(f"\nmedian val/acc over {seeds} seeds, differences by seed\n\n{HEAD}")
    for schedule, values in last.items():
        print(row(schedule, values, mean.get(schedule, {})))


def final(folder: Path) -> dict[str, Values]:
    """Return the metric at the end of every run, by schedule and seed."""
    found: dict[str, Values] = {}
    for path in sorted(folder.glob("*/result.json")):
        result = json.loads(path.read_text("utf-8"))
        found.setdefault(result["schedule"], {})[result["seed"]] = result["final"]
    return found


def row(schedule: str, last: Values, mean: Values) -> str:
    """Return a line of the table."""
    start = f"{schedule:<13}  {median(last.values()):>12.2%}"
    if not mean:
        return start
    differences = [mean[seed] - last[seed] for seed in last]
    extent = f"{min(differences):+.2%} to {max(differences):+.2%}"
    better = sum(difference > 0 for difference in differences)
    middle = f"{median(mean.values()):>10.2%}  {median(differences):>+10.2%}  {extent:>16}"
    return f"{start}  {middle}  {better} of {len(differences)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
