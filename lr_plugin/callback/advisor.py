"""The advisor: measure at a few steps, and say whether the learning rate should be another."""

from collections.abc import Callable, Mapping
from functools import partial
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pytorch_lightning import Callback
from torch import Tensor  # noqa: TC002 - LightningCLI reads annotations when it runs
from typing_extensions import override

from lr_plugin.advisor import Advice, Circumstances, Statistics, advise, statistics
from lr_plugin.advisor.verdict import diverges
from lr_plugin.callback import length, telling
from lr_plugin.callback.agenda import Agenda
from lr_plugin.callback.applied import EVENT
from lr_plugin.callback.arguments import choice, flag
from lr_plugin.callback.circumstances import (
    Validation,
    momentum_of,
    starts_trained,
    why_silent,
)
from lr_plugin.callback.diverged import DivergedError
from lr_plugin.callback.horizon import Horizon
from lr_plugin.callback.probe import probed
from lr_plugin.callback.scheduled import applied_to, rules_of, scheduled, scheduler_of
from lr_plugin.callback.session import FEWEST, Session, Windows
from lr_plugin.callback.watched import ALL, Watched, parameters_of
from lr_plugin.schedule import ScheduleError

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer
    from torch.optim import Optimizer

Act: TypeAlias = Literal["off", "suggest", "apply"]

_MOST: Final = 10.0  # what `apply` may change the rate by, in all


