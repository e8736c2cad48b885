"""Metrics: what the module has logged since the last look, and nothing older."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

Moment: TypeAlias = Literal["validation", "training epoch"]
"""What has just ended."""


@final
@dataclass(frozen=True, slots=True)
class Logged:
    """What process 0 has logged in a validation, or in a training epoch.

    Parameters
    ----------
    moment : {"validation", "training epoch"}
        What has just ended.
    values : dict of str to float
        The metrics that were asked for, where they are fresh.
    names : list of str
        All metrics there are, of any age.
    is_last : bool
        Whether a metric that has not been logged by now is not logged at all.
    """

    moment: Moment
    values: dict[str, float]
    names: list[str]
    is_last: bool


@final
class Metrics:
    """Tells metrics that were logged just now from what is left of earlier ones.

    Lightning keeps every metric that was ever logged under its name. A value is fresh if it is
    another object than when the validation, or the training epoch, began.
    """

    def __init__(self) -> None:
        self._before: dict[Moment, dict[str, Any]] = {}
        self._validated = False

    def begin(self, trainer: "Trainer", moment: Moment) -> None:
        """Note what there is before a validation or a training epoch.

        Parameters
        ----------
        trainer : Trainer
            Which is about to begin it.
        moment : {"validation", "training epoch"}
            What begins.
        """
        self._before[moment] = dict(trainer.callback_metrics)

    def end(self, trainer: "Trainer", moment: Moment, wanted: Collection[str]) -> Logged:
        """Give what was logged meanwhile, the same on every process.

        Parameters
        ----------
        trainer : Trainer
            All processes have to ask: it communicates, and so may the reduction of a metric.
        moment : {"validation", "training epoch"}
            What has just ended.
        wanted : collection of str
            Names of metrics.

        Returns
        -------
        Logged
            As process 0 sees it.
        """
        self._validated |= moment == "validation"
        now, before = trainer.callback_metrics, self._before.get(moment, {})
        fresh = {n: now[n] for n in wanted if n in now and now[n] is not before.get(n)}
        values = {name: float(value) for name, value in fresh.items()}
        is_last = moment == "training epoch" and (self._validated or not trainer.enable_validation)
        logged: Logged = trainer.strategy.broadcast(Logged(moment, values, sorted(now), is_last))
        return logged


def is_before_a_look(trainer: "Trainer") -> bool:
    """Say whether a checkpoint was saved after a batch and before the validation that follows it.

    Lightning goes on with the next batch there, and does not end the epoch or validate again.

    Parameters
    ----------
    trainer : Trainer
        Which has restored the checkpoint and is about to train.

    Returns
    -------
    bool
        Whether a validation, or the end of an epoch, is left out.
    """
    loop = trainer.fit_loop.epoch_loop
    if not loop.restarted_on_train_batch_end:
        return False
    over_epochs = trainer.check_val_every_n_epoch is None
    batches = loop.total_batch_idx + 1 if over_epochs else loop.batch_progress.current.ready
    every = trainer.val_check_batch or math.inf
    validates = trainer.enable_validation and batches % every == 0
    return loop.batch_progress.is_last_batch or validates
