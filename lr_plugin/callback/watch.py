"""The watch: what the triggers remember, and which events they say have happened."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, final

from lr_plugin.callback.metrics import Logged, Moment
from lr_plugin.schedule import Duration, ScheduleError, Span
from lr_plugin.schedule.error import within
from lr_plugin.trigger import MetricTrigger, PolledTrigger, Trigger, dump_triggers
from lr_plugin.trigger.base import Memory

if TYPE_CHECKING:
    from fractions import Fraction

Starts: TypeAlias = Mapping[str, int]
"""By curve, where the part that waits for an event began."""

EVERY = 50
"""Steps from one look at the world to the next."""


@final
@dataclass(slots=True)
class _Note:
    """What is known of one metric: what its trigger remembers, since where, and who logs it."""

    memory: Memory
    since: dict[str, int] = field(default_factory=dict)
    logged_in: Moment | None = None


@final
class Watch:
    """All triggers of a run, and their memories.

    Parameters
    ----------
    triggers : mapping of str to trigger
        By the name of the event.
    every : int
        Steps from one look at what is polled to the next.

    Examples
    --------
    >>> from lr_plugin.trigger import File
    >>> watch = Watch({"cool": File(path="no/such/file")}, every=10)
    >>> list(watch.poll(10, 0.0, lambda happened: happened, fired=()))
    []
    """

    def __init__(self, triggers: Mapping[str, Trigger], every: int = EVERY) -> None:
        self.triggers = dict(triggers)
        self._every = every
        self._metric: dict[str, MetricTrigger] = _only(triggers, MetricTrigger)
        self.polled: dict[str, PolledTrigger] = _only(triggers, PolledTrigger)
        self._notes = {event: _Note(each.start({})) for event, each in self._metric.items()}
        self._after: dict[str, Fraction] = {}
        self._last_poll = -1

    @property
    def monitored(self) -> list[str]:
        """Names of the metrics that are looked at."""
        return [trigger.monitor for trigger in self._metric.values()]

    def begin(self, span: Span, position: int, agree: Callable[[bool], bool]) -> None:
        """Check what depends on the run, before its first batch.

        Parameters
        ----------
        span : Span
            The run, as its first optimizer counts it.
        position : int
            Steps done.
        agree : callable
            Says on every process whether it is true on any of them.

        Raises
        ------
        ScheduleError
            If a position cannot be known, or if an event would be over before the run.
        """
        for event, trigger in self._metric.items():
            with within(f"triggers.{event}.start_after"):
                self._after[event] = span.count(Duration.parse(trigger.start_after or "0 steps"))
        for event, polled in self.polled.items():
            if position == 0 and agree(polled.happened(0.0)):
                raise ScheduleError(
                    f"{polled!r} has happened before the first step, perhaps for an earlier run; "
                    "remove what it looks for",
                    f"triggers.{event}",
                )
        self._last_poll = position // self._every

    def look(
        self, logged: Logged, position: int, starts: Mapping[str, Starts]
    ) -> Iterator[tuple[str, float]]:
        """Look at metrics, each while some part of a schedule waits for its event.

        Parameters
        ----------
        logged : Logged
            What was logged just now.
        position : int
            Where the run's first optimizer is, on the clock of its span.
        starts : mapping of str to mapping
            For every event, where the parts that wait for it began.

        Yields
        ------
        (str, float)
            Each event that has happened, and what its trigger has to say.

        Raises
        ------
        ScheduleError
            If a metric is not there, with the names of those that are.
        """
        for event, trigger in self._metric.items():
            note, awaited = self._notes[event], event in starts and position >= self._after[event]
            if self._is_there(event, trigger, logged) and awaited:
                _renew(note, trigger, starts[event])
                look = trigger.look(note.memory, logged.values[trigger.monitor])
                note.memory = look.memory
                if look.value is not None:
                    yield event, look.value

    def poll(
        self, position: int, seconds: float, agree: Callable[[bool], bool], fired: Mapping[str, Any]
    ) -> Iterator[str]:
        """Ask the world, if it is time to.

        Parameters
        ----------
        position : int
            Steps done.
        seconds : float
            Since training started in this process.
        agree : callable
            Says on every process whether it is true on any of them.
        fired : container of str
            Events that have happened before: they are not asked for again.

        Yields
        ------
        str
            Each event that has happened.
        """
        if position // self._every == self._last_poll:
            return
        self._last_poll = position // self._every
        for event, trigger in self.polled.items():
            if event not in fired and agree(trigger.happened(seconds)):
                yield event

    def pack(self) -> dict[str, Any]:
        """Give the triggers and what they remember, as primitives."""
        written = dump_triggers(self.triggers)
        return {event: {"trigger": written[event], **self._pack(event)} for event in self.triggers}

    def unpack(self, saved: Mapping[str, Any]) -> None:
        """Go on from the memories of a checkpoint, where the trigger is still of the same kind."""
        written = dump_triggers(self.triggers)
        for event, note in self._notes.items():
            held = saved.get(event)
            if held is not None and held["trigger"]["kind"] == written[event]["kind"]:
                note.memory, note.since = held["memory"], dict(held["since"])
                note.logged_in = held["logged_in"]

    def _pack(self, event: str) -> dict[str, Any]:
        note = self._notes.get(event)
        if note is None:
            return {}
        return {
            "memory": dict(note.memory),
            "since": dict(note.since),
            "logged_in": note.logged_in,
        }

    def _is_there(self, event: str, trigger: MetricTrigger, logged: Logged) -> bool:
        note = self._notes[event]
        if trigger.monitor in logged.values:
            note.logged_in = note.logged_in or logged.moment
            if (note.logged_in, logged.moment) == ("training epoch", "validation"):
                raise ScheduleError(_twice(trigger.monitor), f"triggers.{event}.monitor")
            return note.logged_in == logged.moment
        expected = logged.is_last if note.logged_in is None else note.logged_in == logged.moment
        if expected and trigger.missing == "error":
            raise ScheduleError(_missing(trigger.monitor, logged), f"triggers.{event}.monitor")
        return False


def _only(triggers: Mapping[str, Trigger], kind: type) -> dict[str, Any]:
    return {event: trigger for event, trigger in triggers.items() if isinstance(trigger, kind)}


def _renew(note: _Note, trigger: MetricTrigger, starts: Starts) -> None:
    """Begin to count anew where a part that waits for the event has begun since the last look."""
    if any(start > note.since.get(name, 0) for name, start in starts.items()):
        note.memory = trigger.start(note.memory)
    note.since |= starts


def _missing(monitor: str, logged: Logged) -> str:
    there = ", ".join(logged.names) or "nothing"
    return (
        f"{monitor!r} was not logged in this {logged.moment} (logged so far: {there}); write one "
        "of these, log it in training_step or validation_step (what a module logs in its own "
        "on_train_epoch_end comes too late), or write 'missing: skip'"
    )


def _twice(monitor: str) -> str:
    return (
        f"{monitor!r} is logged in training and in validation under one name; give one of them "
        "another name"
    )
