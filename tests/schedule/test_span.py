from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lr_plugin.schedule import Duration, Firing, ScheduleError, Span
from lr_plugin.schedule.rounding import boundary, nearest, passed
from tests.schedule.strategies import laws

RUN = Span(1000, steps_per_epoch=100, samples_per_step=32, tokens_per_sample=512)
FIRINGS = (Firing("plateau", 3), Firing("signal", 5, latched=True), Firing("plateau", 9, 0.5))


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        ("5%", 50),
        ("0.05%", Fraction(1, 2)),
        ("120%", 1200),
        ("0%", 0),
        ("7 steps", 7),
        ("0.5 steps", Fraction(1, 2)),
        ("1 epochs", 100),
        ("2.25 epochs", 225),
        ("32 samples", 1),
        ("1 samples", Fraction(1, 32)),
        ("16384 tokens", 1),
    ],
)
def test_a_duration_is_an_exact_number_of_steps(written: str, steps: Fraction | int) -> None:
    assert RUN.count(Duration.parse(written)) == steps


@pytest.mark.parametrize(
    ("written", "steps"), [("10%", 100), ("10 steps", 15), ("1 epochs", 150), ("32 samples", 1.5)]
)
def test_only_absolute_durations_are_stretched(written: str, steps: float) -> None:
    assert replace(RUN, stretch=Fraction(3, 2)).count(Duration.parse(written)) == steps


def test_an_epoch_may_be_a_fraction_of_steps() -> None:
    assert Span(7, steps_per_epoch=Fraction(7, 2)).count(Duration.parse("2 epochs")) == 7


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            "5%",
            (
                "'5%' needs a run of known length; set the total (max_steps, or total= of the "
                "callback) or write the duration in steps"
            ),
        ),
        (
            "2 epochs",
            "'2 epochs' needs an epoch of known, constant length; write it in % or in steps",
        ),
        (
            "9 samples",
            "'9 samples' needs a known number of samples per step; write it in % or in steps",
        ),
        (
            "10 min",
            (
                "'10 min' has no fixed length in a run measured in steps; write it in %, or put it "
                "into a phase whose duration has the same unit"
            ),
        ),
    ],
)
def test_what_the_span_does_not_know_says_what_to_write(written: str, problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        Span(None).count(Duration.parse(written))
    assert str(raised.value) == problem


@pytest.mark.parametrize(("written", "end"), [("5 steps", 8), ("10%", 103), ("1 epochs", 103)])
def test_a_duration_can_be_counted_from_a_position(written: str, end: int) -> None:
    assert RUN.after(Fraction(3), Duration.parse(written)) == end


def test_tokens_need_samples_of_known_length() -> None:
    with pytest.raises(ScheduleError, match="needs a known number of tokens per sample"):
        Span(10, samples_per_step=2).count(Duration.parse("9 tokens"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", -1),
        ("steps", 1.5),
        ("steps", 10.0),
        ("steps", True),
        ("steps", "10"),
        ("steps", float("inf")),
        ("steps_per_epoch", 0),
        ("steps_per_epoch", 0.5),
        ("samples_per_step", 0),
        ("samples_per_step", -32),
        ("tokens_per_sample", 0),
    ],
)
def test_what_is_no_length_is_refused_with_its_field(field: str, value: object) -> None:
    with pytest.raises(ScheduleError) as raised:
        Span(**{"steps": 10, field: value})  # type: ignore[arg-type] # wrong on purpose
    assert str(raised.value) == f"{field}: {value!r} is no length of time; write a whole number"


@pytest.mark.parametrize("steps", [None, 0, 1, 10**12])
def test_a_length_may_be_unknown_or_zero_or_huge(steps: int | None) -> None:
    assert Span(steps).steps == steps


def test_spans_are_hashable_and_equal_by_value() -> None:
    assert {Span(10, log=FIRINGS), Span(10, log=FIRINGS)} == {Span(10, log=FIRINGS)}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(4, [0, 0.25, 0.75, 1, 1]), (1, [0, 1, 1, 1, 1]), (0, [1, 1, 1, 1, 1])],
)
def test_progress_is_the_share_done_and_stays_at_one(steps: int, expected: list[float]) -> None:
    assert list(Span(steps).progress(np.array([0, 1, 3, 4, 9]))) == expected


def test_progress_needs_a_known_length() -> None:
    with pytest.raises(ScheduleError, match="this shape runs over the whole span, whose length is"):
        Span(None).progress(np.array([0]))


@pytest.mark.parametrize(
    ("steps", "held", "last_held"),
    [(3, [0, 2, 3, 3], [0, 2, 2, 2]), (0, [0, 0, 0, 0], [0, 0, 0, 0]), (None, [0, 2, 3, 9], None)],
)
def test_steps_are_held_at_the_end(
    steps: int | None, held: list[int], last_held: list[int] | None
) -> None:
    at = np.array([0, 2, 3, 9])
    assert list(Span(steps).held(at)) == held
    assert list(Span(steps).last_held(at)) == (last_held or held)


@pytest.mark.parametrize(
    ("start", "seen"),
    [
        (0, [("plateau", 3), ("signal", 5), ("plateau", 9)]),
        (2, [("plateau", 1), ("signal", 3), ("plateau", 7)]),
        (3, [("signal", 2), ("plateau", 6)]),
        (5, [("signal", 0), ("plateau", 4)]),
        (9, [("signal", 0)]),
    ],
)
def test_a_part_sees_what_fires_after_its_start_and_what_is_latched(
    start: int, seen: list[tuple[str, int]]
) -> None:
    inner = Span(10, log=FIRINGS).inner(start, 4)
    assert inner.steps == 4
    assert [(firing.event, firing.step) for firing in inner.log] == seen


def test_a_part_has_the_units_of_the_whole() -> None:
    assert RUN.inner(7, 5) == replace(RUN, steps=5)


def test_firings_of_one_event_come_oldest_first() -> None:
    log = (Firing("plateau", 9), Firing("signal", 1), Firing("plateau", 3))
    assert [firing.step for firing in Span(10, log=log).firings("plateau")] == [3, 9]


@pytest.mark.parametrize(
    ("amount", "step"),
    [("0", 0), ("0.49", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999999999999999999", 2)],
)
def test_halves_are_rounded_up(amount: str, step: int) -> None:
    assert nearest(Fraction(amount)) == step


every = st.fractions(Fraction(1, 100), 10**9, max_denominator=10**6)


@laws
@given(every, st.lists(st.integers(0, 10**9), min_size=1))
def test_a_step_has_passed_the_boundaries_at_or_before_it(
    length: Fraction, steps: list[int]
) -> None:
    counts = [int(count) for count in passed(np.array(steps), length)]
    assert all(nearest(length * n) <= s for n, s in zip(counts, steps, strict=True))
    assert all(nearest(length * (n + 1)) > s for n, s in zip(counts, steps, strict=True))


@laws
@given(every, st.lists(st.integers(0, 10**6), min_size=1))
def test_boundaries_are_multiples_rounded_to_the_nearest_step(
    length: Fraction, index: list[int]
) -> None:
    assert list(boundary(np.array(index), length)) == [nearest(length * i) for i in index]


def test_rounding_is_exact_where_products_leave_64_bits() -> None:
    third = Fraction(10**18 + 1, 3 * 10**9)
    index = np.array([10**9 - 1, 10**9])
    assert list(boundary(index, third)) == [nearest(third * int(i)) for i in index]
