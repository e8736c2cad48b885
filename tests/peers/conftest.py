"""Short runs of Lightning, and the learning rate that each of their updates really used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader, Dataset
from typing_extensions import override

Rates: TypeAlias = list[list[float]]


class Slope(LightningModule):
    """Its loss has the slope 1 in each weight: with plain SGD each moves by its learning rate."""

    def __init__(self, data: Dataset[int], rates: list[float]) -> None:
        super().__init__()
        zero = torch.zeros((), dtype=torch.float64)
        self.weights = torch.nn.ParameterList(torch.nn.Parameter(zero.clone()) for _ in rates)
        self.data, self.rates, self.rate = data, rates, rates[0]

    @override
    def training_step(self, batch: object, batch_idx: int) -> Any:
        return sum(self.weights, torch.tensor(100.0))

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        rates = [self.rate, *self.rates[1:]]
        pairs = zip(self.weights, rates, strict=True)
        return torch.optim.SGD([{"params": [w], "lr": rate} for w, rate in pairs])

    @override
    def train_dataloader(self) -> DataLoader[int]:
        return DataLoader(self.data)


class Moves(Callback):
    """Notes by how much each update moved each weight."""

    def __init__(self) -> None:
        self.used: Rates = []
        self._before: list[float] = []

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._before = [w.item() for w in pl_module.parameters()]

    @override
    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: object) -> None:
        now = [w.item() for w in pl_module.parameters()]
        if now != self._before:
            self.used.append([a - b for a, b in zip(self._before, now, strict=True)])
        self._before = now


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Rates]:
    """Train with some callbacks, and give the rates that the updates used, group by group."""

    def run(
        *callbacks: Callback,
        data: Any = range(8),  # noqa: ANN401 - a data set, or what serves as one
        rates: tuple[float, ...] = (1.0,),
        ckpt_path: Path | None = None,
        save: Path | None = None,
        **settings: Any,  # noqa: ANN401 - any setting of the Trainer
    ) -> Rates:
        quiet: dict[str, Any] = {
            "accelerator": "cpu",
            "devices": 1,
            "logger": False,
            "enable_checkpointing": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "default_root_dir": tmp_path,
        }
        moves = Moves()
        trainer = Trainer(callbacks=[*callbacks, moves], **(quiet | settings))
        trainer.fit(Slope(data, list(rates)), ckpt_path=ckpt_path)
        if save:
            trainer.save_checkpoint(save)
        return moves.used

    return run
