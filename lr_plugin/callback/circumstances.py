"""Circumstances: what an advisor should know of a run beside its measurements."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, final

from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.callback.scheduled import scheduler_of

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer
    from torch.optim import Optimizer

_RISEN: Final = 1.02  # a validation loss so many times its lowest has turned


def momentum_of(optimizer: "Optimizer") -> float | None:
    """Return the weight that an optimizer gives to earlier gradients; None if it does not say.

    Parameters
    ----------
    optimizer : Optimizer
        Its ``momentum``, the first of its ``betas`` or ``beta1`` is read; those of torch without
        any of them have none.
    """
    group: dict[str, Any] = optimizer.param_groups[0]
    said = (group.get("momentum"), *group.get("betas", ())[:1], group.get("beta1"))
    is_torchs = type(optimizer).__module__.startswith("torch.optim")
    silent = not {"momentum", "betas", "beta1"} & group.keys()
    if silent:
        return 0.0 if is_torchs else None
    return float(next((value for value in said if value is not None), 0.0))


def starts_trained(trainer: "Trainer", module: "LightningModule") -> bool:
    """Say whether a run looks as if its weights had been trained before.

    Parameters
    ----------
    trainer : Trainer
        A finetuning callback of Lightning's tells, and a schedule that branches off a run.
    module : LightningModule
        Most of whose parameters are frozen then.
    """
    scheduler = scheduler_of(trainer)
    if scheduler is not None and scheduler.branch:
        return True
    if any(is_lightnings(each, "BaseFinetuning") for each in callbacks_of(trainer)):
        return True
    trainable = [(each.numel(), each.requires_grad) for each in module.parameters()]
    return sum(size if trains else -size for size, trains in trainable) < 0


@final
class Validation:
    """The validation loss so far.

    Parameters
    ----------
    monitor : str
        Its name; nothing is known of one that is not logged.

    Attributes
    ----------
    lowest : float
        The lowest value so far.
    rises : bool
        Whether the latest is above that by more than noise.
    """

    def __init__(self, monitor: str) -> None:
        self._monitor = monitor
        self.lowest, self.rises = float("inf"), False

    def pack(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"lowest": self.lowest, "rises": self.rises}

    def unpack(self, packed: Mapping[str, Any]) -> None:
        """Go on from a checkpoint.

        Parameters
        ----------
        packed : mapping
            What `pack` returned.
        """
        self.lowest, self.rises = packed["lowest"], packed["rises"]

    def look(self, trainer: "Trainer") -> None:
        """Take in what the latest validation has logged."""
        value = trainer.callback_metrics.get(self._monitor)
        if value is not None:
            self.lowest = min(self.lowest, float(value))
            self.rises = float(value) > max(_RISEN * self.lowest, self.lowest)


def why_silent(trainer: "Trainer", module: "LightningModule") -> str | None:
    """Say why nothing can be measured in this run; None if it can.

    Parameters
    ----------
    trainer : Trainer
        Which is about to train.
    module : LightningModule
        What it trains.
    """
    if not module.automatic_optimization or len(trainer.optimizers) != 1:
        return "it needs automatic optimization with one optimizer"
    if not trainer.optimizers[0].param_groups:  # Lightning's, where there is none
        return "configure_optimizers returned no optimizer"
    if any(hasattr(each, "to_local") for each in module.parameters()):
        return "it does not measure parameters that are spread over several processes"
    return None
