"""Whether the callback says what was scored: train measured runs again, and listen to it."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from bench_advisor_agree import Answer, agreement, show
from bench_advisor_cases import Question, questions
from bench_advisor_fit import heard
from bench_advisor_rules import judged
from bench_advisor_show import HEADING
from bench_find_score import Gate
from truth_problems import HELD_OUT, TUNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOME = (
    *("digits_mlp-sgd-b32 220 constant", "digits_mlp-adamw-b32 220 cosine"),
    *("digits_mlp-sgd0-b4 400 constant", "digits_cnn-sgd-b32 880 wsd"),
    *("digits_cnn-adamw-b32 220 constant", "mnist_cnn-sgd-b32 300 cosine"),
    *("mnist_linear-sgd0-b4 500 constant", "mnist_layer_norm-adamw-b32 300 constant"),
    *("mnist_noisy-sgd98-b32 400 constant", "mnist_finetune-sgd-b32 200 cosine"),
    *("cancer_batch_norm-adamw-b32 220 constant", "diabetes-sgd-b32 220 linear"),
    *("friedman1-sgd-b32 880 constant", "heavy_tailed-adamw-b32 400 cosine"),
    *("char_ngram-adamw-b64 300 constant", "char_transformer-sgd_clip-b16 400 cosine"),
)
"""Configurations that differ in all that matters."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a gate is missed, else 0."""
    parser = argparse.ArgumentParser(prog="scripts/bench_advisor_callback")
    parser.add_argument("names", nargs="*", metavar="CONFIGURATION", help="parts of names")
    parser.add_argument(
        "--all", action="store_true", help="all configurations, in a quarter of an hour"
    )
    parser.add_argument("--json", type=Path, default=Path("outputs/bench_advisor_callback.json"))
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as when the runs were measured
    names = [""] if chosen.all else chosen.names or SOME
    tasks = {"tuned": questions(TUNED), "held out": questions(HELD_OUT)}
    known = {question.case.name for each in tasks.values() for question in each}
    if none := [each for each in names if not any(each in name for name in known)]:
        parser.error(f"no configuration has {none[0]!r} in its name; one is {SOME[0]!r}")
    wanted = {title: asked(each, names) for title, each in tasks.items()}
    found = {title: agreement(answers(each)) for title, each in wanted.items() if each}
    for lines in ([HEADING], *(show(title, each) for title, each in found.items())):
        print(*lines, sep="\n")
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    gates = [gate for title, each in found.items() for gate in gates_of(title, each)]
    print("", *gates, f"\nwritten to {chosen.json}", sep="\n")
    return int(not all(gate.passed for gate in gates))


def asked(questions: Iterable[Question], names: Sequence[str]) -> list[Question]:
    """Return the questions about configurations whose names contain one of some names."""
    return [each for each in questions if any(name in each.case.name for name in names)]


def answers(questions: Iterable[Question]) -> list[Answer]:
    """Train every run that is asked about, once."""
    ordered = sorted(questions, key=lambda each: (each.case.name, each.run, each.moment))
    runs = groupby(ordered, key=lambda each: (each.case.name, each.run))
    return [answer for _, moments in runs for answer in _answers(list(moments))]


def _answers(moments: Sequence[Question]) -> list[Answer]:
    whole, sketched = heard(moments[0].case, moments[0].run)
    return [
        Answer(question=q, recorded=judged(q), whole=whole[q.moment], sketched=sketched[q.moment])
        for q in moments
    ]


def gates_of(title: str, found: dict[str, Any]) -> list[Gate]:
    """Return what has to hold for the scores to be the callback's."""
    benchmark, callback, sketching = found["rows"]
    lost = benchmark["balanced"] - callback["balanced"]
    return [
        Gate(f"{title}: agreement", found["agree"], 0.85, at_least=True),
        Gate(f"{title}: agreement of the sketch", found["sketch agrees"], 0.85, at_least=True),
        Gate(f"{title}: balanced accuracy lost", lost, 0.03, at_least=False),
        Gate(f"{title}: wrong direction", callback["wrong"], 0.01, at_least=False),
        Gate(f"{title}: the same from a sketch", sketching["wrong"], 0.01, at_least=False),
    ]


if __name__ == "__main__":
    sys.exit(main())
