"""What defects.json expects, and short words for the schedules that should give it."""

import json
from typing import Any

from lr_plugin.schedule import Span, load
from tests.peers.table import GOLDEN, Written

DEFECTS: list[Written] = json.loads((GOLDEN / "defects.json").read_text("utf-8"))


def expected(number: str, title: str) -> Any:  # noqa: ANN401 - as the case has it
    """What one of the defective calls should have given."""
    (found,) = [d for d in DEFECTS if d["number"] == number and title in d["title"]]
    return found["expected"]


def sequence(**phases: Written) -> Written:
    return {"kind": "sequence", "phases": phases}


def product(**factors: Written) -> Written:
    return {"kind": "product", "factors": factors}


def constant(value: float, **phase: str) -> Written:
    return {"kind": "constant", "value": value, **phase}


def warmup(start: float, steps: int) -> Written:
    duration = f"{steps} steps"
    return {"kind": "linear", "start_value": start, "end_value": 1.0, "duration": duration}


def decay(factor: float) -> Written:
    return {"kind": "exponential_decay", "every": "1 steps", "factor": factor}


def first(count: int, written: Written, span: Span | None = None) -> list[float]:
    """The first values of a schedule."""
    curve = load(written).over(span or Span(count))
    return [curve(step) for step in range(count)]
