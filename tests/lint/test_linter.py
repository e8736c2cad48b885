"""The linter: each finding, what is just not one, and fixes that mend what they are printed for."""

import shlex
from collections.abc import Mapping, Sequence as ListOf
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings, strategies as st
from typing_extensions import override

from lr_plugin.lint import NAMES, Finding, lint
from lr_plugin.recipe import load_schedule, read_recipe, recipe_names
from lr_plugin.schedule import Schedule, ScheduleError, Span, load
from lr_plugin.schedule.rounding import Steps, Values

RUN = 1000
UP = {"kind": "linear", "start_value": 0.01, "end_value": 1.0, "duration": "5%"}
FLAT = {"kind": "constant"}
DOWN = {"kind": "linear"}
THIRD = {"duration": "33%"}


@dataclass(frozen=True)
class Same(Schedule):
    @override
    def evaluate(self, step: Steps, span: Span) -> Values:
        return np.full(step.shape, 3.0)


def phases(**each: Mapping[str, object]) -> dict[str, Any]:
    return {"kind": "sequence", "phases": {name: dict(phase) for name, phase in each.items()}}


def main(kind: str, **fields: object) -> dict[str, Any]:
    return phases(main={"kind": kind, **fields})


# What is written, the steps of the run, and the whole finding.
FINDINGS: dict[str, tuple[dict[str, Any], int, str]] = {
    "a warm-up without numbers falls": (
        phases(warmup={"kind": "linear", "duration": "10%"}, decay=DOWN),
        RUN,
        (
            "schedule.phases.decay: begins at 1 at 100 steps, where 'warmup' has come to 0; to "
            "mend "
            "it, write ++schedule.phases.warmup.start_value=0.01 "
            "++schedule.phases.warmup.end_value=1.0 [jump]"
        ),
    ),
    "a warm-up that ends below the peak": (
        phases(warmup={**UP, "end_value": 0.1}, decay=DOWN),
        RUN,
        (
            "schedule.phases.decay: begins at 1 at 50 steps, where 'warmup' has come to 0.1; to "
            "mend "
            "it, write schedule.phases.warmup.end_value=1.0 [jump]"
        ),
    ),
    "a decay that forgets how far the plateau has fallen": (
        phases(
            plateau={"kind": "inverse_power", "timescale": "5%"},
            decay={**DOWN, "duration": "10%"},
        ),
        RUN,
        (
            "schedule.phases.decay: begins at 1 at 900 steps, where 'plateau' has come to "
            "0.04762; to "
            "mend it, write ++schedule.phases.decay.relative=true [jump]"
        ),
    ),
    "a decay that begins too low": (
        phases(hold={**FLAT, "duration": "50%"}, decay={**DOWN, "start_value": 0.1}),
        RUN,
        (
            "schedule.phases.decay: begins at 0.1 at 500 steps, where 'hold' has come to 1; to "
            "mend "
            "it, write schedule.phases.decay.start_value=1.0 [jump]"
        ),
    ),
    "a constant below the end of a fall": (
        phases(fall={**DOWN, "end_value": 0.5, "duration": "50%"}, low={**FLAT, "value": 0.1}),
        RUN,
        (
            "schedule.phases.low: begins at 0.1 at 500 steps, where 'fall' has come to 0.5; to "
            "mend "
            "it, write schedule.phases.fall.end_value=0.1 [jump]"
        ),
    ),
    "a peak between two steps": (
        phases(warmup={**UP, "duration": "2 steps"}, decay={**DOWN, "start_value": 0.6}),
        RUN,
        (
            "schedule.phases.warmup: rises to 1 at 2 steps, but 'decay' begins there at 0.6: no "
            "step "
            "has more than 0.6; to mend it, write schedule.phases.decay.start_value=1.0 "
            "[peak_unsampled]"
        ),
    ),
    "a decay of three steps": (
        phases(hold=FLAT, decay={**DOWN, "duration": "3 steps"}),
        RUN,
        (
            "schedule.phases.decay: is to fall to 0 and has 3 steps for it: the last one is at "
            "0.3333; to mend it, write 'schedule.phases.decay.duration=5 steps' [floor_unreached]"
        ),
    ),
    "a decay that is left three steps": (
        phases(hold={**FLAT, "duration": "997 steps"}, decay=DOWN),
        RUN,
        (
            "schedule.phases.decay: is to fall to 0 and has 3 steps for it: the last one is at "
            "0.3333; to mend it, write schedule.phases.hold.duration=5% [floor_unreached]"
        ),
    ),
    "a floor far below everything": (
        main("clamp", min_value=0.01, schedule={"kind": "exponential_decay", "every": "50%"}),
        RUN,
        (
            "schedule.phases.main.min_value: the floor is 0.01, and nothing falls below 0.2503; to "
            "mend it, write schedule.phases.main.min_value=0.2503 [floor_unreached]"
        ),
    ),
    "a floor above everything": (
        main("clamp", min_value=2.0, schedule={"kind": "cosine"}),
        RUN,
        (
            "schedule.phases.main.min_value: the floor 2 is not below the peak 1: all is flat; to "
            "mend it, write schedule.phases.main.min_value=0.01 [floor_above_peak]"
        ),
    ),
    "a warm-up rounded to nothing": (
        phases(warmup={**UP, "duration": "2%"}, decay=DOWN),
        20,
        (
            "schedule.phases.warmup: a duration of '2%' is 0 steps of 20 steps here; to mend it, "
            "write 'schedule.phases.warmup.duration=1 steps' [phase_empty]"
        ),
    ),
    "a hold that nothing is left for": (
        phases(warmup={**UP, "duration": "20%"}, hold=FLAT, decay={**DOWN, "duration": "80%"}),
        RUN,
        (
            "schedule.phases.hold: the rest is 0 steps of 1000 steps here; to mend it, write "
            "'~schedule.phases.hold' [phase_empty]"
        ),
    ),
    "a position that is already past": (
        phases(warmup={**UP, "duration": "10%"}, hold={**FLAT, "ends_at": "10%"}, decay=DOWN),
        RUN,
        (
            "schedule.phases.hold: its part up to '10%' is 0 steps of 1000 steps here; to mend it, "
            "write '~schedule.phases.hold' [phase_empty]"
        ),
    ),
    "phases in steps of a shorter run": (
        phases(hold={**FLAT, "duration": "500 steps"}, decay={**DOWN, "duration": "100 steps"}),
        RUN,
        (
            "schedule: is over after 600 steps of 1000 and holds 0 for the other 400; to mend it, "
            "write '~schedule.phases.hold.duration' [ends_early]"
        ),
    ),
    "a decay alone that is too short": (
        phases(decay={**DOWN, "ends_at": "60%"}),
        RUN,
        (
            "schedule: is over after 600 steps of 1000 and holds 0 for the other 400; to mend it, "
            "write '~schedule.phases.decay.ends_at' [ends_early]"
        ),
    ),
    "a decay to a tenth that holds": (
        phases(hold={"kind": "cosine", "end_value": 0.1, "duration": "60%"}),
        RUN,
        (
            "schedule: is over after 600 steps of 1000 and holds 0.1 for the other 400; to mend "
            "it, "
            "write '+schedule.phases.hold_at_the_end={kind: constant, value: 0.1}' [ends_early]"
        ),
    ),
    "cycles that are over": (
        main("repeat", period="100 steps", count=3, schedule={"kind": "cosine"}),
        RUN,
        (
            "schedule.phases.main: is over after 300 steps of 1000 and holds 0 for the other 700; "
            "to "
            "mend it, write '~schedule.phases.main.period' [ends_early]"
        ),
    ),
    "a last cycle in the middle": (
        main("repeat", period="400 steps", schedule={"kind": "cosine"}),
        RUN,
        (
            "schedule.phases.main: cycle 3 has 400 steps, and 1000 steps end after 200 of them, at "
            "0.5 instead of 0; to mend it, write ++schedule.phases.main.count=3 "
            "'~schedule.phases.main.period' [cycle_cut]"
        ),
    ),
    "a step longer than the run": (
        main("step", every="2000 steps"),
        RUN,
        (
            "schedule: all 1000 steps are at 1; to mend it, write schedule.phases.main.every=10% "
            "[never_changes]"
        ),
    ),
    "milestones beyond the run": (
        main("multistep", milestones=["30 epochs", "60 epochs"]),
        RUN,
        (
            "schedule: all 1000 steps are at 1; to mend it, write "
            "'schedule.phases.main.milestones=[50%, 75%]' [never_changes]"
        ),
    ),
    "a ramp without a slope": (
        main("cosine", end_value=1.0),
        RUN,
        (
            "schedule: all 1000 steps are at 1; to mend it, write "
            "schedule.phases.main.end_value=0.0 "
            "[never_changes]"
        ),
    ),
    "a warm-up from zero": (
        phases(warmup={**UP, "start_value": 0}, decay=DOWN),
        RUN,
        (
            "schedule: the value of the first step is 0, and the largest is 1; to mend it, write "
            "schedule.phases.warmup.start_value=0.01 [first_step_zero]"
        ),
    ),
    "points from zero": (
        main("knots", positions=["0%", "50%", "100%"], values=[0.0, 2.0, 0.0]),
        RUN,
        (
            "schedule: the value of the first step is 0, and the largest is 2; to mend it, write "
            "'schedule.phases.main.values=[0.02, 2.0, 0.0]' [first_step_zero]"
        ),
    ),
}

