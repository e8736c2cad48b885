"""Modules with a known gradient, and a probe that measures the value an update really used."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytorch_lightning
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from typing_extensions import override

NAMESPACES = ["pytorch_lightning", "lightning.pytorch"]


class Probe(Callback):
    """Measures displacement over gradient of every update: with plain SGD, the rate it used."""

    def __init__(self) -> None:
        self.used: dict[int, list[list[float]]] = {}
        self._pending: tuple[int, list[tuple[Any, Any, Any]]] | None = None

    @property
    def rates(self) -> list[float]:
        """Rates of the first group of the first optimizer, update by update."""
        return [groups[0] for groups in self.used.get(0, [])]

    @override
    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        self._measure()
        weights = [group["params"][0] for group in optimizer.param_groups]
        number = [each is optimizer for each in trainer.optimizers].index(True)
        if all(w.grad is not None for w in weights):
            held = [(w, w.detach().clone(), w.grad.detach().clone()) for w in weights]
            self._pending = number, held

    @override
    def on_train_batch_end(self, *args: object) -> None:
        self._measure()

    def _measure(self) -> None:
        if self._pending is not None:
            number, held = self._pending
            moved = [float((before - w.detach()) / grad) for w, before, grad in held]
            self.used.setdefault(number, []).append(moved)
            self._pending = None


def slope(lightning: ModuleType = pytorch_lightning, **settings: Any) -> LightningModule:  # noqa: ANN401 - of several types
    """A module whose loss is the sum of its weights, so that every gradient is 1.

    `configure` takes one parameter per entry of `rates`; `batches` is the number of batches.
    """
    configure: Callable[..., Any] = settings.get("configure", plain_sgd)
    rates: Sequence[float] = settings.get("rates", (1.0,))
    loader = settings.get("loader")
    if loader is None:
        loader = DataLoader(range(settings.get("batches", 10)))  # type: ignore[arg-type] # a range is a data set

    class Slope(lightning.LightningModule):  # type: ignore[name-defined,misc] # either namespace
        def __init__(self) -> None:
            super().__init__()
            zero = torch.zeros((), dtype=torch.float64)
            self.weights = torch.nn.ParameterList(torch.nn.Parameter(zero.clone()) for _ in rates)

        @override
        def training_step(self, batch: object, batch_idx: int) -> object:
            return sum(self.weights)

        @override
        def configure_optimizers(self) -> object:
            return configure(list(self.weights), rates)

        @override
        def train_dataloader(self) -> object:
            return loader

    module: LightningModule = Slope()
    return module


def plain_sgd(weights: Sequence[torch.nn.Parameter], rates: Sequence[float]) -> Optimizer:
    groups = [{"params": [w], "lr": rate} for w, rate in zip(weights, rates, strict=True)]
    return torch.optim.SGD(groups, lr=rates[0])


@pytest.fixture(params=NAMESPACES)
def lightning(request: pytest.FixtureRequest) -> ModuleType:
    """Lightning under both of its names; their classes are different objects."""
    return importlib.import_module(request.param)


class Fitted:
    """What is left of a run."""

    def __init__(self, trainer: Trainer, module: LightningModule, probe: Probe) -> None:
        self.trainer, self.module, self.probe = trainer, module, probe
        self.rates = probe.rates
        self.used = probe.used
        self.weights = [w.item() for w in module.parameters()]


@pytest.fixture
def fit() -> Callable[..., Fitted]:
    """Fit a module with some callbacks and the probe, and say nothing."""

    def run(
        *callbacks: Callback,
        module: LightningModule | None = None,
        lightning: ModuleType = pytorch_lightning,
        ckpt_path: Path | None = None,
        **settings: object,
    ) -> Fitted:
        probe = Probe()
        trainer = quiet_trainer(lightning, [*callbacks, probe], **settings)
        chosen = slope(lightning) if module is None else module
        trainer.fit(chosen, ckpt_path=ckpt_path)
        return Fitted(trainer, chosen, probe)

    return run


def quiet_trainer(lightning: ModuleType, callbacks: list[Callback], **settings: object) -> Trainer:
    defaults: dict[str, object] = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer: Trainer = lightning.Trainer(callbacks=callbacks, **(defaults | settings))
    return trainer


@pytest.fixture
def make_slope() -> Callable[..., Any]:
    return slope


@pytest.fixture
def make_trainer() -> Callable[..., Any]:
    return quiet_trainer


@pytest.fixture
def make_probe() -> type[Probe]:
    return Probe
