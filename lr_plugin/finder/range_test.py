"""The callback that steps at given rates and notes the losses."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.optim import Optimizer
from typing_extensions import override

from lr_plugin.callback.slots import number
from lr_plugin.finder.error import FindError
from lr_plugin.finder.smoothing import Values
from lr_plugin.schedule import ScheduleError

__all__ = ["RangeTest"]

MANUAL: Final = (
    "the module uses manual optimization, where only its own code knows which rate is used when: "
    "there is no single learning rate to find; train with a few rates instead, and compare"
)

_HOPELESS = 10  # losses in a row that are not finite: what follows is the same


class RangeTest(Callback):
    """Step at given learning rates, with the ratios between parameter groups kept.

    The loss of each step's batch, before the step, is noted; with gradient accumulation the mean
    over its batches. Schedulers of the module are left aside. Training ends after the last rate,
    or earlier where the loss has not been finite for ten steps in a row.

    Parameters
    ----------
    rates : sequence of float
        The rate of each optimizer step: what ``optimizer.lr`` would be. A group with another rate
        gets as much more or less as it is configured to.
    on_step : callable, optional
        Called without arguments after each step.

    Raises
    ------
    FindError
        In ``on_fit_start``, if there is nothing to test: no or several optimizers, frozen
        parameters, rates that are no numbers above 0.

    See Also
    --------
    lr_plugin.finder.find_learning_rate : Uses it and leaves no trace.

    Examples
    --------
    >>> from pytorch_lightning import Trainer
    >>> test = RangeTest([1e-4, 1e-3, 1e-2])
    >>> trainer = Trainer(callbacks=[test], max_steps=3, logger=False, accelerator="cpu")
    """

    def __init__(
        self, rates: Sequence[float] | Values, on_step: Callable[[], object] | None = None
    ) -> None:
        self.rates = [float(rate) for rate in rates]
        self.on_step = on_step
        self._forget()

    def _forget(self) -> None:
        self._noted: list[float] = []
        self._window: list[float] = []
        self.ratios: list[float] = []
        self._steps_before = -1

    @property
    def losses(self) -> Values:
        """The loss at each rate; NaN where there was none."""
        missing = len(self.rates) - len(self._noted)
        return np.array([*self._noted, *[np.nan] * missing])

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._forget()
        self.ratios = _ratios(_only_optimizer(trainer, pl_module))
        trainer.strategy.lr_scheduler_configs = []

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.global_step == self._steps_before:
            raise FindError(
                f"the training data ended after {trainer.global_step} of {len(self.rates)} steps "
                f"and gave nothing when started again: give data that can be read repeatedly, "
                f"or more of it"
            )
        self._steps_before = trainer.global_step

    @override
    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        rate = self.rates[min(trainer.global_step, len(self.rates) - 1)]
        for group, ratio in zip(trainer.optimizers[0].param_groups, self.ratios, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"] = group["lr"].clone().fill_(rate * ratio)
            else:
                group["lr"] = rate * ratio

    @override
    def on_before_backward(
        self, trainer: Trainer, pl_module: LightningModule, loss: Tensor
    ) -> None:
        if not loss.requires_grad:
            raise FindError(
                "the loss depends on no parameter that can be trained: look at what training_step "
                "returns, and at detach() and no_grad() on the way"
            )

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if isinstance(outputs, Mapping) and outputs.get("loss") is not None:
            # Lightning has divided it by the accumulation.
            self._window.append(float(outputs["loss"]) * trainer.accumulate_grad_batches)
        if trainer.global_step > len(self._noted):
            self._note()
            is_over = len(self._noted) >= len(self.rates) or self._is_hopeless()
            trainer.should_stop = trainer.should_stop or is_over

    def _note(self) -> None:
        self._noted.append(float(np.mean(self._window)) if self._window else np.nan)
        self._window = []
        if self.on_step is not None:
            self.on_step()

    def _is_hopeless(self) -> bool:
        last = self._noted[-_HOPELESS:]
        return len(last) == _HOPELESS and not np.isfinite(last).any()


def _only_optimizer(trainer: Trainer, module: LightningModule) -> Optimizer:
    if not module.automatic_optimization:
        raise FindError(MANUAL)
    if len(trainer.optimizers) != 1 or not getattr(trainer.optimizers[0], "param_groups", None):
        raise FindError(
            "configure_optimizers returns no optimizer, so nothing would be trained; return one"
        )
    optimizer = trainer.optimizers[0]
    if not any(p.requires_grad for group in optimizer.param_groups for p in group["params"]):
        raise FindError(
            "every parameter of the optimizer is frozen (requires_grad is False): unfreeze what "
            "is to be trained"
        )
    return optimizer


def _ratios(optimizer: Optimizer) -> list[float]:
    """Give each group's rate in units of the one that a user configures for all of them."""
    try:
        # A scheduler of the module has already changed lr, and kept what was configured here.
        rates = [float(g.get("initial_lr", number("lr", g))) for g in optimizer.param_groups]
    except ScheduleError as error:
        raise FindError(f"the optimizer cannot be tested: {error.problem}") from None
    unit = optimizer.defaults.get("lr")
    if not isinstance(unit, int | float) or unit not in rates:
        unit = max(rates)
    if unit <= 0:
        raise FindError(
            "every group of the optimizer has a learning rate of 0, so that their ratios are "
            "unknown: configure any rate above 0"
        )
    return [rate / unit for rate in rates]
