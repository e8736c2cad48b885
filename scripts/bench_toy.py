"""A module that trains in no time, with any number of parameter groups, and a way into its fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from bench_schedulers import RATE
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset

from lr_plugin.app.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler


class Toy(LightningModule):
    """One linear layer; the groups beyond the first hold a parameter without gradient.

    Parameters
    ----------
    groups
        Parameter groups of its optimizer.
    schedulers
        What makes native schedulers, each to be stepped at every step.
    """

    def __init__(
        self, groups: int, schedulers: Sequence[Callable[[Optimizer], LRScheduler]] = ()
    ) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(32, 2)
        self.idle = torch.nn.ParameterList(torch.zeros(1) for _ in range(groups - 1))
        self.schedulers = schedulers

    def training_step(self, batch: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return a loss."""
        loss: torch.Tensor = self.layer(batch[0]).square().mean()
        return loss

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - one of Lightning's many forms
        """Return the optimizer and the native schedulers."""
        parameters = [[*self.layer.parameters()], *([each] for each in self.idle)]
        groups = [{"params": each, "lr": RATE / (i + 1)} for i, each in enumerate(parameters)]
        optimizer = torch.optim.SGD(groups, lr=RATE)
        configs = [{"scheduler": build(optimizer), "interval": "step"} for build in self.schedulers]
        return [optimizer], configs


def fit(module: Toy, callbacks: Sequence[Callback], steps: int) -> None:
    """Train for a number of steps, without loggers, checkpoints or a word."""
    data = DataLoader(TensorDataset(torch.ones(8 * 50, 32)), batch_size=8)
    with quiet():
        Trainer(
            accelerator="cpu",
            max_steps=steps,
            callbacks=list(callbacks),
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        ).fit(module, data)


class Probe(Callback):
    """Do something in the middle of a fit, once, and end it.

    Parameters
    ----------
    act
        Is given the trainer and the module, before the first batch.
    """

    def __init__(self, act: Callable[[Trainer, LightningModule], None]) -> None:
        self.act = act

    def on_train_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        batch: object,  # noqa: ARG002 - Lightning's signature
        batch_idx: int,  # noqa: ARG002 - Lightning's signature
    ) -> None:
        """Act."""
        self.act(trainer, pl_module)
        trainer.should_stop = True
