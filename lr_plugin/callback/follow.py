"""Following: a rule whose values are those of another rule, seen through a straight line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, final

from typing_extensions import override

from lr_plugin.schedule import Schedule, ScheduleError, Segment, Span
from lr_plugin.schedule.span import Steps, Values

Range: TypeAlias = tuple[float, float]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Following(Schedule):
    """Another rule's schedule, with the range `source` moved linearly onto the range `target`.

    Parameters
    ----------
    schedule : Schedule
        What is followed.
    follow : str
        Name of the rule that it belongs to.
    source, target : tuple of float
        Value ``source[0]`` becomes ``target[0]``, ``source[1]`` becomes ``target[1]``.

    Raises
    ------
    ScheduleError
        If `source` is a single point.

    Examples
    --------
    Momentum between 0.95 and 0.85, lowest where the learning rate is highest:

    >>> from lr_plugin.schedule import Linear, Span
    >>> ramp = Linear(start_value=0.0, end_value=1.0)
    >>> momentum = Following(schedule=ramp, follow="lr", target=(0.95, 0.85))
    >>> momentum.over(Span(4))([0, 2, 4])
    array([0.95, 0.9 , 0.85])
    """

    schedule: Schedule
    follow: str
    source: Range = (0.0, 1.0)
    target: Range = (0.0, 1.0)

    def __post_init__(self) -> None:
        if self.source[0] == self.source[1]:
            raise ScheduleError(f"{list(self.source)} is one point, not a range", "map")

    @override
    def evaluate(self, step: Steps, span: Span) -> Values:
        share = (self.schedule.evaluate(step, span) - self.source[0]) / (
            self.source[1] - self.source[0]
        )
        return self.target[0] * (1 - share) + self.target[1] * share

    @override
    def segments(self, span: Span) -> Iterator[Segment]:
        return self.schedule.segments(span)

    @override
    def end(self, span: Span) -> int | None:
        return self.schedule.end(span)
