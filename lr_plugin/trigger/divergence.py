"""A loss that has left the range it began in."""

import math
from dataclasses import dataclass
from typing import final

from lr_plugin.schedule.check import check_above
from lr_plugin.trigger.base import Look, Memory, MetricTrigger
from lr_plugin.trigger.check import check_watched


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Divergence(MetricTrigger):
    """Fires once when a metric is not finite, or worse than where it began by a factor.

    Parameters
    ----------
    monitor : str
        Name of the logged metric.
    mode : {"min", "max"}
        Whether lower or higher is better.
    factor : float
        Above 0: how far beyond the first finite value, in units of its size, is too far.
    start_after : str, optional
        Position in the run, such as ``10%``, before which it does not look.
    missing : {"error", "skip"}
        What to do when the metric was not logged: stop the run, or do not look this time.

    Examples
    --------
    >>> from lr_plugin.trigger import Divergence
    >>> trigger = Divergence(monitor="train/loss", factor=3.0)
    >>> memory = trigger.look(trigger.start({}), 2.3).memory
    >>> trigger.look(memory, 9.0).fired, trigger.look(memory, 9.3).fired
    (False, True)
    """

    monitor: str
    mode: str = "min"
    factor: float = 3.0
    start_after: str | None = None
    missing: str = "error"

    def __post_init__(self) -> None:
        check_watched(self, "train/loss")
        check_above(self, 0, "factor")

    def start(self, memory: Memory) -> Memory:
        return {"first": memory.get("first"), "done": False}

    def look(self, memory: Memory, value: float) -> Look:
        is_number = math.isfinite(value)
        first = value if memory["first"] is None and is_number else memory["first"]
        fires = not memory["done"] and not (is_number and self._is_within(value, first))
        return Look({"first": first, "done": memory["done"] or fires}, 1.0 if fires else None)

    def _is_within(self, value: float, first: float) -> bool:
        worse = value - first if self.mode == "min" else first - value
        return worse <= self.factor * abs(first)
