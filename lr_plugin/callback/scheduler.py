"""The callback: Lightning's hooks, and nothing else."""

import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lr_plugin.callback import branch as branching, length, notices, refusals, start
from lr_plugin.callback.applied import applied
from lr_plugin.callback.arguments import choice, flag, plain, read_arguments, selector
from lr_plugin.callback.attributes import Attributes
from lr_plugin.callback.conflict import OnConflict
from lr_plugin.callback.resume import Choice
from lr_plugin.callback.run import Run
from lr_plugin.callback.total import Written, read_total
from lr_plugin.callback.watching import Watching
from lr_plugin.lint import read_silence
from lr_plugin.schedule import Firing, Schedule, ScheduleError
from lr_plugin.schedule.kinds import allowed

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer
    from torch.optim import Optimizer


class LearningRateScheduler(Watching):
    """Apply schedules to the hyperparameters of a module's optimizers, at every optimizer step.

    The module stays as it is; it only must not return ``lr_schedulers`` of its own. Automatic and
    manual optimization, gradient accumulation, any number of optimizers and parameter groups, and
    exact resume from a checkpoint are covered. With manual optimization each optimizer has its own
    position, which needs optimizers from ``self.optimizers()``: those taken with
    ``use_pl_optimizer=False`` step unseen.

    Parameters
    ----------
    schedule : Schedule, mapping, str or Path, optional
        Schedule of the learning rate, as a factor on each group's configured rate: a `Schedule`,
        its data (``{"kind": "cosine"}``), the name of a recipe (``"warmup_cosine"``) or a YAML
        file. Short for ``rules={"lr": {"schedule": ...}}``.
    rules : mapping, optional
        Rules by name. Each has a ``schedule``, or ``follow`` (the name of another rule, whose
        values it uses) with ``map`` (``[[0, 1], [0.95, 0.85]]`` moves the range 0 to 1 onto 0.95
        to 0.85); and where needed ``key`` (``weight_decay``, ``betas.0``; the rule's name if
        unset), ``mode`` (``scale`` multiplies the configured value, ``set`` replaces it),
        ``optimizer`` (an index), ``groups`` (index, name or pattern, or several) and
        ``layer_decay`` (each group, one per layer, gets so much of what the next one gets, and the
        last one, the head, all of it). A ``key`` such as ``module.kl_weight`` is a number of the
        module: ``self.kl_weight``, set before every batch. See `lr_plugin.rule.Rule`.
    triggers : mapping, optional
        What watches training, by the event that it records: ``{"plateau": {"kind": "plateau",
        "monitor": "val/loss"}}``. A recipe may bring its own. Kinds: `lr_plugin.trigger`.
    total : int, str or sequence, optional
        Length of the run in optimizer steps, or as a duration (``1e9 tokens``, ``10 min`` of
        training), or one length per optimizer. Needed only where Lightning cannot know it, and it
        wins where Lightning does. Without it, and with no number of steps to be known, the
        Trainer's ``max_time`` is the length.
    samples_per_step : int, optional
        Samples that one optimizer step sees over all devices; batch size times accumulation times
        devices if unset.
    tokens_per_sample : int, optional
        Tokens in one sample, for durations in tokens.
    on_change : {"error", "recompute", "keep", "continue"}
        What to do if a resumed run has another schedule, another length, other rules or other
        configured values than its checkpoint. All four say what differs and what it does to the
        values. ``error`` stops there; ``recompute`` follows the plan of the config, as if it had
        been so from the start; ``keep`` follows the plan of the checkpoint; ``continue`` follows
        the plan of the config, scaled so that no value changes at this step.
    on_conflict : {"warn", "error", "adopt"}
        What to do if something else has written a scheduled value: say so once and write ours,
        stop, or go on from the found value, as if the configured one had led to it.
    branch : bool
        Whether a run from a checkpoint is a new one, with a schedule of its own, instead of the
        rest of the old one. It records the event ``branch``, so that a phase with ``until:
        branch`` ends, and begins at the values in force in the checkpoint.
    ignore : int, str or sequence, optional
        Parameter groups to leave alone, by index, name or pattern.
    allow : sequence of str
        Prefixes of the dotted kinds that a schedule may import, such as ``my_pkg``.
    silence : str or sequence of str, optional
        Findings of the linter that are meant, by name, such as ``first_step_zero``: see
        `lr_plugin.lint.NAMES`. What else it finds is a warning when a run of at least 20 steps
        starts.

    Raises
    ------
    ScheduleError
        On any mistake in the arguments; on a resumed run that differs from its checkpoint; on
        anything that cannot work beside the callback.

    See Also
    --------
    ScheduleMonitor : Logs the values and the phase in force, and draws the plan.

    Examples
    --------
    >>> from pytorch_lightning import Trainer
    >>> callback = LearningRateScheduler("warmup_cosine")
    >>> trainer = Trainer(callbacks=[callback], logger=False, accelerator="cpu")

    Momentum lowest where the learning rate is highest, and weight decay following it:

    >>> callback = LearningRateScheduler(
    ...     {"kind": "linear", "start_value": 0.0, "end_value": 1.0},
    ...     rules={
    ...         "momentum": {"follow": "lr", "map": [[0, 1], [0.95, 0.85]], "mode": "set"},
    ...         "decay": {"follow": "lr", "key": "weight_decay"},
    ...     },
    ... )
    >>> [(rule.name, rule.key, rule.mode) for rule in callback.rules]
    [('lr', 'lr', 'scale'), ('momentum', 'momentum', 'set'), ('decay', 'weight_decay', 'scale')]

    A rate that is smaller in lower layers, with a schedule of its own for the head, and a number
    that the loss of the module uses as ``self.kl_weight``:

    >>> callback = LearningRateScheduler(
    ...     rules={
    ...         "body": {"key": "lr", "groups": "body.*", "schedule": "wsd", "layer_decay": 0.75},
    ...         "head": {"key": "lr", "groups": "head", "schedule": "cosine"},
    ...         "kl": {"key": "module.kl_weight", "schedule": {"kind": "linear"}},
    ...     }
    ... )
    >>> [(rule.key, rule.groups) for rule in callback.rules]
    [('lr', ('body.*',)), ('lr', ('head',)), ('module.kl_weight', ())]
    """

    def __init__(  # noqa: PLR0913 - what a user may set, all but the first by keyword
        self,
        schedule: Schedule | Mapping[str, Any] | str | Path | None = None,
        *,
        rules: Mapping[str, Mapping[str, Any]] | None = None,
        triggers: Mapping[str, Any] | None = None,
        total: Written = None,
        samples_per_step: int | None = None,
        tokens_per_sample: int | None = None,
        on_change: Choice = "error",
        on_conflict: OnConflict = "warn",
        branch: bool = False,
        ignore: int | str | Sequence[int | str] | None = None,
        allow: Sequence[str] = (),
        silence: str | Sequence[str] | None = None,
    ) -> None:
        self.on_change: Choice = choice(on_change, "on_change", Choice)
        self.on_conflict: OnConflict = choice(on_conflict, "on_conflict", OnConflict)
        self.branch = flag(branch, "branch")
        self.allow = allowed(allow)
        self._given, self.triggers = read_arguments(schedule, rules, triggers, self.allow)
        self.rules = self._given
        self.total = read_total(plain(total), samples_per_step, tokens_per_sample)
        self.ignore = selector(ignore, "ignore")
        self.silence = read_silence(plain(silence))
        self._forget()

    @override
    def setup(self, trainer: "Trainer", pl_module: "LightningModule", stage: str) -> None:
        if stage != "fit":
            return
        before = self._trainer_now()
        refusals.refuse_nesting(trainer, before)
        refusals.refuse_company(trainer, self, LearningRateScheduler)
        saved = self.state_dict() if before is trainer else {}
        self._forget()
        self._saved, self._trainer = saved, weakref.ref(trainer)

    @override
    def on_fit_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        refusals.refuse_native(trainer)
        if self.branch:
            branching.refuse_without_checkpoint(trainer)
        self.rules = applied(self._given, refusals.callbacks_of(trainer))
        # No strategy has restored the optimizers yet, so these are the configured values.
        attributes = Attributes(pl_module)
        self._run = Run(self.rules, self.ignore, trainer.optimizers, self.on_conflict, attributes)
        self._listen()

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        # Some strategies call this before on_fit_start and some after, so it waits until both are.
        self._saved, self._resumed = state_dict, True

    @override
    def state_dict(self) -> dict[str, Any]:
        trainer = self._trainer_now()
        if self._run is None or not self._run.curves or trainer is None:
            return self._saved
        if self.on_conflict == "adopt":
            self._run.look(trainer.optimizers)
        return {**self._run.pack(trainer.global_step), "triggers": self._watch.pack()}

    @override
    def on_train_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        run, manual = self._started(), not pl_module.automatic_optimization
        if self._saved:
            run.go_on(self._saved)
        spans = run.recorded(length.resolve(trainer, self.total))
        known = start.Known(self._saved if self._resumed else {}, trainer, run, spans)
        planned = start.planned(self, known)
        start.look_over(self, planned, known)
        if trainer.global_step and not self._saved:
            notices.no_state()
        run.follow(planned, trainer.optimizers)
        run.keep_time(trainer, planned.spans(spans), planned.curves)
        run.start(trainer.optimizers, planned.curves, spans, manual=manual)
        run.write_all(trainer.optimizers, trainer.global_step)
        self._begin_to_watch(trainer, planned.triggers)

    @override
    def on_train_epoch_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        run = self._started()
        run.compare_length(length.resolve(trainer, self.total))
        self._begins(trainer, "training epoch")

    @override
    def on_train_batch_start(
        self,
        trainer: "Trainer",
        pl_module: "LightningModule",
        batch: object,
        batch_idx: int,
    ) -> None:
        self._started().write_all(trainer.optimizers, trainer.global_step)

    @override
    def on_train_batch_end(
        self,
        trainer: "Trainer",
        pl_module: "LightningModule",
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        # Ahead, so that monitors, checkpoints and finetuning see the next step's value.
        self._started().write_all(trainer.optimizers, trainer.global_step)
        if self._watch.polled:
            self._poll(trainer)
        self._stop_at_end(trainer)

    @override
    def on_before_optimizer_step(
        self, trainer: "Trainer", pl_module: "LightningModule", optimizer: "Optimizer"
    ) -> None:
        run = self._started()
        if run.manual:
            known = (n for n, each in enumerate(trainer.optimizers) if each is optimizer)
            run.write_next(next(known), optimizer.param_groups, trainer.global_step)

    def fire(self, event: str, value: float = 1.0) -> None:
        """Record an event, as a trigger does: it acts from the next step on.

        Parameters
        ----------
        event : str
            Its name, which schedules read.
        value : float
            What it has to say; what a `Scaled` multiplies.

        Raises
        ------
        ScheduleError
            If no training goes on.
        """
        trainer = self._trainer_now()
        if trainer is None or self._run is None or not self._run.curves:
            raise ScheduleError(f"{event!r} cannot happen now; fire it while training goes on")
        self._record(trainer, [Firing(event, trainer.global_step, value)])

    @override
    def on_train_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        run = self._started()
        if run.manual and not any(run.counts) and trainer.fit_loop.total_batch_idx >= 0:
            notices.no_step()

    @override
    def on_fit_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        if self.branch and not self._started().curves:
            branching.refuse_unbegun(trainer)
