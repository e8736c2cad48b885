"""Phases, and where each begins and ends: planned, and as recorded events have cut it short."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from lr_plugin.schedule.duration import Duration
from lr_plugin.schedule.error import ScheduleError, within
from lr_plugin.schedule.phase import Phase
from lr_plugin.schedule.rounding import Steps, nearest
from lr_plugin.schedule.span import Span


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where a phase really is.

    Parameters
    ----------
    start : int or None
        First step; ``None`` while an event that has not fired is in front of it.
    steps : int or None
        Steps that it really lasts; ``None`` while that is not known.
    outer : Span
        The phase's own span, of the planned length, on the sequence's clock.
    inner : Span
        The same on the phase's clock: another one if its duration has the other clock's unit.
    """

    start: int | None
    steps: int | None
    outer: Span
    inner: Span

    @property
    def is_foreign(self) -> bool:
        """Whether the phase has another clock than the sequence."""
        return self.outer.clock != self.inner.clock

    def local(self, step: Steps) -> Steps:
        """Ticks of the phase's clock at steps of the sequence in it or after it."""
        outer = step - (self.start or 0)
        held = outer if self.steps is None else np.minimum(outer, self.steps)
        return self.outer.record.other(held, self.outer.clock) if self.is_foreign else held


def place(phases: Mapping[str, Phase], span: Span) -> list[Place]:
    """Place the phases in a span, under the events recorded in it.

    Parameters
    ----------
    phases : mapping of str to Phase
        The phases, in order.
    span : Span
        The span that they share.

    Returns
    -------
    list of Place
        One for each phase.

    Raises
    ------
    ScheduleError
        If the phases do not fit, or if a length cannot be known.
    """
    places: list[Place] = []
    start: int | None = 0
    gained = 0
    for (name, phase), planned in zip(phases.items(), _lengths(phases, span), strict=True):
        length = planned
        if planned is not None and _is_open(phase):
            length, gained = planned + gained, 0
        if gained and start is not None and _is_foreign(phase, span):
            length = nearest(_recorded_end(name, phases, Fraction(start), span)) - start
        outer = span.inner(start or 0, length)
        steps = _cut(phase, outer)
        places.append(Place(start, steps, outer, _on_own_clock(phase, outer)))
        if length is not None and steps is not None:
            gained += length - steps
        start = None if start is None or steps is None else start + steps
    return places


def _on_own_clock(phase: Phase, outer: Span) -> Span:
    return outer.foreign(Duration.parse(phase.duration)) if _is_foreign(phase, outer) else outer


def _is_foreign(phase: Phase, span: Span) -> bool:
    return phase.duration is not None and span.is_foreign(Duration.parse(phase.duration))


def _cut(phase: Phase, span: Span) -> int | None:
    """Give the steps that a phase lasts: up to its event, at most its planned length."""
    firings = span.firings(phase.until)[:1] if phase.until else []
    return _least([span.steps, *(firing.step for firing in firings)])


def _least(ends: Iterable[int | None]) -> int | None:
    return min((end for end in ends if end is not None), default=None)


def _is_open(phase: Phase) -> bool:
    return phase.duration is None and phase.ends_at is None


def _lengths(phases: Mapping[str, Phase], span: Span) -> list[int | None]:
    """Give planned lengths in steps: the distances between the rounded boundaries."""
    lengths: list[int | None] = []
    start: Fraction | None = Fraction(0)
    for (name, phase), end in zip(phases.items(), _ends(phases, span), strict=True):
        if start is not None and end is not None:
            lengths.append(nearest(end) - nearest(start))
        elif _is_open(phase):
            lengths.append(None)
        else:
            lengths.append(nearest(_count(name, "duration", phase.duration, span)))
        start = end
    return lengths


