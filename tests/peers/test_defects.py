"""Defects that were found by running other systems: ours does not have them.

The numbers are those of tests/golden/peers/defects.json, which holds what each system did and what
it should have done. Numbers 1 to 6 are in test_defects_of_torch.py and those about training, 8 to
12, in test_defects_in_training.py.
"""

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Duration, Firing, ScheduleError, Span, load
from lr_plugin.trigger import Plateau
from tests.peers import test_defects_in_training, test_defects_of_torch
from tests.peers.defects import constant, expected, first, product, sequence, warmup

if TYPE_CHECKING:
    from tests.peers.table import Written


def test_defect_13_a_decay_begins_where_the_warmup_ended() -> None:
    decays: list[Written] = [
        {"kind": "inverse_sqrt", "timescale": "10 steps"},
        {"kind": "polynomial", "power": 2.0},
        {"kind": "sqrt"},
    ]
    for one in decays:
        assert first(101, sequence(up=warmup(0.0, 10), decay=one))[9:11] == [0.9, 1.0]


@pytest.mark.parametrize("recipe", recipe_names())
def test_defect_13_every_recipe_can_be_built_with_its_defaults(recipe: str) -> None:
    values = load_schedule(recipe).over(Span(1000))(range(1000))

    assert np.isfinite(values).all()
    assert (values >= 0).all()


def test_defect_13_no_length_is_made_up() -> None:
    with pytest.raises(ScheduleError, match="length is unknown; set the total"):
        load_schedule("cosine").over(Span(None))


def test_defect_14_a_cosine_gets_to_its_end_value() -> None:
    assert first(9, {"kind": "cosine"}, Span(5))[5:] == [0.0, 0.0, 0.0, 0.0]


def test_defect_14_a_warmup_can_begin_at_zero() -> None:
    wanted = expected("14", "from 0")

    assert first(6, sequence(up=warmup(0.0, 4), rest=constant(1.0))) == wanted


def test_defect_16_rex_begins_at_its_peak_and_falls_ever_faster() -> None:
    values = np.array(first(11, {"kind": "rex"}, Span(10)))

    assert (values[0], values[-1]) == (expected("16", "REX") == "1 at step 0", 0.0)
    assert (np.diff(values, 2) < 0).all()


def test_defect_16_a_polynomial_stays_between_its_ends() -> None:
    values = np.array(first(40, {"kind": "power", "power": 0.5, "end_value": 0.1}, Span(12)))

    assert (values.max(), values.min()) == (1.0, 0.1)


def test_defect_16_nothing_is_a_step_late_or_goes_on_below_its_floor() -> None:
    down = {"kind": "linear", "end_value": 0.1}
    values = first(9, sequence(up=warmup(0.05, 2), down=down), Span(6))

    assert values == pytest.approx(expected("16", "one step late"), rel=1e-12)


@pytest.mark.parametrize("kind", ["linear", "cosine", "sqrt", "exponential", "polynomial", "rex"])
def test_defect_16_no_cooldown_dips_below_its_floor(kind: str) -> None:
    values = first(30, {"kind": kind, "end_value": 0.2}, Span(12))

    assert min(values) == values[12] == 0.2


def test_defect_17_a_cosine_does_not_climb_after_its_end() -> None:
    values = first(18, sequence(up=warmup(0.0, 3), down={"kind": "cosine"}), Span(10))

    assert values[10:] == expected("17", "climbs back")


def test_defect_17_phases_that_do_not_fit_are_an_error() -> None:
    down = {"kind": "linear", "duration": "7 steps"}
    long = load(sequence(up=warmup(0.0, 8), stable=constant(1.0), down=down))

    with pytest.raises(ScheduleError, match=r"phases: 'stable' would have to end at step 3"):
        long.over(Span(10))


def test_defect_18_shares_that_sum_to_one_fit() -> None:
    parts = zip("abc", ("30%", "60%", "10%"), (1.0, 0.5, 0.1), strict=True)
    shares = load(sequence(**{name: constant(v, duration=d) for name, d, v in parts}))

    assert sum([0.3, 0.6, 0.1]) != 1.0
    values = shares.over(Span(10))(range(10)).tolist()
    assert values == [1.0] * 3 + [0.5] * 6 + [0.1]


