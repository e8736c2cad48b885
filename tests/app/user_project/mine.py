"""What a user may have: a module and data that know nothing of lr_plugin."""

import os
import random
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from pytorch_lightning import Callback, LightningDataModule, LightningModule
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Module(LightningModule):
    """Fit a line, with an optimizer of its own."""

    def __init__(self, width: int = 1) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 1)
        self.factor = 1.0

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        loss = self.factor * self.error(batch)
        self.log("loss", loss)
        return loss

    def validation_step(self, batch: list[Tensor], _: int) -> None:
        self.log("val_error", self.error(batch), sync_dist=True)

    def error(self, batch: list[Tensor]) -> Tensor:
        difference: Tensor = self.layer(batch[0]) - batch[1]
        return difference.square().mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.25)


class Asks(Module):
    """The same, with what our config offers."""

    def __init__(
        self, optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
    ) -> None:
        super().__init__()
        self.make = optimizer

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.make(self.parameters())


class Misbehaves(Module):
    """End the program in the way that the environment asks for, in the second epoch."""

    def on_train_epoch_start(self) -> None:
        if self.current_epoch == 1:
            getattr(self, os.environ["MISBEHAVE"])()

    def exits(self) -> None:
        sys.exit(3)

    def interrupts(self) -> None:
        raise KeyboardInterrupt

    def breaks(self) -> None:
        raise RuntimeError("broken\non purpose")

    def is_killed_with_seed_0(self) -> None:
        if torch.initial_seed() == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def breaks_elsewhere(self) -> None:
        if self.global_rank == 1:
            self.breaks()

    def diverges_elsewhere(self) -> None:
        if self.global_rank == 1:
            self.factor = float("nan")

    def goes_on(self) -> None:
        pass


class Noisy(Misbehaves):
    """The same, with a loss that the random generators have a say in."""

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        drawn = random.random() + float(np.random.rand())  # noqa: NPY002, S311 - what others draw from
        return super().training_step(batch, index) * (torch.rand(()) + drawn)


class Counts(Callback):
    """Add a byte to a file for each step of any run."""

    def on_train_batch_end(self, *_: object) -> None:
        with Path(os.environ["COUNTS"]).open("ab") as file:
            file.write(b".")


class Data(LightningDataModule):
    """Points on a line."""

    def __init__(self, batch_size: int = 5) -> None:
        super().__init__()
        self.batch_size = batch_size

    def train_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        inputs = torch.linspace(-1, 1, 20).unsqueeze(1)
        return DataLoader(TensorDataset(inputs, 3 * inputs + 1), self.batch_size)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        return self.train_dataloader()


class Shuffled(Data):
    """The same, in an order that the random generators have a say in."""

    def train_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        return DataLoader(super().train_dataloader().dataset, self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        return super().train_dataloader()
