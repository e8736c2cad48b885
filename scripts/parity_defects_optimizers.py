"""Defects of other packages' schedulers that write into an optimizer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from parity_cases import Case, System, locate
from parity_defects import Finding, error_of
from parity_drive import optimizer_of, trace

if TYPE_CHECKING:
    from collections.abc import Callable

PEAK = 1.0
FLOOR = 0.2
RISE = 1e-9


def run(
    call: str,
    steps: int,
    drive: str = "optimizer",
    **arguments: Any,  # noqa: ANN401 - what any scheduler takes
) -> list[float]:
    """Return the values of the scheduler at a dotted path, built with `arguments`."""
    system = System("", "", "", drive, "")
    return [row[0] for row in trace(Case("", system, steps, call, arguments))]


def falls_only(values: list[float]) -> bool:
    """Whether no value is above the one before."""
    return all(after <= before + RISE for before, after in pairwise(values))


def mmengine_misses_floor() -> Finding:
    """Look whether a cosine with end = T_max gets to its floor."""
    call = "mmengine.optim.scheduler.lr_scheduler.CosineAnnealingLR"
    values = run(call, 9, T_max=5, begin=0, end=5)
    return Finding(
        "14",
        "mmengine-lite",
        "the cosine stops one step before its floor and stays there",
        "CosineAnnealingLR(T_max=5, begin=0, end=5)",
        "0 from step 5 on",
        values,
        confirmed=values[-1] > RISE,
    )


def mmengine_divides_by_zero() -> Finding:
    """Look whether a warmup from zero runs."""
    call = "mmengine.optim.scheduler.lr_scheduler.LinearLR"
    error = error_of(lambda: run(call, 6, start_factor=0, begin=0, end=5))
    return Finding(
        "14",
        "mmengine-lite",
        "a warmup from 0 is accepted, then divides by zero",
        "LinearLR(start_factor=0, begin=0, end=5)",
        [0.0, 0.25, 0.5, 0.75, 1.0, 1.0],
        error,
        confirmed="ZeroDivision" in error,
    )


def ignite_loses_min_lr() -> Finding:
    """Look whether the plateau handler keeps its floor."""
    plateau = locate("ignite.handlers.param_scheduler.ReduceLROnPlateauScheduler")
    handler = plateau(optimizer_of(1.0), metric_name="loss", min_lr=0.5)
    floors = list(handler.scheduler.min_lrs)
    return Finding(
        "15",
        "pytorch-ignite",
        "min_lr is ignored unless param_group_index is given",
        "ReduceLROnPlateauScheduler(min_lr=.5).scheduler.min_lrs",
        [0.5],
        floors,
        confirmed=floors == [0],
    )


def rex_misses_peak() -> Finding:
    """Look whether REX uses its peak."""
    values = run("pytorch_optimizer.lr_scheduler.rex.REXScheduler", 11, total_steps=10)
    return Finding(
        "16",
        "pytorch_optimizer",
        "REX runs its first step at the floor and never uses the peak",
        "REXScheduler(total_steps=10, max_lr=1, min_lr=0)",
        "1 at step 0",
        values,
        confirmed=values[0] == 0 and max(values) < PEAK,
    )


def poly_grows() -> Finding:
    """Look whether the polynomial decay stays below its peak."""
    call = "pytorch_optimizer.lr_scheduler.linear_warmup.PolyScheduler"
    values = run(call, 20, poly_order=0.5, t_max=12, max_lr=1.0, warmup_steps=3)
    return Finding(
        "16",
        "pytorch_optimizer",
        "the polynomial grows without bound",
        "PolyScheduler(poly_order=.5, t_max=12, max_lr=1, warmup_steps=3), 20 steps",
        "at most 1",
        values,
        confirmed=max(values) > PEAK,
    )


def linear_is_late_and_negative() -> Finding:
    """Look whether the linear decay starts on time and stops at its floor."""
    call = "pytorch_optimizer.lr_scheduler.linear_warmup.LinearScheduler"
    values = run(call, 9, t_max=6, max_lr=1.0, min_lr=0.1, init_lr=0.05, warmup_steps=2)
    return Finding(
        "16",
        "pytorch_optimizer",
        "everything is one step late, and the line goes on below zero",
        "LinearScheduler(t_max=6, max_lr=1, min_lr=.1, init_lr=.05, warmup_steps=2)",
        [0.05, 0.525, 1.0, 0.775, 0.55, 0.325, 0.1, 0.1, 0.1],
        values,
        confirmed=values.index(PEAK) > 2 or min(values) < 0,  # noqa: PLR2004 - its warmup_steps
    )


def cooldown_dips_below_floor() -> Finding:
    """Look whether a cooldown stays above its floor."""
    values = run(
        "pytorch_optimizer.lr_scheduler.wsd.get_wsd_schedule",
        15,
        min_lr_ratio=FLOOR,
        num_warmup_steps=0,
        num_stable_steps=2,
        num_decay_steps=10,
        cooldown_type="1-sqrt",
    )
    return Finding(
        "16",
        "pytorch_optimizer",
        "every cooldown but the cosine dips below its floor, then jumps up",
        "get_wsd_schedule(0, 2, 10, min_lr_ratio=.2, cooldown_type='1-sqrt')",
        "never below 0.2",
        values,
        confirmed=min(values) < FLOOR and not falls_only(values),
    )


def cosine_returns() -> Finding:
    """Look whether the cosine holds after its last step."""
    call = "transformers.optimization.get_cosine_schedule_with_warmup"
    values = run(call, 18, num_warmup_steps=3, num_training_steps=10)
    return Finding(
        "17",
        "transformers",
        "the cosine climbs back to the full learning rate after the end",
        "get_cosine_schedule_with_warmup(3, 10), steps 10 to 17",
        [0.0] * 8,
        values[10:],
        confirmed=values[17] == PEAK,
    )


def overfull_plan_jumps() -> Finding:
    """Look whether more warmup and decay than steps is refused."""
    call = "transformers.optimization.get_wsd_schedule"
    lengths: dict[str, Any] = {
        "num_warmup_steps": 8,
        "num_decay_steps": 7,
        "num_training_steps": 10,
    }
    error = error_of(lambda: run(call, 11, **lengths))
    values = [] if error else run(call, 11, **lengths)
    return Finding(
        "17",
        "transformers",
        "more warmup and decay than steps is accepted and drops in one step",
        "get_wsd_schedule(num_warmup_steps=8, num_decay_steps=7, num_training_steps=10)",
        "an error",
        error or values,
        confirmed=not error,
    )


CHECKS: tuple[Callable[[], Finding], ...] = (
    mmengine_misses_floor,
    mmengine_divides_by_zero,
    ignite_loses_min_lr,
    rex_misses_peak,
    poly_grows,
    linear_is_late_and_negative,
    cooldown_dips_below_floor,
    cosine_returns,
    overfull_plan_jumps,
)
