"""What watches training and records events: plateaus, files, signals, time, divergence."""

from lr_plugin.trigger.base import Look, MetricTrigger, PolledTrigger
from lr_plugin.trigger.data import Trigger, dump_triggers, load_triggers
from lr_plugin.trigger.divergence import Divergence
from lr_plugin.trigger.greedy import Greedy
from lr_plugin.trigger.plateau import Plateau
from lr_plugin.trigger.polled import File, Signal, TimeLeft

__all__ = [
    "Divergence",
    "File",
    "Greedy",
    "Look",
    "MetricTrigger",
    "Plateau",
    "PolledTrigger",
    "Signal",
    "TimeLeft",
    "Trigger",
    "dump_triggers",
    "load_triggers",
]