def _ends(phases: Mapping[str, Phase], span: Span) -> list[Fraction | None]:
    """Give exact planned ends; unknown from the open phase of a run of unknown length on."""
    names = list(phases)
    _check_one_open(phases)
    ends: list[Fraction | None] = []
    position: Fraction | None = Fraction(0)
    for i, (name, phase) in enumerate(phases.items()):
        if _is_open(phase):
            position = _rest(name, phases, names[i + 1 :], span)
        elif phase.ends_at is not None:
            position = _count(name, "ends_at", phase.ends_at, span)
        elif position is not None and _is_foreign(phase, span):
            position = _recorded_end(name, phases, position, span)
        elif position is not None:
            position += _count(name, "duration", phase.duration, span)
        ends.append(position)
    _check_fit(names, ends, span)
    return ends


def _rest(name: str, phases: Mapping[str, Phase], later: list[str], span: Span) -> Fraction | None:
    """Give the end of the open phase: what the later ones leave of the span."""
    for other in later:
        if phases[other].ends_at is not None:
            raise ScheduleError(
                f"where {name!r} ends is open, so {other!r} needs a duration, not an ends_at",
                f"phases.{other}.ends_at",
            )
        if _is_foreign(phases[other], span):
            raise ScheduleError(
                f"when {other!r} has to begin cannot be known from '{phases[other].duration}'; "
                f"write a duration in % or in the unit of the run's total",
                f"phases.{other}.duration",
            )
    needed = [_count(other, "duration", phases[other].duration, span) for other in later]
    if span.steps is not None:
        return span.steps - sum(needed, Fraction(0))
    if later and phases[name].until is None:
        raise ScheduleError(
            f"{later[0]!r} begins when {name!r} ends, and that needs a run of known length; set "
            f"the total (max_steps, or total= of the callback), or give {name!r} a duration in "
            "steps or an until",
            f"phases.{name}",
        )
    return None


def _recorded_end(name: str, phases: Mapping[str, Phase], start: Fraction, span: Span) -> Fraction:
    """Give the end of a phase on the other clock: recorded, at the latest when others need it."""
    with within(f"phases.{name}.duration"):
        end = span.after(start, Duration.parse(phases[name].duration))
    if span.steps is None:
        return end
    names = list(phases)
    later = [phases[n] for n in names[names.index(name) + 1 :]]
    fixed = [p.duration for p in later if p.duration and not _is_foreign(p, span)]
    needed = sum((span.count(Duration.parse(written)) for written in fixed), Fraction(0))
    return max(start, min(end, span.steps - needed))


def _count(name: str, field: str, written: str | None, span: Span) -> Fraction:
    with within(f"phases.{name}.{field}"):
        return span.count(Duration.parse(written))


def _check_one_open(phases: Mapping[str, Phase]) -> None:
    several = [name for name, phase in phases.items() if _is_open(phase)]
    if len(several) > 1:
        raise ScheduleError(
            f"{' and '.join(several)} have no duration, and only one phase can take the rest; "
            f"write for example {several[0]}.duration: 10%",
            "phases",
        )


def _check_fit(names: list[str], ends: list[Fraction | None], span: Span) -> None:
    start = Fraction(0)
    for name, end in zip(names, ends, strict=True):
        if end is None:
            return
        if end < start or (span.steps is not None and end > span.steps):
            raise ScheduleError(_too_long(name, start, end, span), "phases")
        start = end


def _too_long(name: str, start: Fraction, end: Fraction, span: Span) -> str:
    if end < 0:  # of the open phase, when those behind it alone are too long
        needed = float((span.steps or 0) - end)
        return f"what follows {name!r} takes {needed:.6g} of {span.steps} steps; shorten a phase"
    if end < start:
        missing = f"{name!r} would have to end at step {float(end):.6g}"
        return f"{missing}, before it begins at step {float(start):.6g}; shorten another phase"
    return (
        f"{name!r} would end at step {float(end):.6g} of only {span.steps}; shorten a phase, or "
        "leave one without a duration to take the rest"
    )
