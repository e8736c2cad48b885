"""Defects of PyTorch's own schedulers when they are put together."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING

from parity_defects import Finding, close
from parity_drive import optimizer_of
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer


def trace(build: Callable[[Optimizer], LRScheduler], steps: int, base: float = 1.0) -> list[float]:
    """Return the learning rates of the first `steps` steps."""
    optimizer = optimizer_of(base)
    scheduler = build(optimizer)
    values = [float(optimizer.param_groups[0]["lr"])]
    for _ in range(steps - 1):
        optimizer.step()
        scheduler.step()
        values.append(float(optimizer.param_groups[0]["lr"]))
    return values


def half_then_fifth(optimizer: Optimizer) -> SequentialLR:
    """Return one half for two steps, then one fifth."""
    halves, fifths = ConstantLR(optimizer, 0.5, 99), ConstantLR(optimizer, 0.2, 99)
    return SequentialLR(optimizer, [halves, fifths], [2])


def warmup_then_hold(optimizer: Optimizer) -> SequentialLR:
    """Return a warmup of three steps, then the full value."""
    warmup, hold = LinearLR(optimizer, 0.1, 1.0, 3), ConstantLR(optimizer, 1.0, 1)
    return SequentialLR(optimizer, [warmup, hold], [3])


def wrapping_shifts() -> Finding:
    """Look whether a sequence of one sequence is that sequence."""
    plain = trace(half_then_fifth, 4)
    wrapped = trace(lambda opt: SequentialLR(opt, [half_then_fifth(opt)], []), 4)
    return Finding(
        "1",
        "torch",
        "a sequence inside a sequence is one step early",
        "SequentialLR([SequentialLR([ConstantLR(.5), ConstantLR(.2)], [2])], [])",
        plain,
        wrapped,
        confirmed=not close(plain, wrapped),
    )


def wrapping_shortens_warmup() -> Finding:
    """Look whether warmup and hold inside another sequence keep their steps."""
    plain = trace(warmup_then_hold, 4)
    wrapped = trace(
        lambda opt: SequentialLR(opt, [warmup_then_hold(opt), ConstantLR(opt, 1.0, 1)], [9]), 4
    )
    return Finding(
        "1",
        "torch",
        "a warmup inside two sequences loses a step",
        "SequentialLR([SequentialLR([LinearLR(.1, 1, 3), ConstantLR(1)], [3]), ConstantLR()], [9])",
        plain,
        wrapped,
        confirmed=not close(plain, wrapped),
    )


def product_in_sequence_starts_late() -> Finding:
    """Look whether a product inside a sequence starts at its first value."""

    def product(optimizer: Optimizer) -> ChainedScheduler:
        return ChainedScheduler([ConstantLR(optimizer, 0.5, 9), ExponentialLR(optimizer, 0.9)])

    plain = trace(product, 3)
    wrapped = trace(lambda opt: SequentialLR(opt, [product(opt), StepLR(opt, 99)], [9]), 3)
    return Finding(
        "1",
        "torch",
        "a product inside a sequence starts at its second value",
        "SequentialLR([ChainedScheduler([ConstantLR(.5), ExponentialLR(.9)]), StepLR(99)], [9])",
        plain,
        wrapped,
        confirmed=not close(plain, wrapped),
    )


def product_is_no_product() -> Finding:
    """Look whether ChainedScheduler multiplies when a child has a floor."""
    line = trace(lambda opt: LinearLR(opt, 0.25, 1.0, 8), 8)
    wave = trace(lambda opt: CosineAnnealingLR(opt, 10, 0.1), 8)
    product = [one * other for one, other in zip(line, wave, strict=True)]
    chained = trace(
        lambda opt: ChainedScheduler(
            [LinearLR(opt, 0.25, 1.0, 8), CosineAnnealingLR(opt, 10, 0.1)]
        ),
        8,
    )
    return Finding(
        "2",
        "torch",
        "ChainedScheduler is not the product of its children",
        "ChainedScheduler([LinearLR(.25, 1, 8), CosineAnnealingLR(10, eta_min=.1)])",
        product,
        chained,
        confirmed=not close(product, chained),
    )


def product_drops_a_child() -> Finding:
    """Look whether a child chained with warm restarts counts."""
    alone = trace(lambda opt: CosineAnnealingWarmRestarts(opt, 5), 8)
    chained = trace(
        lambda opt: ChainedScheduler(
            [ExponentialLR(opt, 0.5), CosineAnnealingWarmRestarts(opt, 5)]
        ),
        8,
    )
    return Finding(
        "2",
        "torch",
        "ChainedScheduler with warm restarts ignores the other child",
        "ChainedScheduler([ExponentialLR(.5), CosineAnnealingWarmRestarts(5)])",
        [0.5**step * value for step, value in enumerate(alone)],
        chained,
        confirmed=close(alone, chained),
    )


def restart_undoes_plateau() -> Finding:
    """Look whether a reduction on a plateau survives the next step of warm restarts."""
    optimizer = optimizer_of(1.0)
    restarts = CosineAnnealingWarmRestarts(optimizer, 5)
    plateau = ReduceLROnPlateau(optimizer, factor=0.1, patience=0)
    plateau.step(1.0)
    plateau.step(1.0)
    reduced = optimizer.param_groups[0]["lr"]
    optimizer.step()
    restarts.step()
    after = optimizer.param_groups[0]["lr"]
    return Finding(
        "3",
        "torch",
        "the next step of a restart scheduler erases a reduction on a plateau",
        "ReduceLROnPlateau(factor=.1) fires at step 0 beside CosineAnnealingWarmRestarts(5)",
        {"reduced": 0.1, "next": 0.1 * (1 + cos(pi / 5)) / 2},
        {"reduced": reduced, "next": after},
        confirmed=after > 2 * reduced,
    )


CHECKS: tuple[Callable[[], Finding], ...] = (
    wrapping_shifts,
    wrapping_shortens_warmup,
    product_in_sequence_starts_late,
    product_is_no_product,
    product_drops_a_child,
    restart_undoes_plateau,
)
