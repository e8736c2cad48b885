"""Trace every case, check every defect, and bring the golden files up to date."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from parity_cases import read_cases
from parity_defects import defects_text
from parity_drive import trace
from parity_write import csv_text, index_text, released, settle

if TYPE_CHECKING:
    from parity_cases import Case

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "golden" / "peers"

NOTES = {
    "not_traced": {
        "d2l": "release 1.0.3 has no learning-rate scheduler: the book's are in its text",
        "NeMo, composer, torchtitan": "they need far more than schedulers to be installed",
        "reduce on plateau": "driven by a metric, so there is no table of steps",
    },
}


def traced(cases: list[Case]) -> dict[str, str]:
    """Return the text of every case's file, saying which system is being run."""
    texts: dict[str, str] = {}
    for name, group in groupby(cases, key=lambda case: case.system.name):
        batch = list(group)
        print(f"{name} {released(batch[0].system)}: {len(batch)} cases", flush=True)
        texts |= {case.file: csv_text(case, trace(case)) for case in batch}
    return texts


def main() -> None:
    """Run everything and list what changed."""
    cases = read_cases(HERE / "parity-cases")
    texts = traced(cases) | {"index.json": index_text(cases, NOTES)}
    texts |= {"defects.json": defects_text()}
    changes = settle(GOLDEN, texts)
    print(*(changes or ["nothing changed"]), sep="\n")


if __name__ == "__main__":
    main()
