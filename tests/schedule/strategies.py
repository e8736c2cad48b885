"""Random schedules, spans and logs: the whole algebra, legal by construction or nearly so."""

from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, assume, settings, strategies as st

from lr_plugin.schedule import (
    Affine,
    Chebyshev,
    Clamp,
    Constant,
    Cosine,
    Curve,
    Drop,
    Exponential,
    ExponentialDecay,
    Firing,
    Hold,
    InversePower,
    InverseSqrt,
    Knots,
    Linear,
    Multistep,
    Noise,
    Phase,
    Polynomial,
    Power,
    Product,
    Repeat,
    Rex,
    Scaled,
    Schedule,
    ScheduleError,
    Sequence,
    Shape,
    Skip,
    Span,
    Sqrt,
    Step,
    Stretch,
    Tanh,
    Warp,
    least_span,
)

laws = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

EVENTS = ("plateau", "signal")
NAMES = ("warmup", "stable", "decay", "cooldown")

values = st.sampled_from([-1, 0, 1, 2, 0.01, 0.1, 0.5, 1.0, 1.5, 1 / 3])
positive = st.sampled_from([0.01, 0.1, 0.3, 0.5, 0.9, 1, 1.0, 1.1, 2, 3.0])
factors = st.sampled_from([0.1, 0.5, 0.9, 1, 1.5])
events = st.sampled_from(EVENTS)
lengths = st.sampled_from([0, 1, 2, 3, 7, 10, 99, 1000, 12_345, 10**9]) | st.integers(0, 300)

percents = st.sampled_from(["0.1%", "1%", "2.5%", "10%", "33.3%", "50%", "100 percent", "120%"])
absolutes = st.sampled_from(
    ["1 steps", "2 steps", "3.5 steps", "10 steps", "1e2 steps"]  # noqa: RUF005 - two short lines
    + ["0.5 epochs", "1 epochs", "2.25 epoch", "32 samples", "100 samples", "1_000 samples"]
)
durations = percents | absolutes
distances = st.sampled_from(["1 steps", "2.5 steps", "7 steps", "1 epochs", "64 samples"])


def _ramps(node: Any, **more: st.SearchStrategy[object]) -> st.SearchStrategy[Shape]:  # noqa: ANN401 - a class
    return st.builds(node, start_value=values, end_value=values, **more)


shapes: st.SearchStrategy[Shape] = st.one_of(
    _ramps(Linear),
    _ramps(Cosine, power=positive),
    _ramps(Polynomial, power=positive),
    _ramps(Power, power=positive),
    _ramps(Sqrt),
    _ramps(Rex),
    _ramps(Tanh),
    _ramps(Exponential, ratio=st.none() | st.sampled_from([0.001, 0.5, 2])),
)
all_shapes = shapes | st.builds(Warp, schedule=shapes, power=positive)


@st.composite
def _knots(draw: st.DrawFn) -> Knots:
    way = draw(st.sampled_from(["linear", "cosine", "step"]))
    positions = sorted(draw(st.lists(st.integers(0, 120), min_size=2, max_size=4)))
    heights = draw(st.lists(values, min_size=len(positions), max_size=len(positions)))
    written = tuple(f"{position}%" for position in positions)
    return Knots(positions=written, values=tuple(heights), interpolation=way)


event_leaves: st.SearchStrategy[Schedule] = st.one_of(
    st.builds(Drop, event=events, factor=factors),
    st.builds(Scaled, event=events),
)
quiet_leaves: st.SearchStrategy[Schedule] = st.one_of(
    st.builds(Constant, value=values),
    all_shapes,
    st.builds(ExponentialDecay, every=durations, factor=st.sampled_from([0.1, 0.5, 1])),
    st.builds(Step, every=percents | distances, factor=st.sampled_from([0.1, 0.5, 1])),
    st.builds(
        Multistep,
        milestones=st.sampled_from([("50%", "75%"), ("3 steps",), ("0%", "10%", "100%", "150%")]),
        factor=factors,
    ),
    st.builds(InverseSqrt, timescale=durations),
    st.builds(InversePower, timescale=distances, power=positive),
    _knots(),
    st.builds(Noise, seed=st.integers(0, 2**64 - 1), every=percents | distances),
    st.builds(Chebyshev, count=st.sampled_from([1, 2, 8])),
)