# What is just not a finding.
NOTHING: dict[str, tuple[dict[str, Any], int]] = {
    "a jump by half": (phases(up={**UP, "end_value": 0.5}, decay=DOWN), RUN),
    "constants that jump by design": (
        phases(a={**FLAT, "ends_at": "50%"}, b={**FLAT, "value": 0.01}),
        RUN,
    ),
    "a restart after a fall": (
        phases(
            fall={**DOWN, "duration": "50%"},
            again={"kind": "repeat", "count": 2, "schedule": {"kind": "cosine"}},
        ),
        RUN,
    ),
    "step sizes in fractal order": (
        phases(warmup={**UP, "duration": "10%"}, main={"kind": "chebyshev"}),
        RUN,
    ),
    "a floor near nothing that begins again near nothing": (
        phases(a={**DOWN, "duration": "50%"}, b={"kind": "constant", "value": 0.005}),
        RUN,
    ),
    "a peak that the next phase begins at": (phases(up={**UP, "duration": "2 steps"}, d=DOWN), RUN),
    "a peak missed by one step of many": (
        phases(up={**UP, "duration": "100 steps"}, down={**DOWN, "start_value": 0.6}),
        RUN,
    ),
    "a ramp that rises to the end": (main("linear", start_value=0.01, end_value=1.0), RUN),
    "an end value missed by one step": (phases(hold=FLAT, d={**DOWN, "duration": "4 steps"}), RUN),
    "a floor that waits for an event": (
        main("clamp", min_value=0.001, schedule={"kind": "drop", "event": "plateau"}),
        RUN,
    ),
    "a floor that growth may leave": (
        main("clamp", min_value=1.0, schedule={"kind": "scaled", "event": "pace"}),
        RUN,
    ),
    "a ceiling": (main("clamp", max_value=0.5, schedule={"kind": "cosine"}), RUN),
    "phases that are switched off": (
        phases(warmup={**UP, "duration": "0%"}, hold={**FLAT, "duration": "0 steps"}, decay=DOWN),
        RUN,
    ),
    "three times a third": (
        phases(a={**UP, **THIRD}, b={**FLAT, **THIRD}, c={**DOWN, **THIRD}),
        RUN,
    ),
    "a constant that ends": (phases(up={**UP}, hold={**FLAT, "duration": "5%"}), RUN),
    "a last cycle cut in its flat part": (
        main("repeat", period="400 steps", schedule={"kind": "cosine", "power": 8.0}),
        RUN,
    ),
    "cycles that fit": (main("repeat", period="500 steps", schedule={"kind": "cosine"}), RUN),
    "a constant": (main("constant"), RUN),
    "a single step": (main("linear"), 1),
    "an event": (main("drop", event="plateau"), RUN),
    "frozen on purpose": (
        phases(frozen={**FLAT, "value": 0.0, "duration": "10%"}, warmup=UP, decay=DOWN),
        RUN,
    ),
    "zero throughout": (main("constant", value=0.0), RUN),
}  # fmt: skip


