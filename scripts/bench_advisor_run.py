"""Score the advisor on the fixtures, print the table, and hold it against gates."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_advisor_cases import Question, questions
from bench_advisor_parts import by_confidence, by_distance, by_part
from bench_advisor_rules import fitted_signs, judged, oracle
from bench_advisor_score import Row, counted, intervals, row
from bench_advisor_show import HEADING, show
from bench_advisor_worth import worth
from bench_find_score import Gate
from truth_problems import HELD_OUT, TUNED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_advisor_rules import Signs
    from truth_problems import Problem


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a gate is missed, else 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench_advisor")
    parser.add_argument("--json", type=Path, default=Path("outputs/bench_advisor.json"))
    parser.add_argument("--table", type=Path, help="write the table here as well")
    chosen = parser.parse_args(arguments)
    signs = fitted_signs(questions(TUNED))
    tuned, held = (measured(problems, signs) for problems in (TUNED, HELD_OUT))
    gates = gates_of(held)
    text = "\n".join([HEADING, *show("chosen on these", tuned), *show("held out", held)])
    print(text, "\nheld out", *gates, sep="\n")
    if chosen.table:
        chosen.table.write_text(text + "\n", "utf-8")
    content = {"tuned": tuned, "held out": held, "gates": [asdict(gate) for gate in gates]}
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    print(f"\nwritten to {chosen.json}")
    return int(not all(gate.passed for gate in gates))


def measured(problems: Sequence[Problem], signs: Signs) -> dict[str, Any]:
    """Return everything that is known of some problems."""
    asked, probed = questions(problems), questions(problems, probes=True)
    advice = [judged(question) for question in asked]
    said = [each.verdict for each in advice]
    tasks = [question.case.problem.task for question in asked]
    rows = [
        row("the advisor", asked, said),
        row("with probed losses", probed, [judged(question).verdict for question in probed]),
        row("the article's signs", asked, [signs(question) for question in asked]),
        row("always increase", asked, ["increase"] * len(asked)),
        row("oracle, 0.3 decades off", asked, oracle(asked, 0.3)),
        row("oracle, 0.5 decades off", asked, oracle(asked, 0.5)),
    ]
    return {
        "configurations": len({question.case.name for question in asked}),
        "tasks": len(set(tasks)),
        "rows": [asdict(each) for each in rows],
        "over tasks": intervals(counted(asked, said, tasks)),
        "distances": [asdict(each) for each in by_distance(asked, said)],
        "parts": {
            part: [asdict(each) for each in found] for part, found in by_part(asked, said).items()
        },
        "confidence": by_confidence(asked, advice),
        "wrong at high confidence": _wrong_and_sure(asked, advice),
        "worth": worth(asked),
    }


def _wrong_and_sure(asked: Sequence[Question], advice: Sequence[Any]) -> int:
    pairs = zip(asked, advice, strict=True)
    return sum(
        a.confidence == "high" and {q.right, a.verdict} == {"increase", "decrease"}
        for q, a in pairs
    )


def gates_of(held: dict[str, Any]) -> list[Gate]:
    """Return what has to hold on tasks that no threshold was chosen on."""
    rows = {each["method"]: Row(**each) for each in held["rows"]}
    ours, signs = rows["the advisor"], rows["the article's signs"]
    return [
        Gate("configurations", held["configurations"], 40, at_least=True),
        Gate("verdicts", ours.verdicts, 300, at_least=True),
        Gate("balanced accuracy", ours.balanced, 0.72, at_least=True),
        Gate("lower end of its interval", ours.intervals["balanced"][0], 0.60, at_least=True),
        Gate("wrong direction", ours.wrong, 0.01, at_least=False),
        Gate("the same at high confidence", held["wrong at high confidence"], 0, at_least=False),
        Gate("precision of actions", ours.precision, 0.82, at_least=True),
        Gate("recall a decade or more off", ours.far, 0.85, at_least=True),
        Gate("above the article's signs", ours.balanced - signs.balanced, 0.10, at_least=True),
    ]


if __name__ == "__main__":
    sys.exit(main())
