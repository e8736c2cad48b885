"""Circumstances: what an advisor should know of a run beside its measurements."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from lr_plugin.callback import length
from lr_plugin.callback.refusals import callbacks_of
from lr_plugin.callback.scheduler import LearningRateScheduler
from lr_plugin.callback.total import Total
from lr_plugin.rule import Rule
from lr_plugin.schedule import Span

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer
    from torch.optim import Optimizer

_USUAL: Final = 0.9  # of optimizers that do not say what their momentum is
_LOWER: Final = 0.75  # a mean of what is ahead, in units of now: a cosine is below, WSD above it
_RISEN: Final = 1.02  # a validation loss so many times its lowest has turned


def scheduler_of(trainer: "Trainer") -> LearningRateScheduler | None:
    """Return the callback that schedules the learning rate, if there is one."""
    found = (c for c in callbacks_of(trainer) if isinstance(c, LearningRateScheduler))
    return next(found, None)


def rules_of(trainer: "Trainer") -> tuple[Rule, ...]:
    """Return what the callback that schedules drives, if there is one."""
    scheduler = scheduler_of(trainer)
    return () if scheduler is None else tuple(scheduler.rules)


def steps_of(trainer: "Trainer") -> int | None:
    """Return how many optimizer steps the run will take, as far as anyone knows.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.
    """
    scheduler = scheduler_of(trainer)
    if scheduler is None:
        return _steps(length.resolve(trainer, Total())[0])
    stops = [rule.name for rule in scheduler.rules if rule.stop and rule.name in scheduler.curves]
    ends = [scheduler.curves[name].end() for name in stops]
    return next(iter(ends), None) or _steps(length.resolve(trainer, scheduler.total)[0])


def _steps(span: Span) -> int | None:
    return span.steps if span.clock == "steps" else None


def momentum_of(optimizer: "Optimizer") -> float:
    """Return the weight that an optimizer gives to earlier gradients.

    Parameters
    ----------
    optimizer : Optimizer
        Its ``momentum`` or the first of its ``betas`` is read; without either it is taken for 0.9.
    """
    group: dict[str, Any] = optimizer.param_groups[0]
    return float(group["momentum"] if "momentum" in group else group.get("betas", (_USUAL,))[0])


def base_of(trainer: "Trainer", step: int, rate: float) -> float:
    """Return the configured rate of which a schedule has made another.

    Parameters
    ----------
    trainer : Trainer
        Without a `LearningRateScheduler` among its callbacks it is the rate itself.
    step : int
        The step at which the rate is in force.
    rate : float
        That rate.
    """
    scheduler = scheduler_of(trainer)
    curve = None if scheduler is None else scheduler.curves.get("lr")
    factor = 1.0 if curve is None else curve(step)
    return rate / factor if factor else rate


def decays(trainer: "Trainer", step: int, steps: int) -> bool:
    """Say whether the schedule will lower the learning rate much for most of what is left.

    Parameters
    ----------
    trainer : Trainer
        Without a `LearningRateScheduler` among its callbacks nothing is known.
    step, steps : int
        Steps done, and of the whole run.
    """
    scheduler = scheduler_of(trainer)
    if scheduler is None or "lr" not in scheduler.curves or step >= steps:
        return False
    ahead = scheduler.curves["lr"](np.linspace(step, steps - 1, 64).astype(int))
    return bool(ahead.mean() < _LOWER * ahead[0])


@final
class Validation:
    """The validation loss so far.

    Parameters
    ----------
    monitor : str
        Its name; nothing is known of one that is not logged.

    Attributes
    ----------
    lowest : float
        The lowest value so far.
    rises : bool
        Whether the latest is above that by more than noise.
    """

    def __init__(self, monitor: str) -> None:
        self._monitor = monitor
        self.lowest, self.rises = float("inf"), False

    def pack(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"lowest": self.lowest, "rises": self.rises}

    def unpack(self, packed: Mapping[str, Any]) -> None:
        """Go on from a checkpoint.

        Parameters
        ----------
        packed : mapping
            What `pack` returned.
        """
        self.lowest, self.rises = packed["lowest"], packed["rises"]

    def look(self, trainer: "Trainer") -> None:
        """Take in what the latest validation has logged."""
        value = trainer.callback_metrics.get(self._monitor)
        if value is not None:
            self.lowest = min(self.lowest, float(value))
            self.rises = float(value) > max(_RISEN * self.lowest, self.lowest)


def why_silent(trainer: "Trainer", module: "LightningModule") -> str | None:
    """Say why nothing can be measured in this run; None if it can.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.
    module : LightningModule
        What it trains.
    """
    if not module.automatic_optimization or len(trainer.optimizers) != 1:
        return "it needs automatic optimization with one optimizer"
    if any(hasattr(each, "to_local") for each in module.parameters()):
        return "it does not measure parameters that are spread over several processes"
    if steps_of(trainer) is None:
        return length.why_unknown(trainer)
    return None