def test_defect_18_restarts_may_have_equal_lengths() -> None:
    cycles = {"kind": "repeat", "count": 2, "length_mult": 1, "schedule": {"kind": "linear"}}

    assert first(4, cycles) == [1.0, 0.5, 1.0, 0.5]


def test_defect_19_two_schedules_multiply() -> None:
    half, falling = constant(0.5), {"kind": "linear"}

    assert first(4, product(a=half, b=falling)) == [0.5, 0.375, 0.25, 0.125]
    assert first(4, product(a=falling, b=half)) == [0.5, 0.375, 0.25, 0.125]


def test_defect_19_hours_and_minutes_are_times() -> None:
    assert str(Duration.parse("24h")) == str(Duration.parse("24 hours")) == "24 h"
    assert str(Duration.parse("90min")) == str(Duration.parse("90 minutes")) == "90 min"


def test_defect_19_an_ambiguous_time_is_an_error_that_says_what_to_write() -> None:
    with pytest.raises(ScheduleError, match=r"'90m' has an unknown unit; .*min"):
        Duration.parse("90m")


@pytest.mark.parametrize("recipe", recipe_names())
def test_defect_20_from_the_end_on_a_value_is_held(recipe: str) -> None:
    values = load_schedule(recipe).over(Span(1000))([1000, 1001, 1100, 2000, 10**9])

    assert np.isfinite(values).all()
    assert (values == values[0]).all()


def test_defect_21_a_restart_is_at_the_peak_and_on_the_exact_step() -> None:
    cycles = {"kind": "repeat", "period": "10 steps", "length_mult": 3}
    curve = load(cycles | {"schedule": {"kind": "cosine"}}).over(Span(100_000))

    assert curve(1210) == 1.0
    assert curve(1209) == pytest.approx(3.7607e-06, rel=1e-4)
    restarts = [10 * (3**i - 1) // 2 for i in range(9)]
    assert curve(restarts).tolist() == [1.0] * 9


def test_defect_21_cycles_that_get_shorter_hold_after_their_last() -> None:
    cycles = {"kind": "repeat", "period": "8 steps", "length_mult": 0.5, "count": 3}
    floored = cycles | {"schedule": {"kind": "cosine", "end_value": 0.1}}

    assert first(30, floored)[14:] == [0.1] * 16


def test_defect_21_a_fractional_restart_is_at_the_peak() -> None:
    cycles = {"kind": "repeat", "period": "5 steps", "length_mult": 1.2}
    curve = load(cycles | {"schedule": {"kind": "cosine"}}).over(Span(1000))

    assert curve(11) == 1.0
    assert min(curve(range(1000))) > 0


def test_a_curve_that_is_first_asked_after_its_end_gives_its_end() -> None:
    curve = load({"kind": "cosine", "end_value": 0.1}).over(Span(10))

    assert curve(12) == expected("2.1", "first asked after its end")


def test_defect_7_a_negative_metric_that_gets_worse_is_no_improvement() -> None:
    trigger = Plateau(monitor="m", patience=0, threshold=0.1)
    memory = trigger.look(trigger.start({}), -1.0).memory
    look = trigger.look(memory, -0.95)

    assert look.fired
    assert look.memory["best"] == -1.0


def test_defect_15_a_plateau_stops_at_its_floor() -> None:
    dropped = {"kind": "drop", "event": "plateau", "factor": 0.1}
    log = tuple(Firing("plateau", step) for step in (2, 4, 6))
    curve = load({"kind": "clamp", "min_value": 0.5, "schedule": dropped}).over(Span(9, log=log))

    assert curve([0, 2, 4, 8]).tolist() == [1.0, 0.5, 0.5, 0.5]


def test_every_defect_has_its_tests() -> None:
    names = " ".join([*globals(), *vars(test_defects_of_torch), *vars(test_defects_in_training)])
    tested = {int(number) for number in re.findall(r"test_defect_(\d+)_", names)}

    assert set(range(1, 22)) - tested == set()
