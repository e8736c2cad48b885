"""Averaging: a mean of the weights, begun where a phase of the schedule begins."""

from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytorch_lightning
from pytorch_lightning.callbacks import WeightAveraging
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn
from typing_extensions import override

from lr_plugin.callback import notices
from lr_plugin.callback.arguments import choice
from lr_plugin.callback.monitor import Place, find_scheduler
from lr_plugin.schedule import Curve, ScheduleError
from lr_plugin.schedule.error import did_you_mean

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer

Every: TypeAlias = Literal["step", "epoch", "cycle"]

_MOST_NAMES = 1000


class PhaseAveraging(WeightAveraging):
    r"""Lightning's weight averaging, from the start of a phase of the schedule on.

    Training is left as it is. Validation, the checkpoints' ``state_dict`` and the module at the end
    of the fit have the mean of the weights, once there is one.

    Parameters
    ----------
    phase : str
        Name of the phase of the schedule at whose start the averaging begins.
    every : {"step", "epoch", "cycle"}
        When weights are added: after each step, each epoch, or where the next cycle of the phase
        (or the phase after it) begins.
    decay : float, optional
        Weight of the old mean in an exponential one, such as 0.999; if unset, all weights count
        the same.
    rule : str
        Name of the rule whose schedule has the phase.
    **settings
        For Lightning's ``WeightAveraging``: ``device``, ``use_buffers``.

    Raises
    ------
    ScheduleError
        When training starts, if there is no `LearningRateScheduler` or no such phase.

    See Also
    --------
    LearningRateScheduler : Applies the schedule.

    Notes
    -----
    With equal weights and a constant or cyclic learning rate in the phase this is stochastic weight
    averaging [1]_. Running statistics of batch normalisation are averaged too, not computed again.

    References
    ----------
    .. [1] Izmailov, P., Podoprikhin, D., Garipov, T., Vetrov, D., & Wilson, A. G. (2018). Averaging
       weights leads to wider optima and better generalization. UAI. arXiv:1803.05407.

    Examples
    --------
    >>> from lr_plugin.callback import LearningRateScheduler, PhaseAveraging
    >>> callbacks = [LearningRateScheduler("swa"), PhaseAveraging("average")]
    """

    def __init__(
        self,
        phase: str,
        *,
        every: Every = "step",
        decay: float | None = None,
        rule: str = "lr",
        **settings: Any,  # noqa: ANN401 - whatever Lightning's own takes
    ) -> None:
        if decay is not None:
            settings["avg_fn"] = get_ema_avg_fn(_share(decay))  # type: ignore[no-untyped-call] # torch's
        super().__init__(**settings)
        self.phase, self.rule = phase, rule
        self.every: Every = choice(every, "every", Every)
        self._place = Place()
        self._is_inside = self._is_due = False

    @property
    def has_begun(self) -> bool:
        """Whether there is a mean yet."""
        return self._average_model is not None and bool(self._average_model.n_averaged)

    @override
    def setup(self, trainer: "Trainer", pl_module: "LightningModule", stage: str) -> None:
        module: object = pl_module
        if stage != "fit" or isinstance(module, pytorch_lightning.LightningModule):
            super().setup(trainer, pl_module, stage)
            return
        # A module of `lightning.pytorch`, which the class of the other namespace does not take.
        pl_module.configure_model()
        device = self._device or pl_module.device
        self._average_model = AveragedModel(
            pl_module, device=device, use_buffers=self._use_buffers, **self._kwargs
        )

    @override
    def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
        if self.every == "epoch":
            return epoch_idx is not None and self._is_inside
        return step_idx is not None and self._is_due

    @override
    def on_train_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        self._place, self._is_inside = Place(), False
        names = [segment.name for segment in islice(self._now(trainer)[0].segments(), _MOST_NAMES)]
        if not any(map(self._is_of_phase, names)):
            known = did_you_mean(self.phase, dict.fromkeys(filter(None, names)))
            raise ScheduleError(f"the schedule has no phase {self.phase!r}{known}", "phase")

    @override
    def on_train_batch_end(self, trainer: "Trainer", *args: Any) -> None:
        curve, step = self._now(trainer)
        done = max(step - 1, 0)
        self._place.move(curve, done)
        self._is_inside = self._is_of_phase(self._place.name)
        ends = self.every == "step" or self._place.stop == done + 1
        self._is_due = self._is_inside and ends
        super().on_train_batch_end(trainer, *args)

    @override
    def on_train_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        if self.has_begun:
            super().on_train_end(trainer, pl_module)
        else:
            notices.not_averaged(self.phase)

    @override
    def on_validation_epoch_start(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        # Until then Lightning's own would validate the weights of the very start.
        if self.has_begun:
            super().on_validation_epoch_start(trainer, pl_module)

    @override
    def on_validation_epoch_end(self, trainer: "Trainer", pl_module: "LightningModule") -> None:
        if self.has_begun:
            super().on_validation_epoch_end(trainer, pl_module)

    @override
    def on_save_checkpoint(
        self, trainer: "Trainer", pl_module: "LightningModule", checkpoint: dict[str, Any]
    ) -> None:
        current, begun = checkpoint["state_dict"], self.has_begun
        super().on_save_checkpoint(trainer, pl_module, checkpoint)
        if not begun:
            checkpoint["state_dict"] = current

    def _now(self, trainer: "Trainer") -> tuple[Curve, int]:
        scheduler = find_scheduler(trainer, "PhaseAveraging knows no phases")
        if self.rule not in scheduler.curves:
            known = did_you_mean(self.rule, scheduler.curves)
            raise ScheduleError(f"there is no rule {self.rule!r}{known}", "rule")
        return scheduler.curves[self.rule], scheduler.steps[self.rule]

    def _is_of_phase(self, name: str) -> bool:
        return f"{name}.".startswith(f"{self.phase}.")


def _share(decay: object) -> float:
    if isinstance(decay, int | float) and not isinstance(decay, bool) and 0 < decay < 1:
        return float(decay)
    raise ScheduleError(f"{decay!r} is no share of the old mean; write for example 0.999", "decay")