class LearningRateAdvisor(Callback):
    """Say during training whether a higher or a lower learning rate would be better, and why.

    At about 16 updates of each part of the run it measures how the next gradient lies to the
    update, and how far the parameters have come from where they were when the rate had warmed up.
    It speaks after 10, 20, 30, 60 and 100 % of the run, and at
    once when the loss diverges. What it says is logged, is in TensorBoard, and stays in `advice`.

    With ``act="suggest"`` training is left exactly as it is: weights, random numbers, the order of
    the data, and what the module logs.

    Parameters
    ----------
    act : {"suggest", "apply", "off"}
        Whether to say it, to do it as well, or neither. ``apply`` multiplies the learning rate by
        the factor of advice of high confidence, at most tenfold either way in all, as an event of
        the schedule: checkpoints hold it, and a resumed run has it too.
    loss : callable, optional
        Gives the loss of a batch as a Tensor and does nothing else, such as a function that
        ``training_step`` uses too. With it, losses before and after an update are compared on
        fresh batches, which tells even where gradients are mostly noise. It is called twice for
        each batch of the step after a measured update, without gradients; random numbers and
        buffers are restored. It takes one more copy of all parameters.
    monitor : str
        Name of the validation loss, to notice overfitting; it need not be there.
    pairs : int
        How many updates to measure in each part, at least 8.
    sketch : int, optional
        How many parameters to watch at most, drawn at random; six copies of them are kept,
        12 MB for half a million. Where there are more, verdicts are a little less sure.
        One, or three while an update is measured, are in checkpoints, so that a resumed run says
        what it would have said. ``None`` watches all.
    groups : bool
        Whether to measure every parameter group by itself as well; the verdict is on all of them.
    starts_trained : bool, optional
        Whether the run begins with trained weights, where the advice is less sure. Unless given, it
        is taken for so if a callback of Lightning's finetunes, if most parameters are frozen, and
        if the schedule branches off an earlier run.
    path : str or Path, optional
        A file that gets a line of JSON for each verdict, with all that was measured.

    Attributes
    ----------
    advice : list of Advice
        All verdicts since the run began or was resumed.
    by_group : dict of str to Statistics
        Of the latest window, by the name of the parameter group.

    Raises
    ------
    ScheduleError
        If an argument cannot be, or if there is no `LearningRateScheduler` to apply advice.

    See Also
    --------
    lr_plugin.advisor.advise : The rule, and where its thresholds come from.

    Examples
    --------
    >>> from pytorch_lightning import Trainer
    >>> trainer = Trainer(callbacks=[LearningRateAdvisor()], logger=False, accelerator="cpu")
    """

    def __init__(  # noqa: PLR0913 - what a user may set, all by keyword
        self,
        *,
        act: Act = "suggest",
        loss: "Callable[[Any], Tensor] | None" = None,
        monitor: str = "val/loss",
        pairs: int = 16,
        sketch: int | None = 500_000,
        groups: bool = False,
        starts_trained: bool | None = None,
        path: str | Path | None = None,
    ) -> None:
        self.act: Act = choice(act, "act", Act)
        self.loss, self.monitor, self.groups = loss, monitor, flag(groups, "groups")
        self.pairs = _count(pairs, "pairs", least=FEWEST)
        self.sketch = None if sketch is None else _count(sketch, "sketch", least=1)
        self.starts_trained = (
            None if starts_trained is None else flag(starts_trained, "starts_trained")
        )
        self.path = None if path is None else Path(path)
        self.advice: list[Advice] = []
        self.by_group: dict[str, Statistics] = {}
        self._forget()

    def _forget(self) -> None:
        self._session: Session | None = None
        self._done, self._stepping, self._fresh, self._applied = 0, False, False, 1.0
        self._saved: dict[str, Any] = {}
        self._trained = False
        self._validation = Validation(self.monitor)

    @property
    def applies(self) -> bool:
        """Whether it changes the learning rate."""
        return self.act == "apply"

    @property
    @override
    def state_key(self) -> str:
        return "lr_plugin.LearningRateAdvisor"

    @override
    def setup(self, trainer: "Trainer", pl_module: "LightningModule", stage: str) -> None:
        if stage != "fit":
            return
        if self.applies and not any(rule.key == "lr" for rule in rules_of(trainer)):
            raise ScheduleError(
                "advice is applied as an event of the schedule, and there is no schedule of the "
                "learning rate; add a LearningRateScheduler with one, or write act='suggest'",
                "act",
            )
        if self.path is not None and self.path.is_dir():
            raise ScheduleError(
                f"{str(self.path)!r} is a directory; write the name of a file", "path"
            )
        self._forget()

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._saved = state_dict

    @override
    def state_dict(self) -> dict[str, Any]:
        if self._session is None:
            return self._saved
        return {
            "version": 1,
            "validation": self._validation.pack(),
            **self._session.pack(),
        }

    @override
    def on_train_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        self._fresh = self.act != "off"

    def _begin(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        silent = why_silent(trainer, pl_module)
        if silent is not None:
            telling.cannot(silent)
            return
        horizon = Horizon(trainer)
        if not horizon.is_known:
            telling.cannot(length.why_unknown(trainer))
            return
        # a resumed run may not follow the schedule that the advice was applied to
        self._applied, self._done = applied_to(trainer), trainer.global_step
        asked = self.starts_trained
        self._trained = starts_trained(trainer, pl_module) if asked is None else asked
        measuring = self._watched.measuring(trainer.optimizers[0])
        self._session = Session(Agenda(horizon, self.pairs, self._done), measuring)
        if not self._saved:
            return
        if self.path is not None and trainer.is_global_zero:
            telling.rewind(self.path, self._done)
        self._validation.unpack(self._saved["validation"])
        self._session.unpack(self._saved, self._done)

    @override
    def on_train_batch_start(
        self, trainer: "Trainer", pl_module: "LightningModule", batch: Any, batch_idx: int
    ) -> None:
        if self._fresh:  # by now every callback knows its plan
            self._fresh = False
            self._begin(trainer, pl_module)
        if self.loss is None or self._session is None:
            return
        whole = self._session.whole
        if whole.awaits and whole.meter.can_undo:
            whole.probe(*probed(self.loss, batch, trainer, pl_module, whole.meter))

    @override
    def on_before_optimizer_step(
        self, trainer: "Trainer", pl_module: "LightningModule", optimizer: "Optimizer"
    ) -> None:
        if self._stepping:
            return  # an optimizer may evaluate several times within a step
        self._stepping = True
        session = self._session
        if session is not None and self._done >= session.due:
            whole = session.whole
            if not whole.awaits and not whole.meter.watches(parameters_of(optimizer)):
                session.watch(self._watched.measuring(optimizer), self._done)
            session.begins(self._done, float(optimizer.param_groups[0]["lr"]))

    @override
    def on_train_batch_end(
        self,
        trainer: "Trainer",
        pl_module: "LightningModule",
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if not self._stepping:
            return  # a batch of an accumulation that is not full yet
        step, session = self._done, self._session
        self._stepping, self._done = False, step + 1
        if session is None or step < session.due:
            return
        windows = session.ends(step, partial(_loss, outputs))
        if windows is not None:
            self._speak(trainer, session, windows)

    @override
    def on_validation_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        if self._session is not None and not trainer.sanity_checking:
            self._validation.look(trainer)

    @override
    def on_train_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        session = self._session
        windows = None if session is None else session.finish(self._done)
        if session is not None and windows is not None:
            self._speak(trainer, session, windows)

    @override
    def on_exception(
        self, trainer: "Trainer", pl_module: "LightningModule", exception: BaseException
    ) -> None:
        session = self._session
        if session is None or not isinstance(exception, DivergedError):
            return
        windows = session.end(self._done)
        if windows is not None:
            self._speak(trainer, session, windows)

    def __getstate__(self) -> dict[str, object]:
        kept = {k: v for k, v in self.__dict__.items() if k not in ("log", "log_dict")}
        return {**kept, "_session": None}

    @property
    def _watched(self) -> Watched:
        return Watched(sketch=self.sketch, groups=self.groups, undoes=self.loss is not None)

    def _speak(self, trainer: "Trainer", session: Session, windows: Windows) -> None:
        found = {name: statistics(window) for name, window in windows.items()}
        rate = scheduled(trainer)
        known = Circumstances(
            broken=session.broken,
            decays=rate is not None and rate.decays(session.total),
            overfits=self._validation.rises,
            starts_trained=self._trained,
            guesses_momentum=momentum_of(trainer.optimizers[0]) is None,
            at_limit=_reached(self._applied) if self.applies else "",
        )
        if session.alarmed and not diverges(found[ALL], known):
            return  # a loss that scatters, not a diverging one
        advice = advise(found[ALL], known)
        base = rate.base(session.step, session.rate, self._applied) if rate else session.rate
        self.advice.append(advice)
        self.by_group = {name: each for name, each in found.items() if name != ALL}
        applied = self._apply(trainer, advice) if self._may_apply(trainer, session) else 1.0
        session.acted = session.alarmed and applied != 1
        told = telling.Told(advice=advice, rate=base, applied=applied, groups=self.by_group)
        telling.tell(trainer, told)
        if self.path is not None and trainer.is_global_zero:
            telling.write(self.path, told, known, windows)
        if applied != 1:
            session.anew(self._done)

    def _may_apply(self, trainer: "Trainer", session: Session) -> bool:
        # processes see an alarm at different steps, and the end of a part at the same
        once = trainer.world_size == 1 if session.alarmed else not session.acted
        return self.applies and once and not session.is_over

    def _apply(self, trainer: "Trainer", advice: Advice) -> float:
        # losses differ between processes, and what is written must not
        wanted = advice.factor if advice.confidence == "high" else 1.0
        factor: float = trainer.strategy.broadcast(_limited(wanted, self._applied))
        scheduler = scheduler_of(trainer)
        if factor != 1 and scheduler is not None:
            self._applied *= factor
            scheduler.fire(EVENT, factor)
        return factor


def _reached(applied: float) -> Literal["increase", "decrease", ""]:
    if _limited(2, applied) == 1:
        return "increase"
    return "decrease" if _limited(1 / 2, applied) == 1 else ""


def _limited(factor: float, before: float) -> float:
    after = min(max(before * factor, 1 / _MOST), _MOST)
    return 1.0 if isclose(after, before) else after / before


def _loss(outputs: Any) -> float | None:  # noqa: ANN401 - as Lightning hands it over
    # a module may pass over a batch, by returning None
    loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
    return None if loss is None else float(loss)


def _count(written: object, key: str, *, least: int) -> int:
    if not isinstance(written, int) or isinstance(written, bool) or written < least:
        raise ScheduleError(f"{written!r} is not a whole number of at least {least}", key)
    return written
