"""Lightning callbacks that apply schedules during training and show what they do."""

from lr_plugin.callback.averaging import PhaseAveraging
from lr_plugin.callback.monitor import ScheduleMonitor
from lr_plugin.callback.scheduler import LearningRateScheduler

__all__ = ["LearningRateScheduler", "PhaseAveraging", "ScheduleMonitor"]
