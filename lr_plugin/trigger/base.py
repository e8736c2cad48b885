"""What watches training and says that something has happened.

A trigger is frozen configuration. What it remembers between two looks is a plain dictionary of
primitives that the caller keeps, so that it can be checkpointed, and the same looks at the same
values always give the same firings.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, final

Memory: TypeAlias = Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True)
class Look:
    """What a trigger made of one look.

    Parameters
    ----------
    memory : mapping
        What to hand to the next look.
    value : float or None
        The value to record if the event has happened, ``None`` if it has not.

    Examples
    --------
    >>> from lr_plugin.trigger import Look
    >>> Look({"bad": 0}).fired
    False
    """

    memory: Memory
    value: float | None = None

    @property
    def fired(self) -> bool:
        """Whether the event has happened."""
        return self.value is not None


class MetricTrigger(ABC):
    """A trigger that looks at a logged metric, once per validation or training epoch.

    Examples
    --------
    >>> from lr_plugin.trigger import MetricTrigger, Plateau
    >>> isinstance(Plateau(monitor="val/loss"), MetricTrigger)
    True
    """

    __slots__ = ()

    #: Name of the metric, the position before which it is not looked at, and what to do where it
    #: was not logged.
    monitor: str
    start_after: str | None
    missing: str

    @abstractmethod
    def start(self, memory: Memory) -> Memory:
        """Memory at the start of a phase that waits for the event.

        Parameters
        ----------
        memory : mapping
            What was remembered before; empty at the start of a run.

        Returns
        -------
        mapping
            With counters at zero.
        """

    @abstractmethod
    def look(self, memory: Memory, value: float) -> Look:
        """Look at a new value of the metric.

        Parameters
        ----------
        memory : mapping
            From the look before, or from `start`.
        value : float
            The metric; NaN and infinities are legal and never an improvement.

        Returns
        -------
        Look
            The new memory, and whether the event has happened.
        """


class PolledTrigger(ABC):
    """A trigger that asks the world, every few steps; once it has fired, it stays so.

    Examples
    --------
    >>> from lr_plugin.trigger import File, PolledTrigger
    >>> isinstance(File(path="cooldown"), PolledTrigger)
    True
    """

    __slots__ = ()

    @abstractmethod
    def happened(self, seconds: float) -> bool:
        """Say whether it has happened by now.

        Parameters
        ----------
        seconds : float
            Wall-clock seconds since training started in this process.

        Returns
        -------
        bool
            Whether it has.
        """
