"""Both ways inside Lightning, beside Lightning's own way of stepping a scheduler."""

from collections.abc import Callable
from typing import Any

import pytest
import pytorch_lightning
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.interop import as_lambda_lr
from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import Span

BATCHES, EPOCHS = 7, 3
ONE_CYCLE = {
    "kind": "lr_plugin.interop.Torch",
    "scheduler": "torch.optim.lr_scheduler.OneCycleLR",
    "arguments": {"max_lr": 0.3, "three_phase": True},
    "total_argument": "total_steps",
    "absolute": True,
}


class Seen(Callback):
    """Notes what each update uses."""

    def __init__(self) -> None:
        self.used: list[tuple[float, float]] = []

    @override
    def on_before_optimizer_step(self, trainer: Trainer, pl_module: object, optimizer: Any) -> None:
        group = optimizer.param_groups[0]
        self.used.append((group["lr"], group["momentum"]))


class Slope(LightningModule):
    """A model of one weight, with or without a scheduler of its own."""

    def __init__(self, native: Callable[[SGD], LRScheduler] | None = None) -> None:
        super().__init__()
        self.native = native
        self.weight = torch.nn.Parameter(torch.zeros(()))

    @override
    def training_step(self, batch: object, batch_idx: int) -> torch.Tensor:
        return self.weight * 1.0

    @override
    def configure_optimizers(self) -> Any:
        optimizer = SGD(self.parameters(), lr=0.1, momentum=0.9)
        if self.native is None:
            return optimizer
        stepped = {"scheduler": self.native(optimizer), "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": stepped}

    @override
    def train_dataloader(self) -> object:
        return DataLoader(range(BATCHES))  # type: ignore[arg-type] # a range is a data set


def used_by(module: Slope, *callbacks: Callback) -> list[tuple[float, float]]:
    seen = Seen()
    trainer = pytorch_lightning.Trainer(
        callbacks=[*callbacks, seen],
        max_epochs=EPOCHS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module)
    return seen.used


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", logger="pytorch_lightning")


def test_a_scheduler_through_the_callback_equals_lightnings_own_way() -> None:
    rules = {
        "lr": {"schedule": ONE_CYCLE, "mode": "set"},
        "momentum": {"schedule": {**ONE_CYCLE, "key": "momentum"}, "mode": "set"},
    }
    ours = LearningRateScheduler(rules=rules, allow=["lr_plugin.interop"])

    def native(optimizer: SGD) -> LRScheduler:
        return OneCycleLR(optimizer, 0.3, total_steps=BATCHES * EPOCHS, three_phase=True)

    expected = used_by(Slope(native))
    assert len(expected) == BATCHES * EPOCHS
    assert used_by(Slope(), ours) == expected


def test_a_curve_as_a_lambda_lr_equals_the_callback() -> None:
    curve = load_schedule("warmup_cosine").over(Span(BATCHES * EPOCHS))

    native = used_by(Slope(lambda optimizer: as_lambda_lr(curve, optimizer)))
    assert native == used_by(Slope(), LearningRateScheduler("warmup_cosine"))
