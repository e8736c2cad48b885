"""One update of the scheduled value, outside any trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench_figure import Figure, Gate, counted
from bench_schedulers import OPTIONAL, TIMM, others, ours
from bench_timing import Case, in_turns, ratios, scaled

from lr_plugin.callback.lane import BLOCK

if TYPE_CHECKING:
    from bench_sizes import Sizes

SECTION = "update: one step() of another scheduler, over Run.write of ours, guards included"
FEW = 2  # groups


def figures(sizes: Sizes) -> list[Figure]:
    """Compare with 1, 2 and 50 groups."""
    return [figure for groups in (1, FEW, 50) for figure in _with(groups, sizes)]


def _with(groups: int, sizes: Sizes) -> list[Figure]:
    steps = max(sizes.updates // groups, 20)
    cases = {name: Case(update, steps) for name, update in others(groups).items()}
    # Ours computes a block of values at once, so that each of its turns pays for exactly one.
    seconds = in_turns({"ours": Case(ours(groups), BLOCK), **cases}, sizes.turns)
    own = scaled(seconds["ours"], 1e9)
    return [
        Figure(section=SECTION, what=f"ours, {counted(groups)}", value=own, unit="ns"),
        *(_compared(name, groups, seconds) for name in cases),
        *(
            Figure(section=SECTION, what=f"{n}, {counted(groups)}")
            for n in OPTIONAL
            if n not in cases
        ),
    ]


def _compared(name: str, groups: int, seconds: dict[str, list[float]]) -> Figure:
    strict = groups <= FEW or name == "SequentialLR"
    gate = Gate("at least", 5 if strict else 3)
    return Figure(
        section=SECTION,
        what=f"{name}, {counted(groups)}",
        value=ratios(seconds[name], seconds["ours"]),
        gate=None if name == TIMM else gate,
        cost=f"{scaled(seconds[name], 1e9).median:.0f} ns",
    )
