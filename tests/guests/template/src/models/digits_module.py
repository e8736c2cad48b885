"""A classifier whose config brings the network, the optimizer and, if it wants one, a scheduler."""

from collections.abc import Callable

import torch
from lightning import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRScheduler

Batch = tuple[torch.Tensor, torch.Tensor]


class DigitsLitModule(LightningModule):
    def __init__(
        self,
        net: torch.nn.Module,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., object] | None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False, ignore=["net"])
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.net(x)
        return logits

    def model_step(self, batch: Batch, stage: str) -> torch.Tensor:
        images, labels = batch
        logits = self(images)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        acc = (logits.argmax(dim=1) == labels).float().mean()
        values = {f"{stage}/loss": loss, f"{stage}/acc": acc}
        self.log_dict(values, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        self.log("rate", self.trainer.optimizers[0].param_groups[0]["lr"], on_step=True)
        return self.model_step(batch, "train")

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.model_step(batch, "val")

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self.model_step(batch, "test")

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optimizer = self.hparams["optimizer"](params=self.parameters())
        if self.hparams["scheduler"] is None:
            return {"optimizer": optimizer}
        scheduler = self.hparams["scheduler"](optimizer=optimizer)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "monitor": "val/loss", "interval": "epoch"},
        }
