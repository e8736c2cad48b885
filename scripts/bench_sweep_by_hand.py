"""The jobs of a sweep, as one writes them without lr-plugin's commands."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from bench_sweep_plan import jobs, measured

PLAIN = "plain" in sys.argv


def run(count: int, epochs: int) -> None:
    """Run every job, one after another."""
    import torch

    from lr_plugin.app.quiet import quiet

    torch.set_num_threads(1)
    with quiet():
        for number, (schedule, seed) in enumerate(jobs(count)):
            train(schedule, seed, epochs, Path(f"{number:03}_{schedule}_seed{seed}"))


def train(schedule: str, seed: int, epochs: int, folder: Path) -> None:
    """Train once."""
    from pytorch_lightning import Trainer, seed_everything
    from pytorch_lightning.callbacks import LearningRateMonitor, ModelCheckpoint
    from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
    from torch.optim import SGD

    from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler, ScheduleMonitor
    from lr_plugin.task.digits import DigitsData
    from lr_plugin.task.models import MLP
    from lr_plugin.task.module import Classifier

    seed_everything(seed, workers=True, verbose=False)
    net = MLP(inputs=64, hidden=[128], classes=10)
    model = Classifier(net=net, optimizer=partial(SGD, lr=0.1, momentum=0.9))
    ours = [ScheduleMonitor(), LearningRateAdvisor(path=folder / "advice.jsonl")]
    trainer = Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[
            LearningRateScheduler(schedule),
            *([LearningRateMonitor("step")] if PLAIN else ours),
            ModelCheckpoint(folder / "checkpoints", filename="last"),
        ],
        logger=[
            TensorBoardLogger(folder, name="", version=""),
            CSVLogger(folder, name="", version="", flush_logs_every_n_steps=1000),
        ],
    )
    trainer.fit(model, datamodule=DigitsData(batch_size=32, seed=seed))


if __name__ == "__main__":
    measured(run)
