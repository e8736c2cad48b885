"""Score the advisor on the fixtures, print the table, and hold it against gates."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_advisor_cases import Question, questions
from bench_advisor_rules import fitted_signs, judged, oracle
from bench_advisor_score import Row, row
from bench_advisor_worth import worth
from bench_find_score import Gate
from truth_problems import HELD_OUT, TUNED
from truth_signals import EDGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_advisor_rules import Signs
    from truth_problems import Problem

HEADING = (
    "balanced accuracy [lower end of its 95 % interval over configurations], recalls of decrease,\n"
    "keep, increase; wrong direction, precision of actions, recall of rates a decade or more off"
)
CONFIDENCES = ("high", "medium")


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
        "rows": [asdict(each) for each in rows],
        "moments": [asdict(each) for each in by_moment(asked, said)],
        "confidence": {word: _precision(asked, advice, word) for word in CONFIDENCES},
        "wrong at high confidence": _wrong_and_sure(asked, advice),
        "worth": worth(asked),
    }


def by_moment(asked: Sequence[Question], said: Sequence[str]) -> list[Row]:
    """Return the scores of the verdicts after each share of a run."""
    found = []
    for moment, share in enumerate(EDGES[1:]):
        here = [i for i, question in enumerate(asked) if question.moment == moment]
        found.append(row(f"after {share:.0%}", [asked[i] for i in here], [said[i] for i in here]))
    return found


def _precision(asked: Sequence[Question], advice: Sequence[Any], word: str) -> dict[str, float]:
    pairs = [(q, a) for q, a in zip(asked, advice, strict=True) if a.confidence == word]
    acts = [question.right == each.verdict for question, each in pairs if each.verdict != "keep"]
    return {"actions": len(acts), "precision": float(np.mean(acts))}


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
        Gate("lower end of its interval", ours.lower, 0.60, at_least=True),
        Gate("wrong direction", ours.wrong, 0.01, at_least=False),
        Gate("the same at high confidence", held["wrong at high confidence"], 0, at_least=False),
        Gate("precision of actions", ours.precision, 0.82, at_least=True),
        Gate("recall a decade or more off", ours.far, 0.85, at_least=True),
        Gate("above the article's signs", ours.balanced - signs.balanced, 0.10, at_least=True),
    ]


def show(title: str, found: dict[str, Any]) -> list[str]:
    """Return what is known of some problems, as lines."""
    confidence = found["confidence"].items()
    sure = (f"{word} {each['precision']:.0%} of {each['actions']}" for word, each in confidence)
    return [
        f"\n{title}: {found['configurations']} configurations",
        *(line(Row(**each)) for each in found["rows"]),
        "  the advisor, by when it speaks",
        *(line(Row(**each)) for each in found["moments"]),
        f"  right actions by confidence: {', '.join(sure)}",
        f"  {worth_line(found['worth'])}",
    ]


def line(each: Row) -> str:
    """Return a row of the table."""
    recalls = "/".join(f"{recall:.2f}" for recall in each.recalls)
    rates = f"{each.wrong:6.1%} {each.precision:5.0%} {each.far:5.0%}"
    return f"  {each.method:<24}{each.balanced:5.2f} [{each.lower:.2f}]  {recalls}  {rates}"


def worth_line(found: dict[str, float]) -> str:
    """Return what following the advice was worth, in a sentence."""
    return (
        f"following it after 20 % of {found['runs']} runs: median excess log loss "
        f"{found['without']:.2f} -> {found['followed']:.2f} (best of five factors "
        f"{found['oracle']:.2f}); {found['harmed']:.1%} ended more than 2 % worse"
    )


if __name__ == "__main__":
    sys.exit(main())
