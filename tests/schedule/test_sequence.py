"""Phases one after another, against torch and by hand."""

import warnings
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest
from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
)

from lr_plugin.schedule import (
    Constant,
    Cosine,
    Linear,
    Phase,
    Schedule,
    ScheduleError,
    Segment,
    Sequence,
    Span,
    Step,
    load,
)
from tests.schedule.test_shapes import Build, traced

N = 50
LINEAR = {"kind": "linear"}


def phases(*lengths: str | None, **more: str | None) -> Sequence:
    """Constants 1, 2, 3, ... of these durations."""
    named = {f"p{i}": length for i, length in enumerate(lengths, 1)} | more
    return Sequence(
        phases={
            name: Phase(schedule=Constant(value=i), duration=length)
            for i, (name, length) in enumerate(named.items(), 1)
        }
    )


def segments(schedule: Schedule, span: Span) -> list[tuple[str, int, int | None]]:
    return [(s.name, s.start, s.stop) for s in schedule.over(span).segments()]


def warmup_cosine(opt: Optimizer) -> SequentialLR:
    with warnings.catch_warnings(action="ignore"):
        warmup = LinearLR(opt, start_factor=0.1, total_iters=10)
        decay = CosineAnnealingLR(opt, T_max=N - 10, eta_min=0.05)
        return SequentialLR(opt, [warmup, decay], milestones=[10])


@pytest.mark.parametrize(
    ("schedule", "build"),
    [
        (
            Sequence(
                phases={
                    "warmup": Phase(schedule=Linear(start_value=0.1, end_value=1), duration="20%"),
                    "decay": Phase(schedule=Cosine(end_value=0.05)),
                }
            ),
            warmup_cosine,
        ),
        (
            Sequence(
                phases={
                    "low": Phase(schedule=Constant(value=0.3), duration="7 steps"),
                    "full": Phase(schedule=Constant()),
                }
            ),
            lambda opt: ConstantLR(opt, factor=0.3, total_iters=7),
        ),
    ],
)
def test_a_sequence_equals_torchs(schedule: Schedule, build: Build) -> None:
    ours = schedule.over(Span(N))(np.arange(N))
    assert list(ours) == pytest.approx(list(traced(build, N)), rel=1e-12)


@pytest.mark.parametrize(("strategy", "ramp"), [("cos", Cosine), ("linear", Linear)])
@pytest.mark.parametrize("phases", [2, 3])
def test_torchs_one_cycle_over_n_steps_is_ours_over_one_fewer(
    strategy: Literal["cos", "linear"], ramp: type[Cosine | Linear], phases: int
) -> None:
    up = Phase(schedule=ramp(start_value=0.04, end_value=1), duration="15 steps")  # 0.32 * 50 - 1
    down = Phase(schedule=ramp(start_value=1, end_value=0.04), duration="15 steps")
    out = Phase(schedule=ramp(start_value=1 if phases == 2 else 0.04, end_value=4e-6))
    parts = {"up": up, "out": out} if phases == 2 else {"up": up, "down": down, "out": out}

    def build(opt: Optimizer) -> OneCycleLR:
        more = {"final_div_factor": 1e4, "three_phase": phases == 3, "cycle_momentum": False}
        return OneCycleLR(opt, 1, N, pct_start=0.32, anneal_strategy=strategy, **more)  # type: ignore[arg-type] # by name

    ours = Sequence(phases=parts).over(Span(N - 1))(np.arange(N))
    assert list(ours) == pytest.approx(list(traced(build, N)), rel=1e-12, abs=1e-15)


def test_what_torchs_nested_sequences_shift_stays_in_place() -> None:
    nested = Sequence(phases={"only": Phase(schedule=phases("2 steps", None))})
    assert list(nested.over(Span(3))([0, 1, 2])) == [1, 1, 2]


# Boundaries


