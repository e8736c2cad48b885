"""What people and clusters say from outside: a file, a signal, the end of a budget."""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lr_plugin.schedule import Duration, ScheduleError
from lr_plugin.schedule.check import check_text
from lr_plugin.schedule.error import did_you_mean, within
from lr_plugin.trigger.base import PolledTrigger

_received: set[int] = set()


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class File(PolledTrigger):
    """Fires when a file exists: ``touch cooldown``.

    Parameters
    ----------
    path : str
        The file; a relative one is looked for in the folder the run was started in.

    Examples
    --------
    >>> from lr_plugin.trigger import File
    >>> File(path="no/such/file").happened(0.0)
    False
    """

    path: str

    def __post_init__(self) -> None:
        check_text(self, "path", "cooldown")

    def happened(self, seconds: float) -> bool:
        del seconds
        return Path(self.path).exists()


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Signal(PolledTrigger):
    """Fires when the process has received a signal: ``kill -USR1``.

    Parameters
    ----------
    name : str
        Name of the signal, such as ``SIGUSR1``, which Slurm can send before its time limit.

    Examples
    --------
    >>> from lr_plugin.trigger import Signal
    >>> Signal(name="SIGUSR2").happened(0.0)
    False
    """

    name: str = "SIGUSR1"

    def __post_init__(self) -> None:
        names = [known.name for known in signal.Signals]
        if self.name not in names:
            near = did_you_mean(str(self.name), names)
            raise ScheduleError(f"{self.name!r} is no signal of this system{near}", "name")

    def listen(self) -> None:
        """Note the signal from now on; whatever handled it before is still called."""
        number = signal.Signals[self.name]
        _received.discard(number)
        before = signal.getsignal(number)

        def note(received: int, frame: object) -> None:
            _received.add(received)
            if callable(before) and before is not note:
                before(received, frame)  # type: ignore[arg-type] # a frame, as it was handed to us

        signal.signal(number, note)

    def happened(self, seconds: float) -> bool:
        del seconds
        return signal.Signals[self.name] in _received


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class TimeLeft(PolledTrigger):
    """Fires when little is left of a time budget.

    Parameters
    ----------
    budget : str
        Wall-clock time that the process has, such as ``8 h``.
    left : str
        How much of it has to be left for what comes next, such as ``30 min``.

    Examples
    --------
    >>> from lr_plugin.trigger import TimeLeft
    >>> trigger = TimeLeft(budget="8 h", left="30 min")
    >>> trigger.happened(7.4 * 3600), trigger.happened(7.5 * 3600)
    (False, True)
    """

    budget: str
    left: str

    def __post_init__(self) -> None:
        if _seconds(self, "left") >= _seconds(self, "budget"):
            problem = f"{self.left!r} is all of the budget {self.budget!r}; write less"
            raise ScheduleError(problem, "left")

    def happened(self, seconds: float) -> bool:
        return seconds >= _seconds(self, "budget") - _seconds(self, "left")


def _seconds(node: TimeLeft, name: str) -> float:
    with within(name):
        milliseconds = Duration.parse(getattr(node, name)).milliseconds
        if milliseconds is None:
            raise ScheduleError(f"{getattr(node, name)!r} is no time; write for example '30 min'")
        return float(milliseconds) / 1000