@st.composite
def _sequences(
    draw: st.DrawFn, parts: st.SearchStrategy[Schedule], ends: st.SearchStrategy[str | None]
) -> Sequence:
    """Up to four phases whose shares fit the span; some lengths are absolute, one may be open."""
    weights = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    total = sum(weights) + draw(st.integers(0, 2)) or 1
    opened = draw(st.none() | st.integers(0, len(weights) - 1))
    cut = draw(st.booleans())
    phases: dict[str, Phase] = {}
    for i, weight in enumerate(weights):
        share = f"{1000 * weight // total / 10}%"
        until = f"{1000 * sum(weights[: i + 1]) // total / 10}%"
        length: dict[str, str] = {
            "duration": draw(st.just(share) | absolutes if cut else st.just(share))
        }
        if opened is None and not cut and draw(st.booleans()):
            length = {"ends_at": until}
        phases[NAMES[i]] = Phase(
            schedule=draw(parts),
            until=draw(ends),
            relative=draw(st.booleans()),
            **({} if i == opened else length),
        )
    return Sequence(phases=phases)


def _repeats(parts: st.SearchStrategy[Schedule]) -> st.SearchStrategy[Schedule]:
    more = {"schedule": parts, "floor": values}
    fall = st.sampled_from([0.1, 0.9, 1])
    period = percents | distances
    grow = st.sampled_from([1, 1.5, 2])
    count = {"count": st.integers(1, 6), "length_mult": positive, "peak_mult": factors}
    return st.one_of(
        st.builds(Repeat, **count, **more),
        st.builds(Repeat, period=period, length_mult=grow, peak_mult=fall, **more),
        st.builds(Repeat, period=period, **count, **more),
    )


def _composed(
    parts: st.SearchStrategy[Schedule], ends: st.SearchStrategy[str | None]
) -> st.SearchStrategy[Schedule]:
    named = st.dictionaries(st.sampled_from(NAMES), parts, min_size=1, max_size=3)
    return st.one_of(
        _sequences(parts, ends),
        _sequences(parts, ends),
        st.builds(Product, factors=named),
        _repeats(parts),
        st.builds(Clamp, schedule=parts, min_value=st.just(-0.5), max_value=st.none() | st.just(1)),
        st.builds(Affine, schedule=parts, scale=values, offset=values),
        st.builds(Stretch, schedule=parts, factor=st.sampled_from([0.5, 1, 1.7, 3])),
        st.builds(Hold, schedule=parts, every=percents | distances),
        st.builds(Skip, schedule=parts, by=durations),
    )


quiet_schedules = st.recursive(
    quiet_leaves, lambda parts: _composed(parts, st.none()), max_leaves=6
)
schedules = st.recursive(
    quiet_leaves | event_leaves, lambda parts: _composed(parts, st.none() | events), max_leaves=6
)

firings = st.builds(
    Firing,
    event=events,
    step=st.integers(1, 60),
    value=st.sampled_from([0.5, 1.0, 2.0]),
    latched=st.booleans(),
)
logs = st.lists(firings, max_size=4).map(tuple)


def span_of(steps: int | None, log: tuple[Firing, ...] = ()) -> Span:
    """A span in which every unit is known; an epoch is three steps and a half."""
    return Span(steps, steps_per_epoch=Fraction(7, 2), samples_per_step=32, log=log)


@st.composite
def curves(
    draw: st.DrawFn,
    nodes: st.SearchStrategy[Schedule] = schedules,
    spans: st.SearchStrategy[int] = lengths,
    log: st.SearchStrategy[tuple[Firing, ...]] = logs,
) -> Curve:
    """A schedule over the shortest span that it fits, at least as long as one of `spans`."""
    schedule = draw(nodes)
    span = span_of(draw(spans), draw(log))
    try:
        return schedule.over(least_span(schedule, span))
    except ScheduleError:
        assume(False)  # noqa: FBT003 - hypothesis' own word for "not this one"
        raise