@pytest.mark.parametrize(
    ("lengths", "n", "starts"),
    [
        (("5%", None), 100, [0, 5]),
        (("5%", None), 109, [0, 5]),  # 5.45
        (("5%", None), 110, [0, 6]),  # 5.5, halves up
        (("5%", None), 1, [0]),  # 0.05: no steps, and left out
        (("50%", None), 1, [0]),  # 0.5: all of it
        (("33.3%", "33.3%", None), 10, [0, 3, 7]),  # 3.33 and 6.66
        (
            ("2.5 steps", "2.5 steps", "2.5 steps", None),
            10,
            [0, 3, 5, 8],
        ),  # boundaries, not lengths
        ((None, "20%"), 101, [0, 81]),  # 80.8
        (("1 epochs", None, "2 epochs"), 14, [0, 4, 7]),  # 3.5 and 14 - 7
        (("3 steps", None, "50%"), 6, [0, 3]),  # the open phase has no steps
        (("100%", None), 7, [0]),
        ((None,), 0, []),
    ],
)
def test_boundaries_are_exact_sums_rounded_to_the_nearest_step(
    lengths: tuple[str | None, ...], n: int, starts: list[int]
) -> None:
    found = segments(phases(*lengths), Span(n, steps_per_epoch=Fraction(7, 2)))
    assert [start for _, start, _ in found] == starts
    assert all(stop == n for _, _, stop in found[-1:])


def test_every_boundary_changes_the_value_at_its_step_and_not_before() -> None:
    curve = phases("10%", "30 steps", None, "1 epochs").over(Span(100, steps_per_epoch=20))
    at = [9, 10, 39, 40, 79, 80, 99, 100, 101]
    assert list(curve(at)) == [1, 2, 2, 3, 3, 4, 4, 4, 4]


def test_positions_can_be_written_instead_of_durations() -> None:
    ends = {"a": "10%", "b": "60 steps", "c": None}
    schedule = Sequence(
        phases={
            name: Phase(schedule=Constant(value=i), ends_at=end)
            for i, (name, end) in enumerate(ends.items())
        }
    )
    assert segments(schedule, Span(200)) == [("a", 0, 20), ("b", 20, 60), ("c", 60, 200)]


def test_a_sequence_that_is_shorter_than_the_span_holds_its_end() -> None:
    curve = phases("3 steps", "2 steps").over(Span(100))
    assert list(curve([2, 3, 4, 5, 99])) == [1, 2, 2, 2, 2]
    assert curve.end() == 5
    assert list(curve.segments())[-1] == Segment("p2", 3, 5)


def test_phases_of_no_steps_are_as_if_they_were_not_there() -> None:
    with_empty = Sequence(
        phases={
            "a": Phase(schedule=Linear(end_value=0.5), duration="4 steps"),
            "off": Phase(schedule=Constant(value=9), duration="0%"),
            "b": Phase(schedule=Linear(), relative=True),
            "none": Phase(schedule=Constant(value=9), duration="0.1 steps"),
        }
    )
    assert list(with_empty.over(Span(8))(np.arange(10))) == [
        *(1, 0.875, 0.75, 0.625),
        *(0.5, 0.375, 0.25, 0.125, 0, 0),
    ]


@pytest.mark.parametrize(
    "inner",
    [
        Sequence(phases={"a": Phase(schedule=Linear(), duration="500 steps")}),
        Step(every="1 epochs"),
    ],
)
def test_what_is_switched_off_does_not_have_to_fit(inner: Schedule) -> None:
    off = Sequence(
        phases={"off": Phase(schedule=inner, duration="0%"), "on": Phase(schedule=Linear())}
    )
    assert off.over(Span(2))(1) == 0.5


def test_phases_of_no_steps_at_all_hold_the_end_of_the_last() -> None:
    nothing = Sequence(phases={"a": Phase(schedule=Linear(end_value=0.25), duration="0%")})
    assert nothing.over(Span(10))(3) == 0.25
    assert list(nothing.over(Span(10)).segments()) == []
    outer = Sequence(
        phases={"x": Phase(schedule=nothing, duration="50%"), "y": Phase(schedule=Linear())}
    )
    assert segments(outer, Span(4)) == [("x", 0, 2), ("y", 2, 4)]


