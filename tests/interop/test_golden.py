"""The node gives what other systems' released packages gave, in tests/golden/peers.

torch is always here; the others are traced where they are installed.
"""

import csv
import importlib
import json
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from lr_plugin.interop import Torch
from lr_plugin.schedule import Span

Case: TypeAlias = dict[str, Any]

GOLDEN = Path(__file__).parents[1] / "golden" / "peers"
SYSTEMS = ("torch", "timm", "transformers", "pytorch_optimizer")
CASES: list[Case] = [
    case
    for case in json.loads((GOLDEN / "index.json").read_text("utf-8"))["cases"]
    # Noise comes from torch's generator, which may change between releases.
    if case["system"] in SYSTEMS and case["oracle"] == "values"
]


def renamed(written: Any) -> Any:  # noqa: ANN401 - any plain data
    """Write a scheduler inside the arguments as our node does."""
    if isinstance(written, list):
        return [renamed(part) for part in written]
    if isinstance(written, dict):
        return {("scheduler" if k == "call" else k): renamed(v) for k, v in written.items()}
    return written


def node(case: Case, column: str) -> Torch:
    is_momentum = column == "momentum"
    return Torch(
        scheduler=case["call"],
        arguments=renamed(case["arguments"]),
        key="momentum" if is_momentum else "lr",
        base=0.9 if is_momentum else case["base"],
        absolute=True,
    )


def golden(case: Case) -> dict[str, list[float]]:
    lines = (GOLDEN / case["file"]).read_text("utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {name: [float(row[name]) for row in rows] for name in case["columns"][1:]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"].removesuffix(".csv"))
def test_the_node_gives_what_the_released_package_gave(case: Case) -> None:
    module = case["call"].rpartition(".")[0]
    pytest.importorskip(module, reason=f"{case['system']} is not installed")
    importlib.import_module(module)
    steps = case["steps"]

    for column, wanted in golden(case).items():
        given = node(case, column).over(Span(steps))(range(steps))
        np.testing.assert_allclose(given, wanted, rtol=case["tolerance"], atol=1e-15)


def test_there_are_traces_of_every_system() -> None:
    assert {case["system"] for case in CASES} == set(SYSTEMS)
