"""A tiny run with warm-up, plateau and a cooldown, that tests kill and go on with."""

import json
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.recipe import read_recipe

EPOCHS, BATCHES = 6, 10
STEPS = EPOCHS * BATCHES

Act = Callable[[Trainer], None]


class Bowl(LightningModule):
    """A noisy quadratic: what a step does depends on its index, the weights and the rate alone."""

    def __init__(self, spread: float = 0.0) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([3.0, -2.0], dtype=torch.float64))
        self.spread = spread

    @override
    def training_step(self, batch: object, batch_idx: int) -> Any:
        noise = torch.sin(torch.arange(2) * 1.7 + self.trainer.global_step)
        return (self.weight**2).sum() / 2 + (noise * self.weight).sum()

    @override
    def validation_step(self, batch: object, batch_idx: int) -> None:
        """Log what every process sees otherwise, if there are several."""
        rank = self.trainer.global_rank
        if self.spread >= 0 or rank == 0:
            self.log("val/loss", (self.weight**2).sum() + rank * self.spread * self.global_step)

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.2, momentum=0.5)

    @override
    def train_dataloader(self) -> Any:
        return DataLoader(range(BATCHES * self.trainer.world_size))  # type: ignore[arg-type] # a range is a data set

    @override
    def val_dataloader(self) -> Any:
        return DataLoader(range(2 * self.trainer.world_size))  # type: ignore[arg-type] # as above


class Save(Callback):
    """Saves after every step and after every validation, so that nothing is ever lost."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        self.save(trainer)

    @override
    def on_validation_end(self, trainer: Trainer, *args: object) -> None:
        if not trainer.sanity_checking:
            self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        # A process that is killed leaves the old file or the new one.
        arriving = self.path.with_suffix(".part")
        trainer.save_checkpoint(arriving)
        if trainer.is_global_zero:
            arriving.replace(self.path)
        trainer.strategy.barrier()


class Probe(Callback):
    """Notes the rate of each step, and does something to one of them before its update."""

    def __init__(self, step: int = -1, act: Act | None = None) -> None:
        self.step, self.act = step, act
        self.rates: dict[int, float] = {}

    @override
    def on_before_optimizer_step(self, trainer: Trainer, *args: Any) -> None:
        if self.act is not None and trainer.global_step == self.step:
            self.act(trainer)
        self.rates[trainer.global_step] = args[1].param_groups[0]["lr"]


def recipe() -> dict[str, Any]:
    """wsd_on_plateau, impatient enough for sixty steps."""
    return read_recipe(
        "wsd_on_plateau", ["phases.warmup.duration=10%", "triggers.plateau.patience=1"]
    )


def fit(
    *callbacks: Callback,
    ckpt_path: Path | None = None,
    spread: float = 0.0,
    **settings: Any,  # noqa: ANN401 - the Trainer's
) -> Bowl:
    """Train; the spread is how far the metrics of two processes are apart, below 0: no metric."""
    module = Bowl(spread)
    defaults: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 1,
    }
    trainer = Trainer(
        max_epochs=EPOCHS,
        val_check_interval=BATCHES // 2,
        callbacks=[LearningRateScheduler(recipe()), *callbacks],
        **defaults | settings,
    )
    trainer.fit(module, ckpt_path=ckpt_path)
    return module


def kill(trainer: Trainer) -> None:
    """End the process as a machine that fails does."""
    del trainer
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, step: int, processes: int, spread: float) -> None:
    """Train, saving a checkpoint after every step, and write down the rates and the weights."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    path = folder / "last.ckpt"
    probe = Probe(step, kill)
    module = fit(
        probe,
        Save(path),
        ckpt_path=path if path.exists() else None,
        spread=spread,
        devices=processes,
        strategy="ddp" if processes > 1 else "auto",
    )
    rank = module.trainer.global_rank
    told = {"rates": probe.rates, "weights": module.weight.tolist()}
    (folder / f"rank{rank}.json").write_text(json.dumps(told), encoding="utf-8")