def test_names_are_dotted_where_sequences_are_nested() -> None:
    outer = Sequence(
        phases={
            "warmup": Phase(schedule=Linear(), duration="10 steps"),
            "main": Phase(schedule=phases("25%", None)),
        }
    )
    assert segments(outer, Span(50)) == [
        ("warmup", 0, 10),
        ("main.p1", 10, 20),
        ("main.p2", 20, 50),
    ]


def test_a_nested_sequence_that_ends_early_is_named_to_the_end_of_its_phase() -> None:
    outer = Sequence(phases={"main": Phase(schedule=phases("2 steps"), duration="5 steps")})
    assert segments(outer, Span(50)) == [("main.p1", 0, 5)]
    assert outer.over(Span(50)).end() == 2


def test_equal_sequences_have_equal_ordered_phases() -> None:
    assert phases("5%", None) == phases("5%", None)
    assert hash(phases("5%", None)) == hash(phases("5%", None))
    assert phases("5%", None) != Linear()
    assert phases(a="5%", b="5%") != phases(b="5%", a="5%")


# Unknown length


def test_a_run_of_unknown_length_needs_no_total_for_absolute_phases() -> None:
    schedule = phases("3 steps", "2 epochs", None)
    assert list(schedule.over(Span(None, steps_per_epoch=4))([2, 3, 10, 11, 10**9])) == [
        1,
        2,
        2,
        3,
        3,
    ]
    assert segments(schedule, Span(None, steps_per_epoch=4))[-1] == ("p3", 11, None)
    assert schedule.over(Span(None, steps_per_epoch=4)).end() is None
    assert phases("3 steps").over(Span(None)).end() == 3


@pytest.mark.parametrize(
    ("lengths", "key", "problem"),
    [
        (("5%", None), "phases.p1.duration", "'5%' needs a run of known length; set the total"),
        (
            (None, "5 steps"),
            "phases.p1",
            (
                "'p2' begins when 'p1' ends, and that needs a run of known length; set the total "
                "(max_steps, or total= of the callback), or give 'p1' a duration in steps or an "
                "until"
            ),
        ),
    ],
)
def test_what_needs_a_total_says_so(
    lengths: tuple[str | None, ...], key: str, problem: str
) -> None:
    with pytest.raises(ScheduleError) as raised:
        phases(*lengths).over(Span(None))
    assert raised.value.key == key
    assert raised.value.problem.startswith(problem)


def test_an_inner_shape_of_a_phase_that_waits_needs_its_length() -> None:
    waits = Sequence(
        phases={
            "trunk": Phase(schedule=Constant(), until="file"),
            "cooldown": Phase(schedule=Linear(), duration="4 steps"),
            "tail": Phase(schedule=Cosine(), until="signal", duration="1 epochs"),
        }
    )
    with pytest.raises(ScheduleError, match=r"^phases\.tail\.duration: '1 epochs' needs an epoch"):
        waits.over(Span(None))
    assert waits.over(Span(None, steps_per_epoch=3))(10**6) == 1


# Bad input


