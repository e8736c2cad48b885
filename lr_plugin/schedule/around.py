"""What wraps one other schedule and leaves its phases, its end and its events as they are."""

from collections.abc import Iterator
from typing import final

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.segment import Segment
from lr_plugin.schedule.span import Span


class Around(Schedule):
    """A schedule around another one.

    Examples
    --------
    >>> from lr_plugin.schedule import Clamp, Linear
    >>> from lr_plugin.schedule.around import Around
    >>> isinstance(Clamp(schedule=Linear(), min_value=0.1), Around)
    True
    """

    __slots__ = ()

    #: What is wrapped.
    schedule: Schedule

    def inner(self, span: Span) -> Span:
        """Span that the wrapped schedule runs over.

        Parameters
        ----------
        span : Span
            The stretch of time that this node runs over.

        Returns
        -------
        Span
            The same, unless the node changes it.
        """
        return span

    @final
    def segments(self, span: Span) -> Iterator[Segment]:
        return self.schedule.segments(self.inner(span))

    def end(self, span: Span) -> int | None:
        return self.schedule.end(self.inner(span))

    @final
    def is_settled(self, span: Span) -> bool:
        return self.schedule.is_settled(self.inner(span))

    @final
    def listens(self, step: int, span: Span) -> Iterator[tuple[str, int]]:
        return self.schedule.listens(step, self.inner(span))
