"""The linter itself: runs every check over every part, and tries every fix before it says it."""

from collections.abc import Collection, Iterator, Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias, final

from lr_plugin.lint.edit import Edits, Path, edited, words
from lr_plugin.lint.finding import Finding, Problem
from lr_plugin.lint.joints import jumps, peaks
from lr_plugin.lint.lengths import cut_cycles, empty_phases, ends_early
from lr_plugin.lint.parts import parts
from lr_plugin.lint.values import (
    floors_above,
    floors_below,
    last_floor,
    never_changes,
    starts_at_zero,
)
from lr_plugin.schedule import Schedule, ScheduleError, Span

__all__ = ["lint"]

Problems: TypeAlias = dict[tuple[str, Path], Problem]

_CHECKS = (jumps, peaks, empty_phases, cut_cycles, floors_above, floors_below)


def lint(  # noqa: PLR0913 - what may be known of a run, all but the first two by keyword
    schedule: Schedule,
    span: Span,
    *,
    key: str = "schedule",
    drives: str = "lr",
    stop: bool = False,
    silence: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Find what is legal in a schedule but probably not meant.

    What is wrong is an error already, from ``schedule.over(span)``. Nothing here looks at the run:
    events are taken as planned.

    Parameters
    ----------
    schedule : Schedule
        What to look at.
    span : Span
        The run.
    key : str
        Where the schedule is written.
    drives : str
        The hyperparameter: a learning rate of 0 trains nothing, a weight decay of 0 is a choice.
    stop : bool
        Whether the run stops where the schedule ends.
    silence : collection of str
        Names of findings that are meant.

    Returns
    -------
    tuple of Finding
        Without those that are meant.

    Raises
    ------
    ScheduleError
        If the schedule cannot run over this span.

    Examples
    --------
    >>> from lr_plugin.recipe import load_schedule
    >>> from lr_plugin.schedule import Span
    >>> for finding in lint(load_schedule("wsd", ["phases.warmup.start_value=0"]), Span(1000)):
    ...     print(finding)
    schedule: the value of the first step is 0, and the largest is 1; to mend it, write
    schedule.phases.warmup.start_value=0.01 [first_step_zero]
    """
    schedule.over(span)
    look = _Look(span, drives=drives, stop=stop)
    problems = look(schedule)
    return tuple(
        Finding(
            name=each.name,
            key=".".join((key, *each.path)),
            message=each.message,
            fix=words(schedule, _mended(schedule, problems, each, look), key),
        )
        for each in problems.values()
        if each.name not in silence
    )


@final
@dataclass(frozen=True, slots=True)
class _Look:
    """All checks, over one run."""

    span: Span
    drives: str
    stop: bool

    def __call__(self, schedule: Schedule) -> Problems:
        """Find problems; where one part has the same twice, the first."""
        found: Problems = {}
        for problem in self._all(schedule):
            found.setdefault((problem.name, problem.path), problem)
        return found

    def _all(self, schedule: Schedule) -> Iterator[Problem]:
        inside = parts(schedule, self.span)
        values = inside[0].sampled()
        for part in inside:
            for check in _CHECKS:
                yield from check(part)
        yield from last_floor(inside[0])
        for part in inside[1:] if self.stop else inside:
            yield from ends_early(part)
        if not any(True for part in inside for _ in floors_above(part)):  # which is why, then
            yield from never_changes(inside, values)
        if self.drives == "lr":
            yield from starts_at_zero(inside, values)


def _mended(schedule: Schedule, problems: Problems, problem: Problem, look: _Look) -> Edits:
    """Choose the first remedy that works and mars nothing, or else the first that works."""
    working: list[Edits] = []
    for remedy in problem.remedies:
        left = _left(schedule, remedy, look)
        if left is not None and (problem.name, problem.path) not in left:
            if left <= problems.keys():
                return remedy
            working.append(remedy)
    return working[0] if working else ()


def _left(schedule: Schedule, remedy: Edits, look: _Look) -> AbstractSet[tuple[str, Path]] | None:
    """Give what is found after a remedy; None if that cannot be written or cannot run."""
    try:
        changed = edited(schedule, remedy)
        changed.over(look.span)
        return look(changed).keys()
    except ScheduleError:
        return None
