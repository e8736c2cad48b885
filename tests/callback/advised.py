"""A run on two processes of a CPU whose advisor acts: writes what each rank was told and used."""

import json
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset
from typing_extensions import override

from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler


class Regression(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(
            torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)
        )

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        inputs, targets = batch
        return torch.nn.functional.mse_loss(self.net(inputs), targets)

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1e-4, momentum=0.9)

    @override
    def train_dataloader(self) -> Any:
        generator = torch.Generator().manual_seed(1)
        inputs = torch.randn(320, 4, generator=generator)
        data = TensorDataset(inputs, inputs.sum(1, keepdim=True))
        return DataLoader(data, batch_size=16, sampler=DistributedSampler(data, shuffle=False))


class Note(Callback):
    def __init__(self, folder: Path, advisor: LearningRateAdvisor) -> None:
        self.folder, self.advisor = folder, advisor

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        weights = [weight.tolist() for weight in pl_module.parameters()]
        said = [advice.verdict for advice in self.advisor.advice]
        path = self.folder / f"{trainer.global_rank}.json"
        path.write_text(json.dumps({"rate": rate, "said": said, "weights": weights}), "utf-8")


def main(folder: Path) -> None:
    advisor = LearningRateAdvisor(act="apply")
    Trainer(
        max_epochs=10,
        accelerator="cpu",
        devices=2,
        strategy="ddp",
        use_distributed_sampler=False,
        callbacks=[LearningRateScheduler("constant"), advisor, Note(folder, advisor)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(Regression())
