"""Defects of torch's schedulers: ours does not have them. See test_defects.py for the numbers."""

import re

import numpy as np
import pytest
import torch

from lr_plugin.interop import as_lambda_lr
from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import Firing, Schedule, ScheduleError, Span, dump, load
from tests.peers.defects import constant, decay, expected, first, product, sequence, warmup
from tests.peers.table import Written


def test_defect_1_a_sequence_inside_a_sequence_is_on_time() -> None:
    inner = sequence(high=constant(0.5, duration="2 steps"), low=constant(0.2))

    assert first(4, sequence(only=inner)) == expected("1", "one step early")


def test_defect_1_a_warmup_inside_two_sequences_loses_no_step() -> None:
    inner = sequence(up=warmup(0.1, 3), hold=constant(1.0))
    outer = sequence(inner=inner | {"duration": "9 steps"}, rest=constant(1.0))

    assert first(4, outer, Span(12)) == pytest.approx(expected("1", "loses a step"), rel=1e-12)


def test_defect_1_a_product_inside_a_sequence_starts_at_its_first_value() -> None:
    inner = product(half=constant(0.5), falling=decay(0.9))
    wanted = expected("1", "starts at its second value")

    assert first(3, sequence(only=inner)) == pytest.approx(wanted, rel=1e-12)


def test_defect_1_nesting_changes_nothing_at_any_depth() -> None:
    flat = load_schedule("wsd")
    nested: Schedule = flat
    for _ in range(5):
        nested = load(sequence(only={"kind": "stretch", "factor": 1, "schedule": dump(nested)}))

    steps = range(120)
    assert nested.over(Span(100))(steps).tolist() == flat.over(Span(100))(steps).tolist()


def test_defect_2_a_product_is_the_product_of_its_factors() -> None:
    rise = sequence(up=warmup(0.25, 8), full=constant(1.0))
    both = product(rise=rise, fall={"kind": "cosine", "end_value": 0.1})

    assert first(8, both, Span(10)) == pytest.approx(expected("2", "not the product"), rel=1e-5)


def test_defect_2_restarts_do_not_silence_the_other_factor() -> None:
    restarts = {"kind": "repeat", "period": "5 steps", "schedule": {"kind": "cosine"}}
    both = product(fall=decay(0.5), restarts=restarts)

    assert first(8, both) == pytest.approx(expected("2", "warm restarts"), rel=1e-5)


def test_defect_3_a_restart_does_not_erase_a_reduction() -> None:
    restarts = {"kind": "repeat", "period": "5 steps", "schedule": {"kind": "cosine"}}
    both = product(restarts=restarts, plateau={"kind": "drop", "event": "plateau", "factor": 0.1})
    values = first(11, both, Span(20, log=(Firing("plateau", 0),)))
    wanted = expected("3", "erases a reduction")

    assert values[:2] == pytest.approx([wanted["reduced"], wanted["next"]], rel=1e-5)
    assert values[5] == values[10] == pytest.approx(0.1, rel=1e-12)


def test_defect_4_a_floor_does_not_lift_a_small_group() -> None:
    floored = {"kind": "clamp", "min_value": 0.01, "schedule": {"kind": "cosine"}}
    small = 0.001 * np.array(first(11, floored, Span(10)))

    assert (np.diff(small) <= 0).all()
    assert small[-1] == pytest.approx(0.01 * 0.001, rel=1e-12)


@pytest.mark.parametrize(("share", "top"), [("0%", 0), ("10%", 1), ("96%", 10), ("100%", 10)])
def test_defect_5_a_phase_without_steps_is_left_out(share: str, top: int) -> None:
    schedule = load_schedule("one_cycle", [f"phases.warmup.duration={share}"])
    values = schedule.over(Span(10))(range(11))

    assert np.isfinite(values).all()
    assert values.argmax() == top


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ({"kind": "step", "every": "-1 steps", "factor": 0.5}, "schedule.every"),
        ({"kind": "step", "every": "0 steps", "factor": 0.5}, "schedule.every"),
        (decay(-2.0), "schedule.factor"),
        ({"kind": "multistep", "milestones": [3.0000000000000004]}, "schedule.milestones"),
        ({"kind": "repeat", "period": "0 steps", "schedule": constant(1.0)}, "schedule.period"),
        ({"kind": "repeat", "count": 0, "schedule": constant(1.0)}, "schedule.count"),
    ],
)
def test_defect_5_an_impossible_argument_is_an_error_with_its_key(
    written: Written, key: str
) -> None:
    with pytest.raises(ScheduleError, match=f"^{re.escape(key)}: .*(write|must be|not a whole)"):
        load(written)


def test_defect_5_a_warmup_of_no_steps_begins_at_the_peak() -> None:
    assert first(3, sequence(up=warmup(1 / 3, 0), rest=constant(1.0))) == [1.0, 1.0, 1.0]


def test_defect_5_a_milestone_that_arithmetic_made_a_little_late_is_on_time() -> None:
    milestones = [f"{0.1 * 3 * 10!r} steps"]

    assert milestones == ["3.0000000000000004 steps"]
    values = first(5, {"kind": "multistep", "milestones": milestones, "factor": 0.5})
    assert values == [1.0, 1.0, 1.0, 0.5, 0.5]


def test_defect_6_a_learning_rate_in_32_bits_does_not_drift() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=torch.tensor(1.0))
    scheduler = as_lambda_lr(load(decay(0.9999)).over(Span(30_000)), optimizer)
    optimizer.step()
    for _ in range(30_000):
        scheduler.step()

    assert float(optimizer.param_groups[0]["lr"]) == pytest.approx(0.9999**30_000, rel=1e-6)
