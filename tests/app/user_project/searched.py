"""Modules that are searched for a learning rate, with data of their own."""

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Groups(LightningModule):
    """Fit a line; its bias learns more slowly."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        difference: Tensor = self.layer(batch[0]) - batch[1]
        return difference.square().mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        slower = torch.optim.SGD([self.layer.weight], lr=0.25)
        slower.add_param_group({"params": [self.layer.bias], "lr": 0.025})
        return slower

    def train_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        inputs = torch.linspace(-1, 1, 20).unsqueeze(1)
        return DataLoader(TensorDataset(inputs, 3 * inputs + 1), 5)


class Interrupts(Groups):
    """Somebody presses Ctrl-C."""

    def on_train_batch_start(self, *_: object) -> None:
        raise KeyboardInterrupt
