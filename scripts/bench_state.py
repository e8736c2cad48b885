"""What a checkpoint costs: the state of the schedulers, taken and pickled."""

from __future__ import annotations

import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

from bench_figure import Figure, counted
from bench_schedulers import NATIVE, STEPS, optimizer_of, plan
from bench_timing import Case, in_turns, scaled
from bench_toy import Probe, Toy, fit

from lr_plugin.callback import LearningRateScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_sizes import Sizes
    from pytorch_lightning import LightningModule, Trainer

SECTION = "state: state_dict() at a checkpoint, and its pickled size"


def figures(sizes: Sizes) -> list[Figure]:
    """Measure with 1 and 50 groups."""
    return [figure for groups in (1, 50) for figure in _with(groups, sizes)]


def _with(groups: int, sizes: Sizes) -> list[Figure]:
    found: list[Figure] = []
    scheduler = LearningRateScheduler(plan())

    def measure(_trainer: Trainer, _module: LightningModule) -> None:
        takers: dict[str, Callable[[], Any]] = {"ours": scheduler.state_dict}
        takers |= {n: build(optimizer_of(groups)).state_dict for n, build in NATIVE.items()}
        found.extend(_compared(takers, groups, sizes))

    fit(Toy(groups), [scheduler, Probe(measure)], STEPS)
    return found


def _compared(takers: dict[str, Callable[[], Any]], groups: int, sizes: Sizes) -> list[Figure]:
    cases = {name: Case(partial(_repeat, take), 50) for name, take in takers.items()}
    seconds = in_turns(cases, sizes.turns)
    return [
        Figure(
            section=SECTION,
            what=f"{name}, {counted(groups)}",
            value=scaled(seconds[name], 1e6),
            unit="us",
            cost=f"{len(pickle.dumps(take())):,} bytes",
        )
        for name, take in takers.items()
    ]


def _repeat(act: Callable[[], object], times: int) -> None:
    for _ in range(times):
        act()
