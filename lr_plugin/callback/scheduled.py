"""Scheduled: what the scheduler beside an advisor does with the learning rate."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from lr_plugin.callback.applied import factor
from lr_plugin.callback.refusals import callbacks_of
from lr_plugin.callback.scheduler import LearningRateScheduler
from lr_plugin.rule import Rule
from lr_plugin.schedule import Curve

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

__all__ = ["Scheduled", "applied_to", "rules_of", "scheduled", "scheduler_of"]

_LOWER = 0.75  # a mean of what is ahead, in units of now: a cosine is below, WSD above it


def scheduler_of(trainer: "Trainer") -> LearningRateScheduler | None:
    """Return the callback that schedules the learning rate, if there is one."""
    found = (c for c in callbacks_of(trainer) if isinstance(c, LearningRateScheduler))
    return next(found, None)


def rules_of(trainer: "Trainer") -> tuple[Rule, ...]:
    """Return what the callback that schedules drives, if there is one."""
    scheduler = scheduler_of(trainer)
    return () if scheduler is None else tuple(scheduler.rules)


def applied_to(trainer: "Trainer") -> float:
    """Return what an advisor has multiplied the learning rate by, as far as it is still in it."""
    scheduler = scheduler_of(trainer)
    curves = {} if scheduler is None else scheduler.curves
    return next((found for each in curves.values() if (found := factor(each)) != 1), 1.0)


@final
@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """The schedule of the learning rate of the first parameter group, and where it is.

    Parameters
    ----------
    rule : Rule
        What drives it.
    curve : Curve
        Its values.
    position : int
        Of now, on the clock of the curve.
    """

    rule: Rule
    curve: Curve
    position: int

    @property
    def is_timed(self) -> bool:
        """Whether its clock is time."""
        return self.curve.span.clock == "time"

    @property
    def end(self) -> int | None:
        """Where the run ends as far as the schedule knows, on its clock."""
        return (self.curve.end() if self.rule.stop else None) or self.curve.span.steps

    def base(self, step: int, rate: float, applied: float = 1.0) -> float:
        """Return the configured rate, times what an advisor has changed it by.

        Where the schedule writes the rate itself, there is none: it is the one in force then.

        Parameters
        ----------
        step : int
            The step at which a rate is in force.
        rate : float
            That rate.
        applied : float
            The factor of the advisor, which is in `rate` already.
        """
        value = self.curve(self.position if self.is_timed else step)
        return rate if self.rule.mode == "set" or not value else rate / value * applied

    def decays(self, steps: float) -> bool:
        """Say whether it will lower the rate much for most of what is left.

        Parameters
        ----------
        steps : float
            Optimizer steps of the whole run.
        """
        end = self.end if self.is_timed else steps
        if end is None or self.position >= end:
            return False
        ahead = self.curve(np.linspace(self.position, end - 1, 64).astype(int))
        return bool(ahead.mean() < _LOWER * ahead[0])


def scheduled(trainer: "Trainer") -> Scheduled | None:
    """Return what is known of the learning rate's schedule; None without one.

    Parameters
    ----------
    trainer : Trainer
        Which trains.
    """
    scheduler = scheduler_of(trainer)
    if scheduler is None:
        return None
    groups, curves, steps = trainer.optimizers[0].param_groups, scheduler.curves, scheduler.steps
    rules = (rule for rule in scheduler.rules if rule.key == "lr" and rule.name in curves)
    first = (rule for rule in rules if 0 in rule.picks(groups, scheduler.ignore))
    found = next(first, None)
    if found is None:
        return None
    return Scheduled(rule=found, curve=curves[found.name], position=steps[found.name])
