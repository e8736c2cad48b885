"""End a run that has diverged, instead of training on what is not a number."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.callback.diverged import DivergedError

__all__ = ["DivergenceGuard"]


class DivergenceGuard(Callback):
    """Raise `DivergedError` when the training loss is not finite, or stays far above its start.

    Without a loss in the output of `training_step` nothing is watched.

    Parameters
    ----------
    factor : float, default 100
        How many times its first absolute value counts as far above.
    checks : int, default 5
        So many looks in a row must find it there; a single spike is not divergence.
    every : int, default 10
        Batches of an epoch from one look to the next: reading the loss makes a GPU wait.
    """

    def __init__(self, *, factor: float = 100, checks: int = 5, every: int = 10) -> None:
        self.factor, self.checks, self.every = factor, checks, every
        self.first: float | None = None
        self.above = 0

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"first": self.first, "above": self.above}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.first, self.above = state_dict["first"], state_dict["above"]

    @override
    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if loss is not None and batch_idx % self.every == 0:
            # the mean over all processes, so that all of them end
            own = torch.as_tensor(loss).detach().clone()
            mean = trainer.strategy.reduce(own, reduce_op="mean")
            self._look(float(mean), trainer.global_step)

    def _look(self, loss: float, steps: int) -> None:
        if not isfinite(loss):
            raise DivergedError(f"train loss is {loss} after {steps} steps")
        self.first = abs(loss) if self.first is None else self.first
        self.above = self.above + 1 if loss > self.factor * self.first else 0
        if self.above >= self.checks:
            raise DivergedError(
                f"train loss is {loss:.3g} after {steps} steps and has been more than "
                f"{self.factor:g} times its first value, {self.first:.3g}, at "
                f"{self.checks} looks in a row"
            )
