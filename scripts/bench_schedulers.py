"""Ours and other schedulers on one plan: a linear warm-up, then a cosine, over a million steps."""

from __future__ import annotations

from importlib import import_module
from math import cos, pi
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    SequentialLR,
)

from lr_plugin.callback.run import Run
from lr_plugin.rule import Rule
from lr_plugin.schedule import Cosine, Linear, Phase, Schedule, Sequence, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer

STEPS = 1_000_000
WARMUP = 10_000
RATE = 0.1


def plan() -> Schedule:
    """Return the plan as a schedule of ours."""
    warmup = Phase(schedule=Linear(start_value=0.01, end_value=1.0), duration=f"{WARMUP} steps")
    return Sequence(phases={"warmup": warmup, "decay": Phase(schedule=Cosine())})


def factor(step: int) -> float:
    """Return the plan's value, as one would write it for LambdaLR."""
    if step < WARMUP:
        return 0.01 + 0.99 * step / WARMUP
    return 0.5 + 0.5 * cos(pi * (step - WARMUP) / (STEPS - WARMUP))


def optimizer_of(groups: int) -> Optimizer:
    """Return an optimizer of parameters without gradients, each group with a rate of its own."""
    parameters = (torch.nn.Parameter(torch.zeros(1)) for _ in range(groups))
    groups_of = [{"params": [each], "lr": RATE / (i + 1)} for i, each in enumerate(parameters)]
    return torch.optim.SGD(groups_of, lr=RATE)


def sequential(optimizer: Optimizer) -> LRScheduler:
    """Return the plan as PyTorch composes it."""
    warmup = LinearLR(optimizer, 0.01, 1.0, WARMUP)
    decay = CosineAnnealingLR(optimizer, STEPS - WARMUP)
    return SequentialLR(optimizer, [warmup, decay], [WARMUP])


def one_cycle(optimizer: Optimizer) -> LRScheduler:
    """Return PyTorch's own warm-up and cosine in one."""
    return OneCycleLR(optimizer, RATE, STEPS, pct_start=WARMUP / STEPS, cycle_momentum=False)


def from_lambda(optimizer: Optimizer) -> LRScheduler:
    """Return the plan as a Python function."""
    return LambdaLR(optimizer, factor)


NATIVE: dict[str, Callable[[Optimizer], LRScheduler]] = {
    "SequentialLR": sequential,
    "LambdaLR": from_lambda,
    "OneCycleLR": one_cycle,
}


def ours(groups: int) -> Callable[[int], None]:
    """Return what does a number of updates of ours, from where it stopped before."""
    optimizer, schedule = optimizer_of(groups), plan()
    optimizers, spans, rule = [optimizer], [Span(STEPS)], Rule(name="lr", schedule=schedule)
    run = Run([rule], (), optimizers)
    run.start(optimizers, {("lr", 0): schedule.over(spans[0])}, spans, manual=False)
    write, done = run.write, 0

    def update(steps: int) -> None:
        nonlocal done
        for step in range(done, done + steps):
            write(0, optimizer.param_groups, step)
        done += steps

    return update


def native(name: str, groups: int) -> Callable[[int], None]:
    """Return what does a number of updates of one of PyTorch's schedulers."""
    return _stepping(NATIVE[name], groups)


def timm(groups: int) -> Callable[[int], None]:
    """Return what does a number of updates of timm's cosine with a warm-up."""
    build = import_module("timm.scheduler").CosineLRScheduler
    scheduler = build(
        optimizer_of(groups),
        t_initial=STEPS,
        warmup_t=WARMUP,
        warmup_lr_init=0.01 * RATE,
        t_in_epochs=False,
    )
    step, done = scheduler.step_update, 0

    def update(steps: int) -> None:
        nonlocal done
        for number in range(done, done + steps):
            step(number)
        done += steps

    return update


def transformers(groups: int) -> Callable[[int], None]:
    """Return what does a number of updates of transformers' cosine with a warm-up."""
    build = import_module("transformers").get_cosine_schedule_with_warmup
    return _stepping(lambda optimizer: build(optimizer, WARMUP, STEPS), groups)


TIMM = "timm CosineLRScheduler"  # writes values and no more: it is no LRScheduler of PyTorch
OPTIONAL: dict[str, Callable[[int], Callable[[int], None]]] = {
    TIMM: timm,
    "transformers cosine with warmup": transformers,
}


def is_installed(name: str) -> bool:
    """Say whether an optional package can be used: its name is the first word."""
    try:
        OPTIONAL[name](1)
    except ImportError:
        return False
    return True


def others(groups: int) -> dict[str, Callable[[int], None]]:
    """Return what does updates of every scheduler that is there, by its name."""
    found = {name: native(name, groups) for name in NATIVE}
    return found | {name: build(groups) for name, build in OPTIONAL.items() if is_installed(name)}


def _stepping(build: Callable[[Optimizer], Any], groups: int) -> Callable[[int], None]:
    optimizer = optimizer_of(groups)
    step = build(optimizer).step
    optimizer.step()  # a scheduler that is stepped first warns

    def update(steps: int) -> None:
        for _ in range(steps):
            step()

    return update
