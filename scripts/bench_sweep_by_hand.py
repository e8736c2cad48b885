"""A job of a sweep, as one writes it without lr-plugin's commands."""

from __future__ import annotations

from functools import partial
from time import process_time
from typing import TYPE_CHECKING, Any

from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import LearningRateMonitor, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from torch.optim import SGD
from typing_extensions import override

from lr_plugin.app.quiet import quiet
from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler, ScheduleMonitor
from lr_plugin.task.digits import DigitsData
from lr_plugin.task.models import MLP
from lr_plugin.task.module import Classifier

if TYPE_CHECKING:
    from pathlib import Path

    from pytorch_lightning import Callback

FITS: list[float] = []


class TimedTrainer(Trainer):
    """A trainer that notes how long each fit takes, in seconds of the processor."""

    @override
    def fit(self, *arguments: Any, **named: Any) -> None:
        began = process_time()
        super().fit(*arguments, **named)
        FITS.append(process_time() - began)


@quiet()
def with_ours(schedule: str, seed: int, epochs: int, folder: Path) -> None:
    """Train once, with all callbacks that our command brings."""
    ours = [ScheduleMonitor(), LearningRateAdvisor(path=folder / "advice.jsonl")]
    _train([LearningRateScheduler(schedule), *ours], seed, epochs, folder)


@quiet()
def plain(schedule: str, seed: int, epochs: int, folder: Path) -> None:
    """Train once, with Lightning's monitor and no advisor."""
    callbacks = [LearningRateScheduler(schedule), LearningRateMonitor("step")]
    _train(callbacks, seed, epochs, folder)


def _train(callbacks: list[Callback], seed: int, epochs: int, folder: Path) -> None:
    seed_everything(seed, workers=True, verbose=False)
    net = MLP(inputs=64, hidden=[128], classes=10)
    model = Classifier(net=net, optimizer=partial(SGD, lr=0.1, momentum=0.9))
    trainer = TimedTrainer(
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[*callbacks, ModelCheckpoint(folder / "checkpoints", filename="last")],
        logger=[
            TensorBoardLogger(folder, name="", version=""),
            CSVLogger(folder, name="", version="", flush_logs_every_n_steps=1000),
        ],
    )
    trainer.fit(model, datamodule=DigitsData(batch_size=32, seed=seed))
