"""The callbacks as subclasses of `lightning.pytorch.Callback`.

A Trainer of either namespace takes the callbacks of `lr_plugin.callback` as they are. The
LightningCLI of ``lightning`` asks for more: a ``class_path`` has to name a subclass of its own
namespace's Callback. These are the same callbacks, with the same state in checkpoints.
"""

from lightning.pytorch import Callback

from lr_plugin.callback import averaging, monitor, scheduler

__all__ = ["LearningRateScheduler", "PhaseAveraging", "ScheduleMonitor"]


class LearningRateScheduler(scheduler.LearningRateScheduler, Callback):  # type: ignore[misc] # both name their Trainer in the same hooks
    """See `lr_plugin.callback.LearningRateScheduler`."""


class PhaseAveraging(averaging.PhaseAveraging, Callback):  # type: ignore[misc] # both name their Trainer in the same hooks
    """See `lr_plugin.callback.PhaseAveraging`."""


class ScheduleMonitor(monitor.ScheduleMonitor, Callback):  # type: ignore[misc] # both name their Trainer in the same hooks
    """See `lr_plugin.callback.ScheduleMonitor`."""
