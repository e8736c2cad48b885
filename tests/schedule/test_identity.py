from fractions import Fraction
from typing import Any

import pytest

from lr_plugin.schedule import (
    Cosine,
    Firing,
    Linear,
    Noise,
    Phase,
    Repeat,
    Schedule,
    Sequence,
    Span,
    identity,
    load,
)

BASE = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.01, "end_value": 1.0, "duration": "5%"},
        "decay": {"kind": "cosine", "end_value": 0.1},
    },
}


def of(schedule: Schedule | dict[str, Any], steps: int | None = 1000, **more: Any) -> str:  # noqa: ANN401 - any field
    built = schedule if isinstance(schedule, Schedule) else load(schedule)
    return identity(built.over(Span(steps, **more)))


def test_an_identity_stays_the_same_between_releases() -> None:
    assert of(BASE) == "dd120a50a91b5a2c33eafb43782824eada1422029374b497ac108f2720e29f23"


@pytest.mark.parametrize("same", [{"end_value": 1}, {"power": 1}, {"start_value": 1.0}])
def test_what_is_equal_has_one_identity(same: dict[str, Any]) -> None:
    assert of({"kind": "cosine", "end_value": 1.0, **same}) == of(Cosine(end_value=1.0))


def test_equal_phases_in_another_order_are_another_schedule() -> None:
    phases = {
        "a": Phase(schedule=Linear(), duration="50%"),
        "b": Phase(schedule=Linear(), duration="50%"),
    }
    turned = dict(reversed(phases.items()))
    assert of(Sequence(phases=phases)) != of(Sequence(phases=turned))


@pytest.mark.parametrize("steps", [999, 1001, 0])
def test_another_length_is_another_identity(steps: int) -> None:
    assert of(BASE, steps) != of(BASE, 1000)


def test_boundaries_are_part_of_the_identity() -> None:
    timed = Sequence(phases={"a": Phase(schedule=Linear(), duration="1 epochs")})
    assert of(timed, steps_per_epoch=10) != of(timed, steps_per_epoch=Fraction(21, 2))


def test_seeds_beyond_the_precision_of_floats_differ() -> None:
    assert of(Noise(seed=2**64 - 1)) != of(Noise(seed=2**64 - 2))


def test_a_billion_cycles_cost_nothing() -> None:
    schedule = Repeat(schedule=Linear(), period="1 steps")
    assert of(schedule, 10**9) == of(schedule, 10**9)
    assert of(schedule, None) != of(schedule, 10**9)


def test_an_event_that_ends_a_phase_changes_the_boundaries() -> None:
    waits = Sequence(phases={"hold": Phase(schedule=Linear(), until="plateau", duration="50%")})
    assert of(waits) != of(waits, log=(Firing("plateau", 7),))
