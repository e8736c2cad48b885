"""A probe: the loss of a batch before and after an update, leaving no trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning.utilities.seed import isolate_rng

from lr_plugin.callback.meter import Meter

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer
    from torch import Tensor

__all__ = ["probed"]


def probed(
    loss: "Callable[[Any], Tensor]",
    batch: object,
    trainer: "Trainer",
    module: "LightningModule",
    meter: Meter,
) -> tuple[float, float]:
    """Return the loss of a batch before and after the latest update.

    Parameters
    ----------
    loss : callable
        Gives the loss of a batch.
    batch : object
        Which the update has not seen.
    trainer : Trainer
        Whose precision applies.
    module : LightningModule
        Whose buffers are restored.
    meter : Meter
        Which has measured the update.
    """
    with torch.no_grad(), trainer.precision_plugin.forward_context():
        with _left_alone(module):
            after = float(loss(batch))
        with _left_alone(module), meter.undone():
            before = float(loss(batch))
    return before, after


@contextmanager
def _left_alone(module: "LightningModule") -> Iterator[None]:
    # batch normalization counts in buffers, dropout draws random numbers: the same in both
    kept = [(buffer, buffer.clone()) for buffer in module.buffers()]
    with isolate_rng(include_cuda=module.device.type == "cuda"):
        try:
            yield
        finally:
            for buffer, was in kept:
                buffer.copy_(was)
