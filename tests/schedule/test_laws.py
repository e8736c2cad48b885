"""The laws of the algebra, over random schedules, spans and logs."""

import copy
import pickle
import time
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from numpy.typing import NDArray

import lr_plugin.schedule as algebra
from lr_plugin.schedule import (
    Clamp,
    Constant,
    Curve,
    Firing,
    Phase,
    Product,
    Repeat,
    Schedule,
    ScheduleError,
    Sequence,
    Shape,
    Span,
    Stretch,
    dump,
    identity,
    load,
)
from tests.schedule.strategies import (
    all_shapes,
    curves,
    firings,
    laws,
    lengths,
    logs,
    quiet_schedules,
    schedules,
    span_of,
    values,
)

short = st.integers(0, 60)


def steps_of(curve: Curve) -> NDArray[np.int64]:
    """Every step of a short span, the interesting ones of a long one, and some past the end."""
    n = curve.span.steps or 0
    every = np.arange(min(n, 200) + 1)
    joints = [s.start + d for s in islice(curve.segments(), 50) for d in (-1, 0, 1)]
    past = [n - 1, n, n + 1, n + 10**6]
    return np.unique(np.clip([*every, *joints, *past, n // 2, n // 3], 0, None)).astype(np.int64)


def valid(schedule: Schedule, span: Span) -> Curve:
    """Bind a schedule, or tell hypothesis to try another."""
    try:
        return schedule.over(span)
    except ScheduleError:
        assume(False)  # noqa: FBT003 - hypothesis' own word for "not this one"
        raise


# Values


@laws
@given(curves())
def test_a_scalar_gives_what_an_array_gives(curve: Curve) -> None:
    steps = steps_of(curve)
    assert [curve(int(step)) for step in steps] == list(curve(steps))


@laws
@given(curves(), st.randoms(use_true_random=False))
def test_the_order_and_company_of_steps_are_irrelevant(curve: Curve, random: object) -> None:
    steps = steps_of(curve)
    order = np.array(random.sample(range(len(steps)), len(steps)))  # type: ignore[attr-defined]
    assert list(curve(steps[order])) == list(curve(steps)[order])


@laws
@given(curves())
def test_the_shape_of_an_array_is_kept(curve: Curve) -> None:
    steps = steps_of(curve)[:4]
    square = np.tile(steps, (2, 3)).reshape(2, 3, -1)
    assert curve(square).shape == square.shape
    assert list(curve(square)[1, 2]) == list(curve(steps))


@laws
@given(curves())
def test_the_end_value_is_held(curve: Curve) -> None:
    n = curve.span.steps or 0
    assert curve(n) == curve(n + 1) == curve(n + 10**6)


@laws
@given(curves())
def test_nothing_changes_from_the_end_on(curve: Curve) -> None:
    end = curve.end()
    assert end is not None
    later = steps_of(curve)[steps_of(curve) >= end]
    assert set(curve(later)) <= {curve(end)}


@laws
@given(curves())
def test_values_are_finite(curve: Curve) -> None:
    assert np.isfinite(curve(steps_of(curve))).all()


@laws
@given(schedules, lengths, logs)
def test_what_passes_the_checks_can_be_evaluated_anywhere(
    schedule: Schedule, steps: int, log: tuple[Firing, ...]
) -> None:
    curve = valid(schedule, span_of(steps, log))
    assert len(curve(steps_of(curve))) == len(steps_of(curve))
    assert curve.end() is not None
    assert all(segment.start >= 0 for segment in islice(curve.segments(), 100))


@laws
@given(schedules, logs)
def test_what_passes_the_checks_for_an_unknown_length_can_be_evaluated_anywhere(
    schedule: Schedule, log: tuple[Firing, ...]
) -> None:
    curve = valid(schedule, span_of(None, log))
    assert np.isfinite(curve(np.array([*range(100), 10**6]))).all()


@laws
@given(all_shapes, st.integers(0, 1000), st.integers(1, 1000))
def test_a_shape_on_a_multiple_of_the_steps_is_the_same_sampled_more_often(
    shape: Shape, n: int, times: int
) -> None:
    step = np.arange(n + 1)
    assert list(shape.over(Span(n * times))(step * times)) == list(shape.over(Span(n))(step))


# Compositions


@laws
@given(curves(), st.sampled_from([None, "100%"]))
def test_a_sequence_of_one_phase_is_that_phase(curve: Curve, duration: str | None) -> None:
    alone = Sequence(phases={"only": Phase(schedule=curve.schedule, duration=duration)})
    assert list(alone.over(curve.span)(steps_of(curve))) == list(curve(steps_of(curve)))


@laws
@given(st.lists(st.tuples(quiet_schedules, st.integers(0, 20)), min_size=3, max_size=3), short)
def test_nesting_is_associative(parts: list[tuple[Schedule, int]], more: int) -> None:
    a, b, c = (Phase(schedule=each, duration=f"{length} steps") for each, length in parts)
    lengths = [length for _, length in parts]
    left = Sequence(phases={"a": a, "b": b})
    right = Sequence(phases={"b": b, "c": c})
    nested_left = Phase(schedule=left, duration=f"{lengths[0] + lengths[1]} steps")
    nested_right = Phase(schedule=right, duration=f"{lengths[1] + lengths[2]} steps")
    span = span_of(sum(lengths) + more)
    step = np.arange((span.steps or 0) + 3)
    flat = list(valid(Sequence(phases={"a": a, "b": b, "c": c}), span)(step))
    assert list(Sequence(phases={"left": nested_left, "c": c}).over(span)(step)) == flat
    assert list(Sequence(phases={"a": a, "right": nested_right}).over(span)(step)) == flat


@laws
@given(curves())
def test_a_product_with_one_is_identity(curve: Curve) -> None:
    product = Product(factors={"self": curve.schedule, "one": Constant()})
    assert list(product.over(curve.span)(steps_of(curve))) == list(curve(steps_of(curve)))


@laws
@given(schedules, schedules, lengths, logs)
def test_a_product_is_commutative(
    one: Schedule, other: Schedule, steps: int, log: tuple[Firing, ...]
) -> None:
    span = span_of(steps, log)
    curve = valid(Product(factors={"one": one, "other": other}), span)
    swapped = Product(factors={"other": other, "one": one}).over(span)
    assert list(swapped(steps_of(curve))) == list(curve(steps_of(curve)))


@laws
@given(curves(), st.sampled_from(["0.5", "2", "0.1"]), st.sampled_from(["3", "0.25", "10"]))
def test_stretches_multiply(curve: Curve, inner: str, outer: str) -> None:
    once = float(Fraction(inner) * Fraction(outer))
    twice = Stretch(
        schedule=Stretch(schedule=curve.schedule, factor=float(inner)), factor=float(outer)
    )
    expected = valid(Stretch(schedule=curve.schedule, factor=once), curve.span)
    assert list(twice.over(curve.span)(steps_of(curve))) == list(expected(steps_of(curve)))


@laws
@given(curves())
def test_a_stretch_by_one_is_identity(curve: Curve) -> None:
    stretched = Stretch(schedule=curve.schedule, factor=1)
    assert list(stretched.over(curve.span)(steps_of(curve))) == list(curve(steps_of(curve)))


@laws
@given(curves())
def test_one_repetition_is_the_schedule(curve: Curve) -> None:
    assume(curve.span.steps)
    once = Repeat(schedule=curve.schedule, count=1, peak_mult=0.5, length_mult=3)
    assert list(once.over(curve.span)(steps_of(curve))) == list(curve(steps_of(curve)))


@laws
@given(curves(log=st.just(())), st.integers(1, 5))
def test_repetitions_are_copies(curve: Curve, count: int) -> None:
    n = curve.span.steps or 0
    assume(n)
    several = Repeat(schedule=curve.schedule, count=count).over(
        replace(curve.span, steps=n * count)
    )
    local = steps_of(curve)[steps_of(curve) < n]
    assert all(list(several(local + i * n)) == list(curve(local)) for i in range(count))


@laws
@given(curves(), values, values)
def test_a_clamp_keeps_within_its_limits_and_changes_nothing_inside(
    curve: Curve, one: float, other: float
) -> None:
    low, high = min(one, other), max(one, other)
    clamped = Clamp(schedule=curve.schedule, min_value=low, max_value=high).over(curve.span)
    expected = [min(max(value, low), high) for value in curve(steps_of(curve))]
    assert list(clamped(steps_of(curve))) == expected


# Boundaries


@laws
@given(curves())
def test_segments_follow_each_other_without_gap_or_overlap(curve: Curve) -> None:
    segments = list(islice(curve.segments(), 500))
    stops = [segment.stop for segment in segments]
    assert [segment.start for segment in segments[1:]] == stops[:-1]
    assert all(s.start < (s.stop or 0) for s in segments) or curve.span.steps == 0
    assert not segments or segments[0].start == 0
    assert all(stop is not None and stop <= (curve.span.steps or 0) for stop in stops)


@laws
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.integers(1, 10**9))
def test_shares_tile_a_span_of_any_length(weights: list[int], n: int) -> None:
    total = sum(weights) or 1
    shares = [Fraction(100 * weight, total) for weight in weights]
    written = [f"{float(share):.9f}%" for share in shares[:-1]]
    assume(sum(Fraction(text[:-1]) for text in written) <= 100)
    lengths: list[str | None] = [*written, None]
    phases = {
        f"p{i}": Phase(schedule=Constant(value=i), duration=length)
        for i, length in enumerate(lengths)
    }
    curve = Sequence(phases=phases).over(Span(n))
    segments = list(curve.segments())
    assert [0, *(segment.stop for segment in segments)] == [*(s.start for s in segments), n]
    for segment in segments:
        assert curve(segment.start) == curve((segment.stop or 0) - 1) == float(segment.name[1:])
    exact = [sum(map(Fraction, (text[:-1] for text in written[:i]))) for i in range(len(lengths))]
    rounded = {f"p{i}": int(share * n / 100 + Fraction(1, 2)) for i, share in enumerate(exact)}
    assert all(segment.start == rounded[segment.name] for segment in segments)


@laws
@given(st.integers(1, 10**9), st.integers(1, 400), st.sampled_from([0.5, 0.9, 1, 1.1, 2, 3]))
def test_cycles_that_fill_a_span_tile_it(n: int, count: int, length_mult: float) -> None:
    count = count if length_mult == 1 else min(count, 30)
    curve = Repeat(schedule=Constant(), count=count, length_mult=length_mult).over(Span(n))
    segments = list(curve.segments())
    assert (segments[0].start, segments[-1].stop) == (0, n)
    assert all(early.stop == late.start for early, late in pairwise(segments))
    assert all(s.start < (s.stop or 0) for s in segments)


# Data


@laws
@given(schedules)
def test_a_schedule_is_what_its_repr_builds(schedule: Schedule) -> None:
    assert eval(repr(schedule), vars(algebra)) == schedule  # noqa: S307 - the law is about eval


@laws
@given(schedules)
def test_a_schedule_is_what_its_dump_loads(schedule: Schedule) -> None:
    loaded = load(dump(schedule))
    assert loaded == schedule
    assert repr(loaded) == repr(schedule)
    assert dump(loaded) == dump(schedule)


@laws
@given(schedules)
def test_copies_are_equal_and_have_the_same_hash(schedule: Schedule) -> None:
    for copied in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule)):  # noqa: S301 - ours
        assert copied == schedule
        assert hash(copied) == hash(schedule)


