from fractions import Fraction

import pytest
from hypothesis import given

from lr_plugin.schedule import (
    Constant,
    Firing,
    Linear,
    Multistep,
    Phase,
    Repeat,
    Schedule,
    ScheduleError,
    Sequence,
    Span,
    least_span,
)
from tests.schedule.strategies import laws, lengths, logs, schedules, span_of


def hold(duration: str) -> Phase:
    return Phase(schedule=Constant(), duration=duration)


@pytest.mark.parametrize(
    ("schedule", "least"),
    [
        (Linear(), 1),
        (Sequence(phases={"a": hold("500 steps")}), 500),
        (Sequence(phases={"a": hold("500 steps"), "b": hold("50%")}), 1000),
        (Sequence(phases={"a": hold("2.5 epochs"), "b": hold("10%")}), 28),
        (Sequence(phases={"a": hold("64 samples"), "b": Phase(schedule=Linear())}), 2),
        (Repeat(schedule=Linear(), period="7 steps", count=3, length_mult=2), 49),
    ],
)
def test_the_least_span_is_the_shortest_that_fits(schedule: Schedule, least: int) -> None:
    span = Span(1, steps_per_epoch=10, samples_per_step=32)
    assert least_span(schedule, span) == Span(least, steps_per_epoch=10, samples_per_step=32)


@pytest.mark.parametrize("steps", [None, 0, 500, 501, 10**9])
def test_a_span_that_fits_or_is_unknown_is_left_alone(steps: int | None) -> None:
    span = Span(steps, log=(Firing("plateau", 3),))
    schedule = Sequence(phases={"a": hold("0 steps")}) if not steps else Linear()
    assert least_span(schedule, span) is span


def test_nothing_is_made_shorter() -> None:
    assert least_span(Sequence(phases={"a": hold("3 steps")}), Span(8)).steps == 8


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        (Sequence(phases={"a": hold("60%"), "b": hold("50%")}), "^phases: 'b' would end at"),
        (Sequence(phases={"a": hold("2 epochs")}), "^phases.a.duration: '2 epochs' needs an epoch"),
        (Multistep(milestones=("50%", "10%")), "^milestones: .* in ascending order"),
    ],
)
def test_what_fits_no_span_raises_its_own_error(schedule: Schedule, problem: str) -> None:
    with pytest.raises(ScheduleError, match=problem):
        least_span(schedule, Span(1))


@laws
@given(schedules, lengths, logs)
def test_what_has_a_least_span_can_run_over_it(
    schedule: Schedule, steps: int, log: tuple[Firing, ...]
) -> None:
    try:
        span = least_span(schedule, span_of(steps, log))
    except ScheduleError as error:
        assert error.problem  # noqa: PT017 - some fit no span, and say why
        return
    assert schedule.over(span).span.steps == span.steps >= steps  # type: ignore[operator] # known
    assert span.steps_per_epoch == Fraction(7, 2)
