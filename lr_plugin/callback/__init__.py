"""Lightning callbacks that apply schedules, show what they do, and judge the learning rate."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lr_plugin.callback.advisor import LearningRateAdvisor
    from lr_plugin.callback.averaging import PhaseAveraging
    from lr_plugin.callback.monitor import ScheduleMonitor
    from lr_plugin.callback.scheduler import LearningRateScheduler

__all__ = ["LearningRateAdvisor", "LearningRateScheduler", "PhaseAveraging", "ScheduleMonitor"]

_HOMES = {
    "LearningRateAdvisor": "advisor",
    "LearningRateScheduler": "scheduler",
    "PhaseAveraging": "averaging",
    "ScheduleMonitor": "monitor",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - classes of several types
    # What reads a callback's arguments and trains nothing must not wait for torch.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
