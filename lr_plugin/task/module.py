"""A classifier as a LightningModule: it knows the loss and the metrics, not the schedule."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from typing_extensions import override

__all__ = ["Classifier", "OptimizerFactory"]

OptimizerFactory: TypeAlias = Callable[[Iterable[nn.Parameter]], Optimizer]


class Classifier(LightningModule):
    """Train any network that maps inputs to logits, with cross-entropy.

    Logs `train/loss` at steps, and at each validation `val/loss` and `val/acc`, the share of
    labels predicted correctly, 0..1. There may be several labels per sample, as in a text.

    Parameters
    ----------
    net : torch.nn.Module
        Maps a batch of inputs to a batch of logits, with the classes in the second dimension.
    optimizer : callable
        Makes the optimizer from the parameters, such as
        ``functools.partial(torch.optim.SGD, lr=0.1)`` or a Hydra config with ``_partial_: true``.

    Examples
    --------
    >>> from functools import partial
    >>> import torch
    >>> module = Classifier(net=torch.nn.Linear(4, 2), optimizer=partial(torch.optim.SGD, lr=0.1))
    >>> module.configure_optimizers().param_groups[0]["lr"]
    0.1
    """

    def __init__(self, *, net: nn.Module, optimizer: OptimizerFactory) -> None:
        super().__init__()
        self.net = net
        self.optimizer_factory = optimizer

    @override
    def forward(self, inputs: Tensor) -> Tensor:
        logits: Tensor = self.net(inputs)
        return logits

    @override
    def training_step(self, batch: tuple[Tensor, Tensor], _batch_idx: int) -> Tensor:
        inputs, labels = batch
        loss = cross_entropy(self(inputs), labels)
        self.log("train/loss", loss)
        return loss

    @override
    def validation_step(self, batch: tuple[Tensor, Tensor], _batch_idx: int) -> None:
        inputs, labels = batch
        logits = self(inputs)
        metrics = {
            "val/loss": cross_entropy(logits, labels),
            "val/acc": (logits.argmax(dim=1) == labels).float().mean(),
        }
        self.log_dict(metrics, batch_size=len(labels), sync_dist=True)

    @override
    def configure_optimizers(self) -> Optimizer:
        return self.optimizer_factory(self.parameters())
