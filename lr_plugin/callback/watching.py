"""Watching: the hooks that look at triggers, and what they do when an event has happened."""

from collections.abc import Iterable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lr_plugin.callback import notices
from lr_plugin.callback.metrics import Metrics, Moment, is_before_a_look
from lr_plugin.callback.triggers import Triggers, wanted
from lr_plugin.callback.view import View
from lr_plugin.callback.watch import Starts, Watch
from lr_plugin.schedule import Firing
from lr_plugin.trigger import Signal

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer

    from lr_plugin.callback.run import Run


class Watching(View):
    """The part of `LearningRateScheduler` that records events."""

    @override
    def _forget(self) -> None:
        super()._forget()
        self._watch, self._metrics, self._began = Watch({}), Metrics(), 0.0

    @override
    def __getstate__(self) -> dict[str, object]:
        return {**super().__getstate__(), "_watch": Watch({}), "_metrics": Metrics()}

    def _listen(self) -> None:
        """Note signals from the start of a fit on, and say what nothing reads."""
        read = wanted(self.rules, self.triggers)
        for event in self.triggers.keys() - read.keys():
            notices.unread(event)
        for trigger in read.values():
            if isinstance(trigger, Signal):
                trigger.listen()

    def _begin_to_watch(self, trainer: "Trainer", triggers: Triggers) -> None:
        """Check the triggers against the run, and go on from what they remember."""
        run, position = self._started(), trainer.global_step
        self._watch, self._metrics = Watch(triggers), Metrics()
        # A branch is a new run, whose triggers have seen nothing yet.
        self._watch.unpack({} if self.branch else self._saved.get("triggers", {}))
        span = next(iter(run.curves.values())).span
        self._watch.begin(span, position, partial(_on_any_process, trainer))
        self._began = monotonic()
        if self._resumed and self._watch.monitored and is_before_a_look(trainer):
            notices.left_out(position)

    def _begins(self, trainer: "Trainer", moment: Moment) -> None:
        if self._watch.monitored and _is_training(trainer):
            self._metrics.begin(trainer, moment)

    def _ended(self, trainer: "Trainer", moment: Moment) -> None:
        if not self._watch.monitored or not _is_training(trainer):
            return
        run, position = self._started(), trainer.global_step
        logged = self._metrics.end(trainer, moment, self._watch.monitored)
        steps = run.steps(position)
        happened = list(self._watch.look(logged, steps[0], listening(run, steps)))
        self._record(trainer, (Firing(event, position, value) for event, value in happened))

    def _poll(self, trainer: "Trainer") -> None:
        fired = {firing.event: firing for log in self._started().logs for firing in log}
        agree, seconds = partial(_on_any_process, trainer), monotonic() - self._began
        happened = list(self._watch.poll(trainer.global_step, seconds, agree, fired))
        self._record(trainer, (Firing(e, trainer.global_step, latched=True) for e in happened))

    def _record(self, trainer: "Trainer", firings: Iterable[Firing]) -> None:
        run, position = self._started(), trainer.global_step
        for firing in firings:
            run.record(firing.event, firing.value, position, latched=firing.latched)
            # Ahead, so that the checkpoint that is saved next holds the new value.
            run.write_all(trainer.optimizers, position)
        self._stop_at_end(trainer)

    def _stop_at_end(self, trainer: "Trainer") -> None:
        run = self._started()
        if run.ends and run.ended(trainer.global_step):
            trainer.should_stop = True

    @override
    def on_validation_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        self._begins(trainer, "validation")

    @override
    def on_validation_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        self._ended(trainer, "validation")

    @override
    def on_train_epoch_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        self._ended(trainer, "training epoch")


def listening(run: "Run", steps: list[int]) -> dict[str, Starts]:
    """Give, for every event, where the parts of each curve began that waited for it just now.

    Parameters
    ----------
    run : Run
        Whose curves to look at.
    steps : list of int
        The next step of every optimizer; what counts is the one before.

    Returns
    -------
    dict of str to dict of str to int
        By event and curve.
    """
    found: dict[str, Any] = {}
    for (name, number), curve in run.curves.items():
        done = max(steps[number] - 1, 0)
        for event, start in curve.schedule.listens(done, curve.span):
            each = found.setdefault(event, {})
            each[f"{name}/{number}"] = max(start, each.get(f"{name}/{number}", 0))
    return found


def _is_training(trainer: "Trainer") -> bool:
    return trainer.state.fn == "fit" and not trainer.sanity_checking


def _on_any_process(trainer: "Trainer", happened: bool) -> bool:  # noqa: FBT001 - its one argument
    return bool(trainer.strategy.reduce_boolean_decision(happened, all=False))
