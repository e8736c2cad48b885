"""From the rate of a constant schedule to that of the schedule that will be trained with."""

from typing import TYPE_CHECKING, Final

import numpy as np

from lr_plugin.finder.error import FindError
from lr_plugin.finder.smoothing import Values
from lr_plugin.schedule import Constant, Schedule, Span

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from lr_plugin.callback.arguments import Written
    from lr_plugin.callback.total import Total

_MOST_STEPS: Final = 1_000_000  # of longer runs, so many evenly spaced steps say the same
_EPOCHS_BY_DEFAULT: Final = 1000  # Lightning's, where neither epochs nor steps are set


def factors_of(schedule: Schedule | None, span: Span) -> Values | None:
    """Give a schedule's values over a training, at no more than a million evenly spaced steps.

    Parameters
    ----------
    schedule : Schedule or None
        Of the learning rate, as a factor; None is a constant rate.
    span : Span
        The training.

    Returns
    -------
    ndarray or None
        None for a constant rate over an unknown length.

    Raises
    ------
    FindError
        If a schedule is to be followed over an unknown length.
    ScheduleError
        If the schedule does not fit.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear
    >>> factors_of(Linear(), Span(4))
    array([1.  , 0.75, 0.5 , 0.25])
    """
    if span.steps is None and schedule is not None:
        raise FindError(
            "how long the training will be is not known, and the best rate depends on it: set "
            "the Trainer's max_steps, or give the test total=1000"
        )
    if span.steps is None:
        return None
    count = min(span.steps, _MOST_STEPS)
    steps = np.linspace(0, span.steps, count, endpoint=False).astype(np.int64)
    return (schedule or Constant()).over(span)(steps)


def find_schedule(
    written: "Written | None", trainer: "Trainer"
) -> "tuple[Schedule | None, Total | None]":
    """Give the schedule of the training, and its length where the user has said it.

    Parameters
    ----------
    written : Schedule, mapping, str, Path or None
        An object, its data, the name of a recipe, or a YAML file.
    trainer : Trainer
        Whose `LearningRateScheduler`, if it has one, is asked where nothing is written.

    Returns
    -------
    schedule : Schedule or None
        None for a constant rate.
    total : Total or None
        What the callback was told.

    Raises
    ------
    FindError
        If the callback sets the rate, so that a suggestion would change nothing.
    ScheduleError
        If what is written cannot be read.
    """
    from lr_plugin.callback import LearningRateScheduler
    from lr_plugin.callback.arguments import read_arguments
    from lr_plugin.callback.refusals import callbacks_of

    if written is not None:
        rules, _ = read_arguments(written, None)
        return rules[0].schedule, None
    for callback in callbacks_of(trainer):
        if isinstance(callback, LearningRateScheduler):
            for rule in callback.rules:
                if rule.key == "lr":
                    return _scaling(rule.mode, rule.schedule), callback.total
    return None, None


def _scaling(mode: str, schedule: Schedule) -> Schedule:
    if mode != "scale":
        raise FindError(
            f"rules.lr.mode: {mode!r} takes no notice of the configured rate, so that there is "
            f"none to find; write mode: scale"
        )
    return schedule


def planned(trainer: "Trainer", copied: "Trainer", total: "Total") -> Span:
    """Give the span of the user's training, from a copy of its Trainer that has seen the data.

    Parameters
    ----------
    trainer : Trainer
        The user's.
    copied : Trainer
        The copy, after a fit whose limits were others.
    total : Total
        What the user says; it wins.

    Returns
    -------
    Span
        Of unknown length where Lightning cannot know it.
    """
    from lr_plugin.callback.length import resolve

    endless = trainer.max_steps == -1 and trainer.max_epochs is None
    epochs = trainer.max_epochs if trainer.max_epochs is not None else -1
    copied.fit_loop.max_epochs = _EPOCHS_BY_DEFAULT if endless else epochs
    copied.fit_loop.epoch_loop.max_steps = trainer.max_steps
    return resolve(copied, total)[0]