def span(steps: int | None) -> Span:
    return Span(steps, steps_per_epoch=100)


def found(written: Mapping[str, Any], steps: int | None, **settings: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - of several types
    return lint(load(written), span(steps), **settings)


def mended(written: Mapping[str, Any], fix: str, folder: Path) -> Schedule:
    """The schedule as a user gets it who adds the words of a fix to the line."""
    path = folder / "schedule.yaml"
    path.write_text(yaml.safe_dump(dict(written), sort_keys=False), encoding="utf-8")
    return load_schedule(path, shlex.split(fix))


def which(findings: ListOf[Finding]) -> set[tuple[str, str]]:
    return {(each.name, each.key) for each in findings}


@pytest.mark.parametrize("case", FINDINGS)
def test_a_finding_has_its_key_its_numbers_its_fix_and_its_name(case: str) -> None:
    written, steps, said = FINDINGS[case]

    assert [str(each) for each in found(written, steps)] == [said]


@pytest.mark.parametrize("case", FINDINGS)
def test_with_the_printed_fix_nothing_is_found(case: str, tmp_path: Path) -> None:
    written, steps, _ = FINDINGS[case]
    (finding,) = found(written, steps)

    assert lint(mended(written, finding.fix, tmp_path), span(steps)) == ()


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_just_meant_is_not_found(case: str) -> None:
    written, steps = NOTHING[case]

    assert [str(each) for each in found(written, steps) if each.name != "ends_early"] == []


def test_every_name_is_found_by_some_case() -> None:
    names = {each.name for written, steps, _ in FINDINGS.values() for each in found(written, steps)}

    assert names == set(NAMES)


@pytest.mark.parametrize("case", FINDINGS)
def test_a_finding_can_be_silenced_by_its_name(case: str) -> None:
    written, steps, _ = FINDINGS[case]
    (finding,) = found(written, steps)

    assert found(written, steps, silence=(finding.name,)) == ()


@pytest.mark.parametrize("steps", [100, 150, 1000, 1111, 10_000, 10**6, 10**9])
@pytest.mark.parametrize("recipe", recipe_names())
def test_a_shipped_recipe_has_no_findings(recipe: str, steps: int) -> None:
    schedule, stop = load_schedule(recipe), bool(read_recipe(recipe).get("stop"))
    if recipe in {"noam", "cooldown"} and steps <= RUN:
        pytest.skip("these lengths are written in steps, and do not fit a run as short as this")

    assert lint(schedule, span(steps), stop=stop) == ()


def test_a_run_that_stops_where_the_schedule_ends_does_not_end_early() -> None:
    written = phases(main={**DOWN, "duration": "50%"})

    assert found(written, RUN, stop=True) == ()


def test_what_is_inside_a_part_may_still_end_early_in_a_run_that_stops() -> None:
    inner = phases(fall={**DOWN, "duration": "50%"})
    (finding,) = found(phases(main=inner), RUN, stop=True)

    assert (finding.name, finding.key) == ("ends_early", "schedule.phases.main")


def test_only_a_learning_rate_must_not_begin_at_zero() -> None:
    written = main("linear", start_value=0.0, end_value=1.0)

    assert found(written, RUN, drives="module.kl_weight") == ()


def test_a_finding_has_the_key_under_which_the_schedule_is_written() -> None:
    written = main("linear", start_value=0.0, end_value=1.0)
    (finding,) = found(written, RUN, key="rules.body.schedule")

    assert finding.key == "rules.body.schedule"
    assert finding.fix == "rules.body.schedule.phases.main.start_value=0.01"


def test_what_is_wrong_is_an_error_and_no_finding() -> None:
    with pytest.raises(ScheduleError, match="'warmup' would end at step 1100 of only 1000"):
        found(phases(warmup={**UP, "duration": "110%"}), RUN)


def test_a_run_of_unknown_length_is_looked_at_as_far_as_it_is_known() -> None:
    written = phases(
        warmup={**UP, "start_value": 0.0, "end_value": 0.1, "duration": "10 steps"}, hold=FLAT
    )

    assert [each.name for each in found(written, None)] == ["first_step_zero"]


def test_a_run_in_time_is_looked_at_in_milliseconds() -> None:
    written = phases(hold=FLAT, decay={**DOWN, "duration": "2 ms"})
    (finding,) = lint(load(written), Span(60_000, clock="time"))

    assert finding.fix == "'schedule.phases.decay.duration=5 ms'"


def test_a_part_on_the_other_clock_is_left_alone() -> None:
    written = phases(warmup={**UP, "duration": "1 min"}, decay=DOWN)

    assert lint(load(written), span(RUN)) == ()


def test_the_same_thing_in_cycles_of_two_lengths_is_said_once() -> None:
    cycle = phases(up={**UP, "duration": "5%"}, down=DOWN)
    written = main("repeat", count=3, length_mult=2, schedule=cycle)

    assert [(each.name, each.key) for each in found(written, 35)] == [
        ("phase_empty", "schedule.phases.main.schedule.phases.up")
    ]


def test_a_class_of_ones_own_that_never_changes_has_no_known_fix() -> None:
    (finding,) = lint(Same(), span(RUN))

    assert str(finding) == "schedule: all 1000 steps are at 3 [never_changes]"


def test_a_fix_may_be_deep_inside() -> None:
    flat = {"kind": "affine", "offset": 1.0, "scale": 0.0, "schedule": {"kind": "noise"}}
    squares = {"kind": "product", "factors": {"a": flat, "b": flat}}
    findings = found(phases(main=squares), RUN)

    assert [str(each) for each in findings] == (
        [("schedule: all 1000 steps are at 1; to mend it, write "
         "schedule.phases.main.factors.b.scale=1.0 [never_changes]")]
    )  # fmt: skip


VALUES = st.sampled_from([0, 0.01, 0.1, 0.5, 1.0, 2.0])
LENGTHS = st.sampled_from([None, "0.1%", "5%", "20%", "50%", "3 steps", "100 steps", "1 epochs"])
RAMPS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["linear", "cosine", "sqrt", "exponential", "rex"])},
    optional={"start_value": VALUES, "end_value": VALUES},
)
LEAVES = (
    RAMPS
    | st.fixed_dictionaries({"kind": st.just("constant"), "value": VALUES})
    | st.sampled_from([{"kind": "step", "every": each} for each in ("30%", "9 epochs")])
    | st.just({"kind": "inverse_sqrt"})
)  # fmt: skip
NODES = (
    LEAVES
    | st.fixed_dictionaries({"kind": st.just("clamp"), "min_value": VALUES, "schedule": LEAVES})
    | st.fixed_dictionaries(
        {"kind": st.just("repeat"), "period": LENGTHS.filter(bool), "schedule": RAMPS},
        optional={"count": st.integers(1, 2)},
    )
)  # fmt: skip
BESIDE = st.fixed_dictionaries({"duration": LENGTHS}, optional={"relative": st.booleans()})
PHASES = st.builds(lambda node, beside: node | beside, NODES, BESIDE)


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(PHASES, min_size=1, max_size=4), steps=st.sampled_from([20, 300, 1000]))
def test_every_fix_works(
    parts: list[dict[str, Any]], steps: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = phases(**{f"p{i}": part for i, part in enumerate(parts)})
    try:
        findings = found(written, steps)
    except ScheduleError:
        assume(False)  # noqa: FBT003 - hypothesis has no other word for it

    for finding in findings:
        if finding.fix:
            schedule = mended(written, finding.fix, tmp_path_factory.getbasetemp())
            left = lint(schedule, span(steps))

            assert (finding.name, finding.key) not in which(left)
