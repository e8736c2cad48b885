"""The memory of a very long run."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

from bench_figure import Figure, Gate
from bench_schedulers import optimizer_of
from bench_timing import spread
from bench_values import three_phases

from lr_plugin.callback.run import Run
from lr_plugin.recipe import load_schedule
from lr_plugin.rule import Rule
from lr_plugin.schedule import Schedule, Span

if TYPE_CHECKING:
    from bench_sizes import Sizes

SECTION = "memory: most that is held at any time of a run of a billion steps"
STEPS = 1_000_000_000
LOOKS = 200


def figures(sizes: Sizes) -> list[Figure]:  # noqa: ARG001 - every section is called alike
    """Write at steps all over a run, for a plain schedule and one with restarts."""
    schedules = {"three phases": three_phases(), "restarts (sgdr)": load_schedule("sgdr")}
    return [
        Figure(
            section=SECTION,
            what=f"{name}, {STEPS:.0e} steps",
            value=spread([_peak(schedule) / 1e6]),
            unit="MB",
            gate=Gate("at most", 8),
        )
        for name, schedule in schedules.items()
    ]


def _peak(schedule: Schedule) -> int:
    """Return the bytes held at most, of Python and NumPy, from the start of the run on."""
    optimizers, spans = [optimizer_of(1)], [Span(STEPS, steps_per_epoch=STEPS // 100)]
    tracemalloc.start()
    try:
        run = Run([Rule(name="lr", schedule=schedule)], (), optimizers)
        run.start(optimizers, {("lr", 0): schedule.over(spans[0])}, spans, manual=False)
        for step in range(0, STEPS, STEPS // LOOKS):
            run.write(0, optimizers[0].param_groups, step)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