@pytest.mark.parametrize(
    ("schedule", "steps", "message"),
    [
        (
            phases("100 steps", None, "1200 steps"),
            1000,
            "phases: what follows 'p2' takes 1200 of 1000 steps; shorten a phase",
        ),
        (
            phases("600 steps", None, "500 steps"),
            1000,
            (
                "phases: 'p2' would have to end at step 500, before it begins at step 600; shorten "
                "another phase"
            ),
        ),
        (
            phases("600 steps", "500 steps"),
            1000,
            (
                "phases: 'p2' would end at step 1100 of only 1000; shorten a phase, or leave one "
                "without a duration to take the rest"
            ),
        ),
        (
            phases("100%", "0.1 steps"),
            1000,
            (
                "phases: 'p2' would end at step 1000.1 of only 1000; shorten a phase, or leave one "
                "without a duration to take the rest"
            ),
        ),
        (
            phases(None, "5%", None),
            1000,
            (
                "phases: p1 and p3 have no duration, and only one phase can take the rest; write "
                "for example p1.duration: 10%"
            ),
        ),
        (
            Sequence(
                phases={
                    "a": Phase(schedule=Linear(), ends_at="50%"),
                    "b": Phase(schedule=Linear(), ends_at="49%"),
                }
            ),
            100,
            (
                "phases: 'b' would have to end at step 49, before it begins at step 50; shorten "
                "another phase"
            ),
        ),
        (
            Sequence(
                phases={
                    "a": Phase(schedule=Linear()),
                    "b": Phase(schedule=Linear(), ends_at="50%"),
                }
            ),
            100,
            "phases.b.ends_at: where 'a' ends is open, so 'b' needs a duration, not an ends_at",
        ),
        (
            phases("3 epochs", None),
            100,
            (
                "phases.p1.duration: '3 epochs' needs an epoch of known, constant length; write it "
                "in % or in steps"
            ),
        ),
        (
            Sequence(phases={"main": Phase(schedule=phases("200 steps"), duration="50%")}),
            100,
            (
                "phases.main.phases: 'p1' would end at step 200 of only 50; shorten a phase, or "
                "leave one without a duration to take the rest"
            ),
        ),
        (
            Sequence(phases={"a": Phase(schedule=Step(every="0.5 steps"))}),
            100,
            "phases.a.every: '0.5 steps' is 0.5 steps here; write at least '1 steps'",
        ),
    ],
)
def test_phases_that_cannot_be_placed_are_refused(
    schedule: Schedule, steps: int, message: str
) -> None:
    with pytest.raises(ScheduleError) as raised:
        schedule.over(Span(steps))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"duration": 500},
            ".duration: 500 has no unit; write '500 steps', '500 epochs' or '500%'",
        ),
        ({"duration": "-5%"}, ".duration: '-5%' is negative; write '0%' or more"),
        (
            {"duration": "5 stesp"},
            ".duration: '5 stesp' has an unknown unit; did you mean 'steps'?",
        ),
        ({"duration": float("nan")}, ".duration: nan has no unit; write for example '5%'"),
        ({"ends_at": "-1 steps"}, ".ends_at: '-1 steps' is negative; write '0%' or more"),
        ({"ends_at": 0.3}, ".ends_at: 0.3 has no unit; write '30%' for this share of the run"),
        (
            {"duration": "5%", "ends_at": "5%"},
            ": a phase has a duration or an ends_at, not both; remove one",
        ),
        ({"until": ""}, ".until: '' is not the name of an event; write one of triggers"),
        ({"until": 3}, ".until: 3 is not the name of an event"),
        ({"relative": 1}, ".relative: 1 is not true or false"),
        ({"relative": "yes"}, ".relative: 'yes' is not true or false"),
    ],
)
def test_what_is_no_phase_is_refused(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        load({"kind": "sequence", "phases": {"a": {**LINEAR, **fields}}}, key="s")
    assert str(raised.value).startswith(f"s.phases.a{problem}")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({}, ": {} is no mapping of names to parts; write {warmup: {kind: linear, duration: 5%}"),
        (None, ": None is no mapping of names to parts"),
        ([LINEAR], ": [{'kind': 'linear'}] is no mapping of names to parts"),
        ({"a": None}, ".a: None is not a phase; write {kind: linear, duration: 5%}, or remove the"),
        ({"a": "5%"}, ".a: '5%' is not a phase"),
        ({"a": {"duration": "5%"}}, ".a.kind: has no kind; write one of constant, linear, cosine,"),
    ],
)
def test_what_are_no_phases_is_refused(written: object, problem: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        load({"kind": "sequence", "phases": written}, key="s")
    assert str(raised.value).startswith(f"s.phases{problem}")


def test_phases_in_python_are_phases() -> None:
    with pytest.raises(ScheduleError, match=r"^phases\.a: Linear.* is not a Phase; build it with"):
        Sequence(phases={"a": Linear()})  # type: ignore[dict-item] # wrong on purpose
    with pytest.raises(
        ScheduleError, match=r"^schedule: 'linear' is not a Schedule; build it with"
    ):
        Phase(schedule="linear")  # type: ignore[arg-type] # wrong on purpose