@laws
@given(st.lists(quiet_schedules, min_size=2, max_size=3))
def test_the_order_of_phases_is_part_of_what_a_sequence_is(parts: list[Schedule]) -> None:
    phases = {f"p{i}": Phase(schedule=part) for i, part in enumerate(parts)}
    turned = Sequence(phases=dict(reversed(phases.items())))
    assert turned != Sequence(phases=phases)
    assert list(dump(turned)["phases"]) == list(reversed(phases))


@laws
@given(curves(log=st.just(())))
def test_equal_curves_have_the_same_identity(curve: Curve) -> None:
    again = load(dump(curve.schedule)).over(curve.span)
    assert identity(again) == identity(curve)
    longer = replace(curve.span, steps=(curve.span.steps or 0) + 1)
    assert identity(valid(curve.schedule, longer)) != identity(curve)


# Events


def fired(curve: Curve, *firings: Firing) -> Curve:
    """The same schedule once these have been recorded too."""
    return valid(curve.schedule, replace(curve.span, log=(*curve.span.log, *firings)))


@laws
@given(curves(spans=short), firings)
def test_a_firing_changes_no_value_before_it(curve: Curve, firing: Firing) -> None:
    before = np.arange(firing.step)
    assert list(fired(curve, firing)(before)) == list(curve(before))


