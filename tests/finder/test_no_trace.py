"""A training after a test is bit by bit the training without it."""

import importlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningDataModule, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from torch.utils.data import DataLoader, RandomSampler
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.finder import find_learning_rate
from lr_plugin.task.loading import SeededShuffle

Make = Callable[..., Any]
QUICK: dict[str, dict[str, Any]] = {
    "sweep": {"mode": "sweep", "steps": 50, "repeats": 2},
    "grid": {"mode": "grid", "steps": 5, "repeats": 1},
}


@pytest.fixture(params=["pytorch_lightning", "lightning.pytorch"])
def lightning(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def drawn() -> list[float]:
    return [random.random(), float(np.random.rand()), float(torch.rand(()))]  # noqa: NPY002, S311 - users use them


def seed() -> None:
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002 - users use it
    torch.manual_seed(3)


def state(module: LightningModule) -> dict[str, Any]:
    return {name: value.tolist() for name, value in module.state_dict().items()}


def own_generator(make: Make) -> DataLoader[Any]:
    data = make().dataset
    sampler = RandomSampler(data, generator=torch.Generator().manual_seed(1))
    loader: DataLoader[Any] = make(shuffle=False, sampler=sampler)
    return loader


def by_epoch(make: Make) -> DataLoader[Any]:
    data = make().dataset
    loader: DataLoader[Any] = make(shuffle=False, sampler=SeededShuffle(data, seed=1))
    return loader


LOADERS: dict[str, Callable[[Make], Any]] = {
    "shuffled": lambda make: make(),
    "own generator": own_generator,
    "by epoch": by_epoch,
    "several": lambda make: [make(), own_generator(make)],
}


@pytest.mark.parametrize("mode", QUICK)
@pytest.mark.parametrize("kind", ["shuffled", "own generator", "by epoch"])
def test_a_fit_after_it_equals_the_fit_without_it(
    make_module: Make, make_trainer: Make, make_loader: Make, mode: str, kind: str
) -> None:
    ends = []
    for search in (False, True):
        module, loader = make_module(), LOADERS[kind](make_loader)
        trainer = make_trainer(callbacks=[LearningRateScheduler("warmup_cosine")])
        seed()
        if search:
            find_learning_rate(trainer, module, train_dataloaders=loader, **QUICK[mode])
        trainer.fit(module, loader)
        ends.append([state(module), drawn(), loader.dataset.looks, module.asked])

    assert ends[0] == ends[1]


def test_neither_namespace_of_lightning_matters(
    make_module: Make, make_trainer: Make, make_loader: Make, lightning: ModuleType
) -> None:
    module, before = make_module(lightning), state(make_module(lightning))
    trainer = make_trainer(lightning)
    found = find_learning_rate(
        trainer, module, train_dataloaders=make_loader(), schedule="cosine", **QUICK["sweep"]
    )

    assert np.isfinite(found.losses).any()
    assert (state(module), module.asked, trainer.global_step) == (before, 0, 0)


class Data(LightningDataModule):
    """Draws a number in `setup`, and keeps it."""

    def __init__(self, make: Make) -> None:
        super().__init__()
        self.make = make

    @override
    def setup(self, stage: str) -> None:
        self.number = float(torch.rand(()))
        self.loader = self.make()

    @override
    def train_dataloader(self) -> Any:
        return self.loader


def test_a_data_module_is_set_up_afresh(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    data, trainer, module = Data(make_loader), make_trainer(), make_module()
    names = {*vars(data)}
    seed()
    find_learning_rate(trainer, module, datamodule=data, **QUICK["sweep"])

    assert {*vars(data)} == names
    data.setup("fit")
    seed()
    assert data.number == float(torch.rand(()))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


class Witness(Callback):
    """Must hear nothing of the test."""

    heard = 0

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self.heard += 1


def test_nothing_is_logged_saved_or_told_to_callbacks(
    make_module: Make, make_trainer: Make, make_loader: Make, tmp_path: Path
) -> None:
    witness = Witness()
    trainer = make_trainer(
        logger=[CSVLogger(tmp_path, "csv"), TensorBoardLogger(tmp_path, "board")],
        callbacks=[
            *(witness, EarlyStopping("loss", patience=0), ModelCheckpoint(tmp_path / "kept")),
        ],
        enable_checkpointing=True,
        profiler="simple",
        default_root_dir=tmp_path,
    )
    here, callbacks = files(Path.cwd()), list(trainer.callbacks)
    find_learning_rate(trainer, make_module(), train_dataloaders=make_loader(), **QUICK["sweep"])

    assert (witness.heard, files(tmp_path)) == (0, set())
    assert files(Path.cwd()) == here
    assert trainer.callbacks == callbacks


def test_callbacks_that_the_module_brings_are_not_asked(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    module, witness = make_module(), Witness()
    module.configure_callbacks = lambda: [witness]
    find_learning_rate(make_trainer(), module, train_dataloaders=make_loader(), **QUICK["grid"])

    assert witness.heard == 0
    assert module.configure_callbacks() == [witness]


def failing(after: int, error: Callable[[], object]) -> Callable[[torch.Tensor], torch.Tensor]:
    calls = iter(range(10**6))

    def loss_of(loss: torch.Tensor) -> torch.Tensor:
        if next(calls) == after:
            error()
        return loss

    return loss_of


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def stumble() -> None:
    raise OSError("the disk has gone")


@pytest.fixture
def as_if_pressed() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("as_if_pressed")
@pytest.mark.parametrize("mode", QUICK)
@pytest.mark.parametrize("after", [0, 3, 60])
@pytest.mark.parametrize(("how", "raised"), [(interrupt, KeyboardInterrupt), (stumble, OSError)])
def test_a_break_in_the_middle_leaves_everything_as_it_was(  # noqa: PLR0913, PLR0917 - makers and cases
    make_module: Make,
    make_trainer: Make,
    make_loader: Make,
    mode: str,
    after: int,
    how: Callable[[], object],
    raised: type[BaseException],
) -> None:
    module, loader, trainer = make_module(loss=failing(after, how)), make_loader(), make_trainer()
    seed()
    before = [state(module), drawn(), loader.dataset.looks, module.asked]
    seed()
    with pytest.raises(raised):
        find_learning_rate(trainer, module, train_dataloaders=loader, **QUICK[mode])

    assert [state(module), drawn(), loader.dataset.looks, module.asked] == before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    trainer.fit(module, loader)
    assert trainer.global_step == 16


def test_it_works_beside_the_main_thread(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    found: list[Any] = []

    def work() -> None:
        arguments = make_trainer(), make_module()
        found.append(
            find_learning_rate(*arguments, train_dataloaders=make_loader(), **QUICK["sweep"])
        )

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert np.isfinite(found[0].losses).any()


def test_a_module_may_talk_to_its_logger_and_leave_the_program(
    make_module: Make, make_trainer: Make, make_loader: Make, tmp_path: Path
) -> None:
    module = make_module(
        started=lambda module: module.logger.experiment.add_text("any", "thing"),
        loss=failing(2, lambda: sys.exit(7)),
    )
    trainer = make_trainer(logger=TensorBoardLogger(tmp_path))

    with pytest.raises(SystemExit) as end:
        find_learning_rate(trainer, module, train_dataloaders=make_loader(), **QUICK["sweep"])
    assert end.value.code == 7
    assert files(tmp_path) == set()
