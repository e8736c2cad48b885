"""A metric that improves, or fails to, for long enough to change the pace."""

from dataclasses import dataclass
from typing import final

from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.check import check_above
from lr_plugin.trigger.base import Look, Memory, MetricTrigger
from lr_plugin.trigger.check import check_patience, check_watched
from lr_plugin.trigger.improve import is_better


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Greedy(MetricTrigger):
    r"""Records a factor: above 1 after lasting improvement, below 1 after lasting failure.

    Parameters
    ----------
    monitor : str
        Name of the logged metric.
    mode : {"min", "max"}
        Whether lower or higher is better.
    patience : int
        Looks of one kind in a row that are allowed: the event comes with the next one.
    factor : float
        Between 0 and 1: recorded after failures; its inverse is recorded after improvements.
    threshold : float
        Least change that is an improvement, from 0 on.
    threshold_mode : {"rel", "abs"}
        Whether the threshold is a share of the size of the best value, or an amount.
    cooldown : int
        Looks after a firing that do not count.
    window : int
        Values of the metric that are averaged for each look; the first look waits for as many.
    start_after : str, optional
        Position in the run, such as ``10%``, before which it does not look.
    missing : {"error", "skip"}
        What to do when the metric was not logged: stop the run, or do not look this time.

    See Also
    --------
    lr_plugin.schedule.Scaled : Multiplies what was recorded; put a `Clamp` around it.

    Notes
    -----
    The idea of transformers' ``GreedyLR``, without its resets.

    Examples
    --------
    >>> from lr_plugin.trigger import Greedy
    >>> trigger = Greedy(monitor="val/loss", patience=0, factor=0.5)
    >>> memory, recorded = trigger.start({}), []
    >>> for loss in (1.0, 0.5, 0.6):
    ...     look = trigger.look(memory, loss)
    ...     memory, recorded = look.memory, [*recorded, look.value]
    >>> recorded
    [2.0, 2.0, 0.5]
    """

    monitor: str
    mode: str = "min"
    patience: int = 10
    factor: float = 0.5
    threshold: float = 1e-4
    threshold_mode: str = "rel"
    cooldown: int = 0
    window: int = 1
    start_after: str | None = None
    missing: str = "error"

    def __post_init__(self) -> None:
        check_watched(self, "val/loss")
        check_patience(self)
        check_above(self, 0, "factor")
        if self.factor >= 1:
            raise ScheduleError(f"{self.factor!r} does not lower anything; write 0.5", "factor")

    def start(self, memory: Memory) -> Memory:
        del memory
        return {"best": None, "good": 0, "bad": 0, "rest": 0, "recent": []}

    def look(self, memory: Memory, value: float) -> Look:
        recent = [*memory["recent"], value][-self.window :]
        if len(recent) < self.window:
            return Look({**memory, "recent": recent})
        mean = sum(recent) / self.window
        better = is_better(mean, memory["best"], self.mode, self.threshold, self.threshold_mode)
        counts = not memory["rest"]
        good = memory["good"] + 1 if better and counts else 0
        bad = memory["bad"] + 1 if not better and counts else 0
        recorded = self._recorded(good, bad)
        fires = recorded is not None
        return Look(
            {
                "best": mean if better else memory["best"],
                "good": 0 if fires else good,
                "bad": 0 if fires else bad,
                "rest": self.cooldown if fires else max(memory["rest"] - 1, 0),
                "recent": recent,
            },
            recorded,
        )

    def _recorded(self, good: int, bad: int) -> float | None:
        if good > self.patience:
            return 1 / self.factor
        return self.factor if bad > self.patience else None
