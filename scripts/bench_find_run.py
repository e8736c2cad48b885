"""Score finders of learning rates on the fixtures, print the table, and hold it against gates."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_find_cases import Case, by_grid, by_rule, by_sweep, cases, errors
from bench_find_rules import RULES, lightning
from bench_find_score import Gate, Row, interval, row
from truth_problems import HELD_OUT, TUNED

from lr_plugin.schedule.bound import peak_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from truth_problems import Problem

METHODS: dict[str, Callable[[Case], float | None]] = {
    "ours, sweep": by_sweep,
    "ours, grid": by_grid,
    "Lightning lr_find": partial(by_rule, lightning, "lightning"),
    **{name: partial(by_rule, rule, "fastai") for name, rule in RULES.items()},
}
HEADING = (
    "share of configurations within 2x and 3x of the best rate [lower ends of 95 % intervals of\n"
    "the latter: over configurations, by tasks], refusals (misses), mean error, bias (decades)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a gate is missed, else 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench_find")
    parser.add_argument("--json", type=Path, default=Path("outputs/bench_find.json"))
    parser.add_argument("--table", type=Path, help="also write the table to this file")
    parser.add_argument("--cases", action="store_true", help="also a line for each configuration")
    chosen = parser.parse_args(arguments)
    tuned, held = (measured(problems) for problems in (TUNED, HELD_OUT))
    gates = gates_of(held)
    table = report(tuned, held, gates)
    print(table, end="")
    if chosen.cases:
        print("", *(case_line(each) for each in tuned["cases"] + held["cases"]), sep="\n")
    content = {"tuned": tuned, "held out": held, "gates": [asdict(gate) for gate in gates]}
    write(chosen.json, json.dumps(content, indent=1) + "\n")
    if chosen.table:
        write(chosen.table, table)
    return int(not all(gate.passed for gate in gates))


def report(tuned: dict[str, Any], held: dict[str, Any], gates: Sequence[Gate]) -> str:
    """Return the table of all methods, and the gates."""
    lines = [HEADING]
    for title, found in (("constants were fitted on these", tuned), ("held out", held)):
        lines += ["", f"{title}: {len(found['cases'])} configurations"]
        lines += [*(line(Row(**each)) for each in found["rows"]), transfer_line(found)]
    return "\n".join([*lines, "", "held out", *(str(gate) for gate in gates)]) + "\n"


def measured(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return everything that is known of some problems."""
    asked = list(cases(problems))
    tasks = [case.problem.task for case in asked]
    found = {name: errors(asked, method) for name, method in METHODS.items()}
    return {
        "rows": [asdict(row(name, values, tasks)) for name, values in found.items()],
        "transfer": transfer(asked),
        "cases": [
            {"name": case.name, "best": case.best.rate, "best_fit": case.best_fit.rate}
            | {"errors": {name: rounded(values[i]) for name, values in found.items()}}
            for i, case in enumerate(asked)
        ],
    }


def rounded(error: float) -> float | None:
    """Return an error for JSON, which has no NaN."""
    return round(float(error), 3) if np.isfinite(error) else None


def transfer(asked: Sequence[Case]) -> list[float]:
    """Return by how many decades the bound misses the step from constant to cosine."""
    constant = {(c.problem, c.budget): c for c in asked if c.schedule == "constant"}
    pairs = [
        (constant[case.problem, case.budget], case) for case in asked if case.schedule == "cosine"
    ]
    return [
        float(np.log10(one.best.rate * peak_ratio(other.factors, one.factors) / other.best.rate))
        for one, other in pairs
    ]


def gates_of(held: dict[str, Any]) -> list[Gate]:
    """Return what has to hold on tasks that no constant was fitted on."""
    rows = {each["method"]: Row(**each) for each in held["rows"]}
    sweep, grid = rows["ours, sweep"], rows["ours, grid"]
    return [
        Gate("configurations", sweep.count, 40, at_least=True),
        Gate("sweep, share within 3x", sweep.thrice, 0.70, at_least=True),
        Gate("sweep, lower end of its interval", sweep.lower, 0.55, at_least=True),
        Gate("sweep, mean error", sweep.error, 0.4, at_least=False),
        Gate("grid, share within 3x", grid.thrice, 0.85, at_least=True),
        Gate("grid, lower end of its interval", grid.lower, 0.70, at_least=True),
        Gate("grid, mean error", grid.error, 0.4, at_least=False),
        Gate("constant to cosine, mean error", transfer_error(held), 0.15, at_least=False),
        Gate("a decade worse than Lightning", worse(held), 0, at_least=False),
    ]


def transfer_error(held: dict[str, Any]) -> float:
    """Return the mean absolute error of the transfer, in decades."""
    return float(np.abs(held["transfer"]).mean())


def worse(held: dict[str, Any]) -> int:
    """Return how many of our answers are further off than Lightning's by more than a decade."""
    found = [case["errors"] for case in held["cases"]]
    pairs = [
        (each[name], each["Lightning lr_find"])
        for each in found
        for name in ("ours, sweep", "ours, grid")
    ]
    return sum(abs(a) - abs(b) > 1 for a, b in pairs if a is not None and b is not None)


def line(each: Row) -> str:
    """Return a row of the table."""
    intervals = f"[{each.lower:4.0%} {each.lower_by_task:4.0%}]"
    shares = f"{each.twice:5.0%} {each.thrice:5.0%} {intervals}"
    return f"  {each.method:<20}{shares} {each.refusals:4d} {each.error:6.2f} {each.bias:+6.2f}"


def transfer_line(found: dict[str, Any]) -> str:
    """Return what the bound is worth, in a sentence."""
    off = np.array(found["transfer"])
    error, (least, most) = np.abs(off).mean(), interval(np.abs(off))
    return (
        f"  by the bound, constant to cosine: {len(off)} pairs, mean error {error:.3f} "
        f"[{least:.2f} {most:.2f}], bias {np.median(off):+.2f}"
    )


def case_line(case: dict[str, Any]) -> str:
    """Return what every method's answer was off by."""
    cells = " ".join(
        "     -" if error is None else f"{error:+6.2f}" for error in case["errors"].values()
    )
    return f"{case['name']:<44} {np.log10(case['best']):+6.2f} {cells}"


def write(path: Path, text: str) -> None:
    """Write a file, and say where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    print(f"\nwritten to {path}")


if __name__ == "__main__":
    sys.exit(main())