@laws
@given(schedules, logs, firings)
def test_a_firing_in_a_run_of_unknown_length_changes_no_value_before_it(
    schedule: Schedule, log: tuple[Firing, ...], firing: Firing
) -> None:
    curve = valid(schedule, span_of(None, log))
    before = np.arange(firing.step)
    assert list(fired(curve, firing)(before)) == list(curve(before))


@laws
@given(curves(spans=short), firings)
def test_a_firing_that_nothing_listens_for_changes_nothing(curve: Curve, firing: Firing) -> None:
    around = (firing.step - 1, firing.step)
    heard = {event for step in around for event, _ in curve.schedule.listens(step, curve.span)}
    assume(firing.event not in heard and not firing.latched)
    at = steps_of(curve)
    assert list(fired(curve, firing)(at)) == list(curve(at))


@laws
@given(curves(spans=short))
def test_the_order_in_which_a_log_is_kept_is_irrelevant(curve: Curve) -> None:
    turned = curve.schedule.over(replace(curve.span, log=curve.span.log[::-1]))
    assert list(turned(steps_of(curve))) == pytest.approx(list(curve(steps_of(curve))), rel=1e-15)


@laws
@given(st.lists(st.tuples(schedules, st.integers(1, 20)), min_size=1, max_size=3), logs, short)
def test_an_event_at_the_deadline_is_no_event(
    parts: list[tuple[Schedule, int]], log: tuple[Firing, ...], deadline: int
) -> None:
    waiting = {
        f"p{i}": Phase(schedule=part, duration=f"{n} steps") for i, (part, n) in enumerate(parts)
    }
    first = next(iter(waiting))
    waiting[first] = replace(waiting[first], duration=f"{deadline} steps", until="deadline")
    curve = valid(Sequence(phases=waiting), span_of(deadline + 60, log))
    late = fired(curve, Firing("deadline", deadline))
    assert list(late(steps_of(curve))) == list(curve(steps_of(curve)))
    assert late.end() == curve.end()


# Cost


def test_the_far_end_of_a_long_run_costs_what_its_beginning_costs() -> None:
    inner = Sequence(
        phases={
            "up": Phase(schedule=algebra.Linear(start_value=0.1, end_value=1.0), duration="50%"),
            "down": Phase(schedule=algebra.Cosine()),
        }
    )
    forms = {
        "repeat": Phase(schedule=Repeat(schedule=inner, period="1000 steps"), duration="50%"),
        "grow": Phase(schedule=Repeat(schedule=inner, period="1000 steps", length_mult=2)),
        "noise": Phase(schedule=algebra.Noise(every="3 steps"), duration="10%"),
    }
    curve = Sequence(phases=forms).over(Span(10**9))
    began = time.perf_counter()
    for start in (0, 5 * 10**8 - 2048, 9 * 10**8 - 2048, 10**9 - 4096):
        curve(np.arange(start, start + 4096))
    assert time.perf_counter() - began < 1.0
