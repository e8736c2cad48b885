"""Many values at once, beside NumPy's cosine of as many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from bench_figure import Figure, Gate
from bench_timing import Case, in_turns, ratios, scaled

from lr_plugin.schedule import Constant, Cosine, Linear, Phase, Sequence, Span

if TYPE_CHECKING:
    from bench_sizes import Sizes

SECTION = "values: a warm-up, a constant and a cosine, over np.cos of as many"


def figures(sizes: Sizes) -> list[Figure]:
    """Compare the whole curve with one pass of cosine."""
    count = sizes.values
    steps, angles = np.arange(count), np.linspace(0.0, np.pi, count)
    curve = three_phases().over(Span(count))
    cases = {
        "ours": Case(lambda _: curve(steps)),
        "np.cos": Case(lambda _: np.cos(angles)),
    }
    seconds = in_turns(cases, sizes.turns)
    report = partial(Figure, section=SECTION)
    return [
        report(what=f"np.cos of {count:,}", value=scaled(seconds["np.cos"], 1e3), unit="ms"),
        report(what=f"{count:,} values", value=scaled(seconds["ours"], 1e3), unit="ms"),
        report(
            what=f"{count:,} values / np.cos",
            value=ratios(seconds["ours"], seconds["np.cos"]),
            gate=Gate("at most", 6),
        ),
    ]


def three_phases() -> Sequence:
    """Return a schedule whose phases differ in what they compute."""
    return Sequence(
        phases={
            "warmup": Phase(schedule=Linear(start_value=0.01, end_value=1.0), duration="5%"),
            "stable": Phase(schedule=Constant(), duration="35%"),
            "decay": Phase(schedule=Cosine()),
        }
    )
