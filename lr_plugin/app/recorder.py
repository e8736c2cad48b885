"""A Lightning callback that notes what the record of a run says."""

from inspect import signature
from math import isfinite, nan
from time import perf_counter
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import Logger
from typing_extensions import override

from lr_plugin.callback.diverged import DivergedError
from lr_plugin.callback.length import resolve
from lr_plugin.callback.total import Total

__all__ = ["Recorder"]


class Recorder(Callback):
    """Note the metric at each validation, and hand its last value to TensorBoard's HParams tab.

    Parameters
    ----------
    metric : str
        The name under which the module logs it.
    mode : str
        ``max`` if higher is better, ``min`` if lower is.
    hyperparameters : dict
        What runs are compared by.

    Raises
    ------
    ValueError
        At the end of the first epoch with a validation, if the module does not log the metric.
    DivergedError
        If the metric is not finite.
    """

    def __init__(self, metric: str, mode: str, hyperparameters: dict[str, Any]) -> None:
        self.metric, self.mode, self.hyperparameters = metric, mode, hyperparameters
        self.values: list[tuple[int, float]] = []
        self.learning_rate: float | None = None
        self.planned_steps: int | None = None
        self.planned_seconds: float | None = None
        self.steps = self.epochs = 0
        self.validated = False
        self.begun, self.seconds = perf_counter(), 0.0

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # no schedule has written yet: these are the values that were configured
        for optimizer in trainer.optimizers[:1]:
            self.learning_rate = float(optimizer.param_groups[0]["lr"])
        # a run that ends early is in the HParams tab too, without a value
        for logger in _with_hyperparameters(trainer):
            logger.log_hyperparams(self.hyperparameters, {self._final: nan})

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.planned_steps = self.planned_seconds = None
        for span in resolve(trainer, Total())[:1]:
            if span.clock != "time":
                self.planned_steps = span.steps
            elif span.steps is not None:
                self.planned_seconds = span.steps / 1000

    @override
    def state_dict(self) -> dict[str, Any]:
        return {
            "values": list(self.values),
            "epochs": self.epochs,
            "planned_steps": self.planned_steps,
            "planned_seconds": self.planned_seconds,
            "seconds": self._seconds(),
        }

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.values = [(step, value) for step, value in state_dict["values"]]
        self.epochs, self.seconds = state_dict["epochs"], state_dict["seconds"]
        self.planned_steps = state_dict["planned_steps"]
        self.planned_seconds = state_dict["planned_seconds"]
        self.validated = bool(self.values)

    @override
    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.sanity_checking:
            self.validated = True
            self._note(trainer)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.epochs = trainer.current_epoch + 1
        if not trainer.enable_validation:
            self.validated = True
            self._note(trainer)
        if self.validated and not self.values:
            logged = ", ".join(sorted(trainer.callback_metrics)) or "nothing"
            raise ValueError(
                f"task.monitor is {self.metric!r}, but the module logs {logged}: log it, or name "
                f"one of these with task.monitor=... (and task.mode=min or max)"
            )

    @override
    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.steps = trainer.global_step
        for logger in _with_hyperparameters(trainer) if self.values else []:
            logger.log_metrics({self._final: self.values[-1][1]}, self.steps)

    @override
    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self.steps = trainer.global_step

    def outcome(self) -> dict[str, Any]:
        """Return what the run came to, as far as it came."""
        choose = max if self.mode == "max" else min
        best = choose(self.values, key=lambda noted: noted[1], default=(None, None))
        return {
            "final": self.values[-1][1] if self.values else None,
            "best": best[1],
            "best_step": best[0],
            "steps": self.steps,
            "planned_steps": self.planned_steps,
            "planned_seconds": self.planned_seconds,
            "epochs": self.epochs,
            "seconds": round(self._seconds(), 3),
        }

    def _seconds(self) -> float:
        return self.seconds + perf_counter() - self.begun

    @property
    def _final(self) -> str:
        return f"final/{self.metric.replace('/', '_')}"

    def _note(self, trainer: Trainer) -> None:
        if self.metric not in trainer.callback_metrics:
            return
        value = float(trainer.callback_metrics[self.metric])
        if not isfinite(value):
            raise DivergedError(f"{self.metric} is {value} after {trainer.global_step} steps")
        self.values.append((trainer.global_step, value))


def _with_hyperparameters(trainer: Trainer) -> list[Logger]:
    # TensorBoard's, in whichever of Lightning's two namespaces
    return [
        one for one in trainer.loggers if "metrics" in signature(one.log_hyperparams).parameters
    ]
