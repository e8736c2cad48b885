"""The monitor: what was planned and what is in force, where Lightning logs to."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, final

from pytorch_lightning import Callback
from typing_extensions import override

from lr_plugin.callback.boards import boards
from lr_plugin.callback.refusals import callbacks_of
from lr_plugin.callback.scheduler import LearningRateScheduler
from lr_plugin.schedule import Curve, Firing, ScheduleError, Segment

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer


class ScheduleMonitor(Callback):
    """Log what `LearningRateScheduler` does, to every logger of the trainer.

    Every scheduled value of every parameter group is logged as a scalar, named by its key and,
    where there are several, by its optimizer and group: ``lr``, ``weight_decay/head``,
    ``lr/optimizer1/group0``. TensorBoard also gets the phase in force and every event as text and,
    before the first batch, a picture of the plan.

    Values are logged at the steps at which Lightning logs (``log_every_n_steps``), at the first
    step, and where a phase begins.

    Parameters
    ----------
    draw : bool
        Whether TensorBoard gets the picture of the plan.

    Raises
    ------
    ScheduleError
        When training starts without a `LearningRateScheduler`.

    See Also
    --------
    LearningRateScheduler : Applies the schedules.

    Examples
    --------
    >>> from lr_plugin.callback import LearningRateScheduler, ScheduleMonitor
    >>> callbacks = [LearningRateScheduler("wsd"), ScheduleMonitor()]
    """

    def __init__(self, *, draw: bool = True) -> None:
        self.draw = draw
        self._places: dict[str, Place] = {}
        self._logged = -1
        self._told: set[Firing] = set()

    @override
    def on_fit_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        _scheduler(trainer)
        self._places, self._logged, self._told = {}, -1, set()

    @override
    def on_train_batch_start(
        self,
        trainer: "Trainer",
        pl_module: "LightningModule",
        batch: object,
        batch_idx: int,
    ) -> None:
        scheduler, step = _scheduler(trainer), _logged_step(trainer, pl_module)
        first = not self._places
        if first:
            self._told = _from_before(scheduler)
        self._tell(trainer, step)
        if step == self._logged:
            return
        began = self._began(scheduler)
        if first and self.draw:
            _draw(trainer, scheduler.curves, step)
        if began or _is_due(trainer, step):
            self._logged = step
            _log(trainer, scheduler.values(), {n: self._places[n].name for n in began}, step)

    @override
    def on_train_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        self._tell(trainer, _logged_step(trainer, pl_module))

    def _tell(self, trainer: "Trainer", step: int) -> None:
        """Log the events that have happened since the last time."""
        for firing in _log_of(_scheduler(trainer)):
            if firing not in self._told:
                self._told.add(firing)
                text = f"happened before step {firing.step}, value {firing.value:g}"
                for board in boards(trainer):
                    board.add_text(f"event/{firing.event}", text, step)

    def _began(self, scheduler: LearningRateScheduler) -> list[str]:
        """Names of the curves that a phase has just begun in."""
        curves = scheduler.curves
        return [
            name
            for name, step in scheduler.steps.items()
            if self._places.setdefault(name, Place()).move(curves[name], step)
        ]


@final
class Place:
    """Where one curve is: the phase in force, found by going forward only."""

    __slots__ = ("_ahead", "_curve", "_segment")

    def __init__(self) -> None:
        self._curve: Curve | None = None
        self._ahead: Iterator[Segment] = iter(())
        self._segment = Segment("", -1, 0)

    @property
    def name(self) -> str:
        """Dotted name of the phase."""
        return self._segment.name

    @property
    def stop(self) -> int | None:
        """First step after it."""
        return self._segment.stop

    def move(self, curve: Curve, step: int) -> bool:
        """Go to a step; say whether another phase is in force than before."""
        before = self._segment
        if curve is not self._curve:
            self._curve, self._ahead = curve, curve.segments()
            self._segment = next(self._ahead)
        while self._segment.stop is not None and step >= self._segment.stop:
            following = next(self._ahead, None)
            if following is None:
                break
            self._segment = following
        # The end of a phase moves when an event happens; that alone begins nothing.
        return (self._segment.name, self._segment.start) != (before.name, before.start)


def find_scheduler(trainer: "Trainer", without: str) -> LearningRateScheduler:
    """Give the scheduler of a trainer, or raise and say what is not possible `without` one."""
    found = (c for c in callbacks_of(trainer) if isinstance(c, LearningRateScheduler))
    scheduler = next(found, None)
    if scheduler is None:
        raise ScheduleError(f"{without}; add a LearningRateScheduler too")
    return scheduler


def _scheduler(trainer: "Trainer") -> LearningRateScheduler:
    return find_scheduler(trainer, "ScheduleMonitor has nothing to log")


def _log_of(scheduler: LearningRateScheduler) -> tuple[Firing, ...]:
    """Give the events on record, as the first curve sees them."""
    return next((curve.span.log for curve in scheduler.curves.values()), ())


def _from_before(scheduler: LearningRateScheduler) -> set[Firing]:
    """Give the events that an earlier part of a resumed run has logged."""
    now = next(iter(scheduler.steps.values()), 0)
    return {firing for firing in _log_of(scheduler) if firing.step < now}


def _logged_step(trainer: "Trainer", module: "LightningModule") -> int:
    """Give the step that Lightning gives to what a module logs, so that curves lie side by side."""
    automatic = module.automatic_optimization
    return trainer.global_step if automatic else trainer.fit_loop.total_batch_idx


def _is_due(trainer: "Trainer", step: int) -> bool:
    every: int = trainer.log_every_n_steps  # type: ignore[attr-defined] # set by a connector
    return bool(every) and (step + 1) % every == 0


def _log(trainer: "Trainer", values: dict[str, float], began: Mapping[str, str], step: int) -> None:
    for logger in trainer.loggers:
        logger.log_metrics(values, step)
    for board in boards(trainer):
        for name, phase in began.items():
            board.add_text(f"phase/{name}", phase or "whole run", step)


def _draw(trainer: "Trainer", curves: Mapping[str, Curve], step: int) -> None:
    known = {name: curve for name, curve in curves.items() if curve.span.steps}
    for board in boards(trainer) if known else ():
        from lr_plugin.plot import figure

        board.add_figure("plan", figure(known), step)
