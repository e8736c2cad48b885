"""Length: how many optimizer steps a run will take, as far as Lightning can know."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.callback.total import Total
from lr_plugin.schedule import Duration, ScheduleError, Span
from lr_plugin.schedule.error import within
from lr_plugin.schedule.rounding import nearest

if TYPE_CHECKING:
    from pytorch_lightning import Trainer


def resolve(trainer: "Trainer", total: Total) -> tuple[Span, ...]:
    """Measure the run for every optimizer; legal from ``on_train_start`` on, when data is loaded.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.
    total : Total
        What the user says; it wins over every estimate.

    Returns
    -------
    tuple of Span
        One per optimizer; `steps` is ``None`` where nothing is known.

    Raises
    ------
    ScheduleError
        If `total` lists another number of optimizers.
    """
    count, given = len(trainer.optimizers), total.lengths
    if len(given) not in (0, 1, count):
        raise ScheduleError(
            f"{len(given)} lengths for {count} optimizers; write one, or one for each", "total"
        )
    each = given * count if len(given) == 1 else given or (None,) * count
    automatic = trainer.lightning_module.automatic_optimization
    measure = _automatic if automatic else _manual
    return tuple(measure(trainer, total, length) for length in each)


def why_unknown(trainer: "Trainer") -> str:
    """Say why Lightning does not know the length of this run, and what would tell it."""
    if not trainer.lightning_module.automatic_optimization:
        return (
            "with manual optimization only you know how often each optimizer steps; give the "
            "callback total=1000, or total=[1000, 500] with one number per optimizer"
        )
    return (
        "this run has no known length (endless or unsized data); set the Trainer's max_steps or "
        "max_time, or give the callback total=1000 or total='10 min'"
    )


def timers(trainer: "Trainer") -> list[Any]:
    """Give what limits the time of the run; Lightning keeps ``max_time`` in a callback of its own.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.
    """
    found: list[Any] = [c for c in callbacks_of(trainer) if is_lightnings(c, "Timer")]
    return [timer for timer in found if timer.time_remaining() is not None]


def _automatic(trainer: "Trainer", total: Total, length: Duration | None) -> Span:
    windows = _windows(trainer)
    even = len(set(windows)) == 1
    batches, samples = trainer.num_training_batches, _batch_size(trainer)
    known = even and math.isfinite(batches)
    span = Span(
        None,
        steps_per_epoch=(math.ceil(batches / windows[0]) or None) if known else None,
        samples_per_step=samples * windows[0] if samples and even else None,
    )
    span = _with_rates(span, total)
    return _bound(span, length) if length else _estimated(span, trainer)


def _manual(trainer: "Trainer", total: Total, length: Duration | None) -> Span:
    span = _with_rates(Span(None), total)
    if length is None and len(trainer.optimizers) == 1 and trainer.max_steps > 0:
        length = Duration(Fraction(trainer.max_steps), "steps")
    if length is None:
        return span
    span, epochs = _bound(span, length), trainer.max_epochs or -1
    if span.clock == "time" or span.steps is None or epochs <= 0:
        return span
    return replace(span, steps_per_epoch=Fraction(span.steps, epochs))


def _with_rates(span: Span, total: Total) -> Span:
    samples = total.samples_per_step or span.samples_per_step
    return replace(span, samples_per_step=samples, tokens_per_sample=total.tokens_per_sample)


def _bound(span: Span, length: Duration) -> Span:
    """Give the span its stated length, in time if it is stated in time."""
    if length.milliseconds is not None:
        return replace(span, steps=nearest(length.milliseconds), clock="time")
    with within("total"):
        return replace(span, steps=max(nearest(span.count(length)), 1))


def _estimated(span: Span, trainer: "Trainer") -> Span:
    """Give the span the length that Lightning expects: in steps, else the time it allows."""
    steps = _planned(trainer)
    seconds = _allowed_seconds(trainer) if steps is None else None
    if seconds is None:
        return replace(span, steps=steps)
    return replace(span, steps=round(1000 * seconds), clock="time")


def _allowed_seconds(trainer: "Trainer") -> float | None:
    # The public times left and elapsed are of two moments, so their sum is never the same twice.
    limits: list[float] = [timer._duration for timer in timers(trainer)]  # noqa: SLF001
    return next(iter(limits), None)


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
