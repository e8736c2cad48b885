"""A run on two processes of a CPU, for the tests to start: prints the rates that each rank used."""

import json
import os
import signal
import warnings
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.strategies import ModelParallelStrategy, Strategy
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler

STEPS = 8
SCHEDULE = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.5, "end_value": 1.0, "duration": "25%"},
        "decay": {"kind": "cosine", "end_value": 0.1},
    },
}
# Polled triggers are asked every 50 steps.
UNTIL_SIGNAL = {
    "kind": "sequence",
    "phases": {
        "hold": {"kind": "constant", "until": "told"},
        "rest": {"kind": "constant", "value": 0.5, "duration": "5 steps"},
    },
    "triggers": {"told": {"kind": "signal", "name": "SIGUSR1"}},
}


class Slope(LightningModule):
    """Every gradient is 1, on every rank."""

    def __init__(self, steps: int = STEPS) -> None:
        super().__init__()
        self.steps = steps
        self.layer = torch.nn.Linear(2, 2, bias=False)
        torch.nn.init.zeros_(self.layer.weight)

    @override
    def configure_model(self) -> None:
        mesh = getattr(self, "device_mesh", None)
        if mesh is not None:
            from torch.distributed.fsdp import fully_shard

            fully_shard(self.layer, mesh=mesh["data_parallel"])

    @override
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return self.layer(torch.ones(2)).sum()

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)

    @override
    def train_dataloader(self) -> DataLoader[int]:
        return DataLoader(range(2 * self.steps))  # type: ignore[arg-type] # a range is a data set


class Measure(Callback):
    """Writes the rates that this rank used into a file, and saves a checkpoint on the way."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.rates: list[float] = []
        self.before = 0.0

    @override
    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *_: object
    ) -> None:
        self.before = self._weight(pl_module)

    @override
    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: object) -> None:
        self.rates.append(self.before - self._weight(pl_module))
        if trainer.global_step == STEPS // 2 and self.name == "whole":
            trainer.save_checkpoint(self.folder / "half.ckpt")

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        file = self.folder / f"{self.name}-{trainer.global_rank}.json"
        file.write_text(json.dumps(self.rates), encoding="utf-8")

    def _weight(self, module: LightningModule) -> float:
        weight = next(module.parameters()).detach()
        local = weight.to_local() if hasattr(weight, "to_local") else weight
        return float(local.flatten()[0])


class Tell(Callback):
    """Sends a signal to one process, and to no other."""

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.global_rank == 1:
            os.kill(os.getpid(), signal.SIGUSR1)


def fit(strategy: str, folder: Path, name: str, ckpt_path: Path | None = None) -> None:
    signalled = strategy == "signal"
    sharded = ModelParallelStrategy(data_parallel_size=2, tensor_parallel_size=1)
    meant: dict[str, Strategy | str] = {"fsdp2": sharded, "signal": "ddp"}
    trainer = Trainer(
        accelerator="cpu",
        devices=2,
        strategy=meant.get(strategy, strategy),
        max_epochs=1,
        callbacks=[
            LearningRateScheduler(UNTIL_SIGNAL if signalled else SCHEDULE),
            Measure(folder, name),
            *([Tell()] if signalled else []),
        ],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Slope(60 if signalled else STEPS), ckpt_path=ckpt_path)


def main(strategy: str, folder: Path) -> None:
    warnings.simplefilter("ignore")
    # The values of a step can be right without it, so that nothing else would tell.
    warnings.filterwarnings("error", "the checkpoint holds no state")
    fit(strategy, folder, "whole")
    if strategy in ("ddp", "fsdp2"):  # each fit of ddp_spawn starts all processes anew
        fit(strategy, folder, "tail", folder / "half.ckpt")
