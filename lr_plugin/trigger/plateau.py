"""A metric that has stopped to improve."""

from dataclasses import dataclass
from typing import final

from lr_plugin.schedule.check import check_choice, check_count
from lr_plugin.trigger.base import Look, Memory, MetricTrigger
from lr_plugin.trigger.check import check_patience, check_watched
from lr_plugin.trigger.improve import is_better


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Plateau(MetricTrigger):
    r"""Fires when a metric has not improved for longer than `patience` looks.

    Parameters
    ----------
    monitor : str
        Name of the logged metric.
    mode : {"min", "max"}
        Whether lower or higher is better.
    patience : int
        Looks without an improvement that are allowed: the event comes with the next one.
    threshold : float
        Least change that is an improvement, from 0 on.
    threshold_mode : {"rel", "abs"}
        Whether the threshold is a share of the size of the best value, or an amount.
    cooldown : int
        Looks after a firing that do not count.
    window : int
        Values of the metric that are averaged for each look; the first look waits for as many.
    max_count : int, optional
        Firings after which it is silent.
    best : {"significant", "any"}
        Whether the best value moves with significant improvements only (torch), or with any
        (scikit-learn).
    start_after : str, optional
        Position in the run, such as ``10%``, before which it does not look.
    missing : {"error", "skip"}
        What to do when the metric was not logged: stop the run, or do not look this time.

    See Also
    --------
    Greedy : Fires in both directions.

    Notes
    -----
    As torch's ReduceLROnPlateau, but a relative threshold is measured against the absolute size of
    the best value, so that metrics below zero work; NaN is never an improvement.

    Examples
    --------
    >>> from lr_plugin.trigger import Plateau
    >>> trigger = Plateau(monitor="val/loss", patience=1)
    >>> memory, fired = trigger.start({}), []
    >>> for loss in (1.0, 0.5, 0.5, 0.5, 0.4):
    ...     look = trigger.look(memory, loss)
    ...     memory, fired = look.memory, [*fired, look.fired]
    >>> fired
    [False, False, False, True, False]
    """

    monitor: str
    mode: str = "min"
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: str = "rel"
    cooldown: int = 0
    window: int = 1
    max_count: int | None = None
    best: str = "significant"
    start_after: str | None = None
    missing: str = "error"

    def __post_init__(self) -> None:
        check_watched(self, "val/loss")
        check_patience(self)
        check_choice(self, "best", ("significant", "any"))
        if self.max_count is not None:
            check_count(self, "max_count")

    def start(self, memory: Memory) -> Memory:
        count = memory.get("count", 0)
        return {"best": None, "bad": 0, "rest": 0, "recent": [], "count": count}

    def look(self, memory: Memory, value: float) -> Look:
        recent = [*memory["recent"], value][-self.window :]
        if len(recent) < self.window:
            return Look({**memory, "recent": recent})
        mean = sum(recent) / self.window
        better = self._is_better(mean, memory["best"])
        rest = max(memory["rest"] - 1, 0)
        bad = 0 if better or memory["rest"] else memory["bad"] + 1
        fires = bad > self.patience and memory["count"] != self.max_count
        return Look(
            {
                "best": self._best(mean, memory["best"], better=better),
                "bad": 0 if fires else bad,
                "rest": self.cooldown if fires else rest,
                "recent": recent,
                "count": memory["count"] + fires,
            },
            1.0 if fires else None,
        )

    def _is_better(self, value: float, best: float | None) -> bool:
        return is_better(value, best, self.mode, self.threshold, self.threshold_mode)

    def _best(self, value: float, best: float | None, *, better: bool) -> float | None:
        if better or (self.best == "any" and is_better(value, best, self.mode, 0.0, "abs")):
            return value
        return best
