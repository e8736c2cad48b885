"""Modules that would betray any trace, and curves with a known valley."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pytorch_lightning
import torch
from numpy.typing import NDArray
from pytorch_lightning import LightningModule, Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from typing_extensions import override

Values = NDArray[np.float64]


class Noisy(Dataset[tuple[Tensor, Tensor]]):
    """A line with noise that is drawn anew at each look, from a generator of its own."""

    def __init__(self, samples: int = 32) -> None:
        self.inputs = np.random.default_rng(0).normal(size=(samples, 4)).astype(np.float32)
        self.noise = np.random.default_rng(1)
        self.looks = 0

    def __len__(self) -> int:
        return len(self.inputs)

    @override
    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        self.looks += 1
        row = torch.from_numpy(self.inputs[index])
        return row, row.sum() + 1 + float(self.noise.normal(scale=0.1))


def net() -> nn.Module:
    """Dropout draws random numbers, and batch normalisation counts what it has seen."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 1)
    )


def line(lightning: Any = pytorch_lightning, **settings: Any) -> LightningModule:  # noqa: ANN401 - of several types
    """A regression that remembers how often it was asked; settings replace parts of it."""

    class Line(lightning.LightningModule):  # type: ignore[misc] # either namespace
        def __init__(self) -> None:
            super().__init__()
            self.net = net()
            self.asked = 0
            self.optimizer_of = settings.get("optimizer", sgd)
            self.loss_of = settings.get("loss", lambda loss: loss)

        @override
        def on_train_start(self) -> None:
            settings.get("started", lambda _: None)(self)

        @override
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            self.asked += 1
            inputs, targets = batch
            loss = (self.net(inputs).squeeze(1) - targets).square().mean()
            self.log("loss", loss)
            return self.loss_of(loss)

        @override
        def configure_optimizers(self) -> Any:
            return self.optimizer_of(self.net)

    module: LightningModule = Line()
    return module


def sgd(module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)


def quiet_trainer(lightning: Any = pytorch_lightning, **settings: Any) -> Trainer:  # noqa: ANN401 - of several types
    defaults: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "max_epochs": 2,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer: Trainer = lightning.Trainer(**(defaults | settings))
    return trainer


@pytest.fixture
def make_module() -> Callable[..., LightningModule]:
    return line


@pytest.fixture
def make_trainer() -> Callable[..., Trainer]:
    return quiet_trainer


@pytest.fixture
def make_loader() -> Callable[..., DataLoader[Any]]:
    def build(**settings: Any) -> DataLoader[Any]:  # noqa: ANN401 - of several types
        return DataLoader(Noisy(), **({"batch_size": 4, "shuffle": True} | settings))

    return build


@pytest.fixture
def curve() -> Callable[..., Values]:
    """Losses that fall from `first` to `last` at the rate `lowest` and then grow."""

    def build(rates: Values, lowest: float = 0.1, *, noise: float = 0.0, seed: int = 0) -> Values:
        away = np.log10(rates / lowest)
        fall = 2 - 1.5 / (1 + (away / 0.7) ** 2)
        drawn = np.random.default_rng(seed).normal(scale=noise, size=rates.size)
        return np.asarray(fall * np.exp(3 * np.maximum(away - 0.5, 0) ** 2 + drawn))

    return build
