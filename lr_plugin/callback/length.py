"""Length: how many optimizer steps a run will take, as far as Lightning can know."""

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.schedule import Firing, ScheduleError, Span

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

Total: TypeAlias = int | tuple[int, ...] | None


def read_total(written: object) -> Total:
    """Read an explicit length: a whole number of steps above 0, or one per optimizer.

    Parameters
    ----------
    written : object
        What the user wrote.

    Returns
    -------
    int, tuple of int or None
        The same, checked.

    Raises
    ------
    ScheduleError
        If it is anything else.
    """
    if isinstance(written, list | tuple) and written:
        return tuple(_steps(each) for each in written)
    return None if written is None else _steps(written)


def _steps(written: object) -> int:
    if isinstance(written, int) and not isinstance(written, bool) and written > 0:
        return written
    raise ScheduleError(f"{written!r} is no number of optimizer steps; write 1000", "total")


def resolve(trainer: "Trainer", total: Total, log: tuple[Firing, ...] = ()) -> tuple[Span, ...]:
    """Measure the run for every optimizer; legal from ``on_train_start`` on, when data is loaded.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.
    total : int or tuple of int, optional
        An explicit length in optimizer steps; it wins over every estimate.
    log : tuple of Firing
        Events recorded so far.

    Returns
    -------
    tuple of Span
        One per optimizer; `steps` is ``None`` where nothing is known.

    Raises
    ------
    ScheduleError
        If `total` lists another number of optimizers.
    """
    count = len(trainer.optimizers)
    if isinstance(total, tuple) and len(total) != count:
        raise ScheduleError(
            f"{list(total)} is for {len(total)} optimizers; there are {count}", "total"
        )
    totals = list(total) if isinstance(total, tuple) else [total] * count
    if not trainer.lightning_module.automatic_optimization:
        return tuple(_manual(trainer, each, log) for each in totals)
    return tuple(_automatic(trainer, each, log) for each in totals)


def why_unknown(trainer: "Trainer") -> str:
    """Say why Lightning does not know the length of this run, and what would tell it."""
    if not trainer.lightning_module.automatic_optimization:
        return (
            "with manual optimization only you know how often each optimizer steps; give the "
            "callback total=1000, or total=[1000, 500] with one number per optimizer"
        )
    return (
        "this run has no known length (endless or unsized data, or only max_time); set the "
        "Trainer's max_steps, or give the callback total=1000"
    )


def _automatic(trainer: "Trainer", total: int | None, log: tuple[Firing, ...]) -> Span:
    windows = _windows(trainer)
    per_epoch = None
    batches = trainer.num_training_batches
    if windows and len(set(windows)) == 1 and math.isfinite(batches):
        per_epoch = math.ceil(batches / windows[0])
    samples = _batch_size(trainer)
    return Span(
        total or _planned(trainer),
        steps_per_epoch=per_epoch or None,
        samples_per_step=samples * windows[0] if samples and len(set(windows)) == 1 else None,
        log=log,
    )


def _manual(trainer: "Trainer", total: int | None, log: tuple[Firing, ...]) -> Span:
    steps, epochs = total, trainer.max_epochs or -1
    if steps is None and len(trainer.optimizers) == 1 and trainer.max_steps > 0:
        steps = trainer.max_steps
    per_epoch = Fraction(steps, epochs) if steps and epochs > 0 else None
    return Span(steps, steps_per_epoch=per_epoch, log=log)


def _planned(trainer: "Trainer") -> int | None:
    scheduler, epochs = _accumulation(trainer), trainer.max_epochs or -1
    batches = trainer.num_training_batches
    estimate: float = trainer.estimated_stepping_batches
    if scheduler is not None and epochs > 0 and math.isfinite(batches):
        # Lightning's estimate takes the accumulation in force now for the whole run.
        estimate = sum(math.ceil(batches / window) for window in _windows(trainer))
        estimate = min(estimate, trainer.max_steps) if trainer.max_steps != -1 else estimate
    return int(estimate) if math.isfinite(estimate) and estimate > 0 else None


def _windows(trainer: "Trainer") -> list[int]:
    scheduler = _accumulation(trainer)
    if scheduler is None:
        return [trainer.accumulate_grad_batches]
    epochs = trainer.max_epochs or -1
    listed = epochs if epochs > 0 else scheduler.epochs[-1] + 1
    return [scheduler.get_accumulate_grad_batches(epoch) for epoch in range(listed)]


def _accumulation(trainer: "Trainer") -> Any:  # noqa: ANN401 - a class of either namespace
    found = (c for c in callbacks_of(trainer) if is_lightnings(c, "GradientAccumulationScheduler"))
    return next(found, None)


def _batch_size(trainer: "Trainer") -> int | None:
    loader = trainer.train_dataloader
    size = getattr(loader, "batch_size", None)
    if size is None:
        size = getattr(getattr(loader, "batch_sampler", None), "batch_size", None)
    return size * trainer.world_size if isinstance(size, int) else None
