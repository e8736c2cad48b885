"""Should the learning rate be higher? Statistics of a run, a verdict, and the evidence for it.

Everything here works on recorded numbers: no torch, no Lightning. `LearningRateAdvisor` of
`lr_plugin.callback` records them.
"""

from lr_plugin.advisor.signal import Signal
from lr_plugin.advisor.signals import Statistics, statistics
from lr_plugin.advisor.verdict import Advice, Circumstances, advise
from lr_plugin.advisor.votes import Evidence, Thresholds
from lr_plugin.advisor.window import Pair, Probe, Window, pack, unpack
from lr_plugin.advisor.words import line, page, plain

__all__ = [
    "Advice",
    "Circumstances",
    "Evidence",
    "Pair",
    "Probe",
    "Signal",
    "Statistics",
    "Thresholds",
    "Window",
    "advise",
    "line",
    "pack",
    "page",
    "plain",
    "statistics",
    "unpack",
]
