"""Run tests on copies of the user's Trainer and module, so that the originals stay as they are."""

import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Final, cast

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers.logger import DummyLogger
from pytorch_lightning.profilers import PassThroughProfiler

from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.finder.error import FindError
from lr_plugin.finder.range_test import MANUAL, RangeTest

__all__ = ["check", "rehearse"]

# Callbacks that decide what a step is, or what is trained; all others only watch or write.
_KEPT: Final = ("GradientAccumulationScheduler", "BaseFinetuning")
_TALKATIVE: Final = tuple(
    f"{package}.utilities.rank_zero"
    for package in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric")
)


def check(trainer: Trainer, model: LightningModule) -> None:
    """Refuse what cannot be tested, before anything is done.

    Parameters
    ----------
    trainer : Trainer
        The user's.
    model : LightningModule
        The user's.

    Raises
    ------
    FindError
        With the reason and what helps.
    """
    if not is_lightnings(model, "LightningModule"):
        raise FindError(f"model: {type(model).__name__} is not a LightningModule; give one")
    if type(model).training_step.__module__.startswith(("pytorch_lightning.", "lightning.")):
        raise FindError(
            f"{type(model).__name__} has no training_step, so it cannot be trained; write one that "
            "returns the loss"
        )
    parameters = list(model.parameters())
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        raise FindError(
            f"every parameter of {type(model).__name__} is frozen (requires_grad is False): "
            f"unfreeze what is to be trained"
        )
    if not model.automatic_optimization:
        raise FindError(MANUAL)
    _check_trainer(trainer)


def _check_trainer(trainer: Trainer) -> None:
    if not is_lightnings(trainer, "Trainer"):
        raise FindError(f"trainer: {type(trainer).__name__} is not a Trainer; give one")
    if trainer.global_step or trainer.state.status == "running":
        raise FindError("this Trainer has trained already: make a new one for the test")
    if trainer.world_size > 1 or trainer.strategy.launcher is not None:
        raise FindError(
            f"the test runs in one process, and this Trainer's {type(trainer.strategy).__name__} "
            f"starts {trainer.world_size}: write devices=1, strategy='auto' and, for the same "
            f"batch, as much more accumulate_grad_batches"
        )
    if getattr(trainer, "fast_dev_run", False):
        raise FindError("fast_dev_run leaves no steps to test rates in: switch it off")


def rehearse(
    trainer: Trainer, model: LightningModule, test: RangeTest, data: Mapping[str, Any], epoch: int
) -> Trainer:
    """Run a test on copies.

    Parameters
    ----------
    trainer : Trainer
        The user's, never fitted.
    model : LightningModule
        The user's.
    test : RangeTest
        Its losses are what comes of it.
    data : mapping
        ``datamodule`` or ``train_dataloaders``: used as they are, not copied.
    epoch : int
        Where to begin, as samplers draw another order in each.

    Returns
    -------
    Trainer
        The copy, after its fit.

    Raises
    ------
    FindError
        If the model or the Trainer cannot be copied.
    KeyboardInterrupt
        If the user interrupts.
    """
    copied, module = _copy(trainer, model)
    copied.callbacks = [*_kept(trainer), test]  # type: ignore[attr-defined] # set by a connector
    vars(copied.fit_loop.epoch_progress.current).update(processed=epoch)
    with _hushed(), _interruptible():
        copied.fit(module, **data)
    return copied


def _copy(trainer: Trainer, model: LightningModule) -> tuple[Trainer, LightningModule]:
    try:
        # Callbacks and loggers hold files, connections and what they have seen.
        apart = {id(callbacks_of(trainer)): [], id(trainer.loggers): _silent(trainer)}
        memo = {**apart, id(vars(trainer)["profiler"]): PassThroughProfiler()}
        copied, module = deepcopy(trainer, memo), deepcopy(model)
    except Exception as error:
        raise FindError(
            f"the test works on a copy, so that nothing is changed, and this cannot be copied: "
            f"{type(error).__name__}: {error}; let the module's setup() make what no copy can hold"
        ) from error
    # Its own callbacks, and hyperparameters to be logged, belong to the real training.
    object.__setattr__(module, "configure_callbacks", list)
    return _without_limits(copied), module


def _silent(trainer: Trainer) -> list[DummyLogger]:
    """Give loggers that take whatever the module says to its own."""
    return [DummyLogger() for _ in trainer.loggers]


def _without_limits(copied: Trainer) -> Trainer:
    """Let it train as long as the test asks it to, without validation."""
    fit_loop = copied.fit_loop
    fit_loop.max_epochs, fit_loop.min_epochs = -1, None
    fit_loop.epoch_loop.max_steps, fit_loop.epoch_loop.min_steps = -1, None
    copied.limit_val_batches, copied.num_sanity_val_steps = 0, 0
    vars(copied).update(val_check_interval=1.0, _val_check_time_interval=None)
    vars(copied).update(_detect_anomaly=False)  # the highest rates are meant to diverge
    return copied


def _kept(trainer: Trainer) -> list[Callback]:
    kept = (c for c in callbacks_of(trainer) if any(is_lightnings(c, name) for name in _KEPT))
    return [deepcopy(callback) for callback in kept]


@contextmanager
def _hushed() -> Iterator[None]:
    """Leave what there is to say to the training itself: it will say it once, we many times."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.WARNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Pass Ctrl-C on: Lightning turns it into an exit, and ignores the next ones."""
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        if is_main:
            signal.signal(signal.SIGINT, cast("Any", handler))
