"""Defects of PyTorch's own schedulers in what they accept and how they compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from parity_defects import Finding, error_of
from parity_defects_torch import trace
from parity_drive import optimizer_of
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer


def floor_lifts_small_group() -> Finding:
    """Look whether an absolute floor above a group's value makes it rise."""
    values = trace(lambda opt: CosineAnnealingLR(opt, 4, eta_min=0.01), 5, base=0.001)
    return Finding(
        "4",
        "torch",
        "an absolute floor above a group's learning rate makes it rise",
        "CosineAnnealingLR(4, eta_min=.01) on a group with lr .001",
        "not above 0.001",
        values,
        confirmed=values[-1] > values[0],
    )


def one_cycle_divides_by_zero() -> Finding:
    """Look whether a phase of no steps is refused with a message about it."""
    first = error_of(lambda: trace(lambda opt: OneCycleLR(opt, 1.0, 10, pct_start=0.1), 10))
    whole = error_of(lambda: trace(lambda opt: OneCycleLR(opt, 1.0, 10, pct_start=1.0), 11))
    return Finding(
        "5",
        "torch",
        "OneCycleLR divides by zero when a phase has no steps",
        "OneCycleLR(max_lr=1, total_steps=10, pct_start=.1, and 1), stepped after each of 10 steps",
        "an error that names pct_start",
        [first, whole],
        confirmed=all("ZeroDivision" in error for error in (first, whole)),
    )


def impossible_arguments_pass() -> Finding:
    """Look whether impossible arguments are refused."""
    observed = {
        "StepLR(-1, .5)": attempt(lambda opt: StepLR(opt, -1, 0.5)),
        "ExponentialLR(-2)": attempt(lambda opt: ExponentialLR(opt, -2.0)),
        "LinearLR(total_iters=0)": attempt(lambda opt: LinearLR(opt, total_iters=0)),
        "MultiStepLR([.1 * 3 * 10])": attempt(lambda opt: MultiStepLR(opt, [0.1 * 3 * 10])),  # type: ignore[list-item] # the defect
    }
    return Finding(
        "5",
        "torch",
        "impossible arguments are accepted and do something else",
        "a negative step size, a negative factor, no steps, a milestone of 3.0000000000000004",
        "an error each",
        observed,
        confirmed=all(isinstance(values, list) for values in observed.values()),
    )


def attempt(build: Callable[[Optimizer], LRScheduler]) -> list[float] | str:
    """Return five values, or the error instead of them."""
    return error_of(lambda: trace(build, 5)) or trace(build, 5)


def float32_drifts() -> Finding:
    """Measure how far the recursive form drifts from the closed form in a 32-bit tensor."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=torch.tensor(1.0), fused=False)
    scheduler = ExponentialLR(optimizer, 0.9999)
    for _ in range(30_000):
        optimizer.step()
        scheduler.step()
    exact = 0.9999**30_000
    drift = abs(float(optimizer.param_groups[0]["lr"]) / exact - 1)
    return Finding(
        "6",
        "torch",
        "the recursive form drifts when the learning rate is a 32-bit tensor",
        "ExponentialLR(.9999) on lr=torch.tensor(1.), relative error after 30 000 steps",
        "below 1e-6",
        drift,
        confirmed=drift > 1e-5,  # noqa: PLR2004 - far above rounding
    )


def worse_counts_as_better() -> Finding:
    """Look whether a worse negative metric counts as a new best."""
    optimizer = optimizer_of(1.0)
    plateau = ReduceLROnPlateau(optimizer, patience=0, threshold=0.1)
    bests = []
    for metric in (-1.0, -0.95, -0.9):
        plateau.step(metric)
        bests.append(float(plateau.best))
    return Finding(
        "7",
        "torch",
        "with a negative metric a worse value counts as the new best",
        "ReduceLROnPlateau(patience=0, threshold=.1) with -1, -.95, -.9",
        {"best": [-1.0, -1.0, -1.0], "lr": 0.01},
        {"best": bests, "lr": optimizer.param_groups[0]["lr"]},
        confirmed=bests[-1] > bests[0],
    )


CHECKS: tuple[Callable[[], Finding], ...] = (
    floor_lifts_small_group,
    one_cycle_divides_by_zero,
    impossible_arguments_pass,
    float32_drifts,
    worse_counts_as_better,
)
