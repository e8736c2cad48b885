from typing import Any

import numpy as np
import pytest

from lr_plugin.finder import FindError
from lr_plugin.finder.plan import Plan


def test_a_sweep_is_three_runs_at_growing_rates() -> None:
    runs = Plan().runs

    assert len(runs) == 3
    assert [(run.size, run[0], run[-1]) for run in runs] == [(200, 1e-6, pytest.approx(10))] * 3
    assert np.diff(np.log(runs[0])) == pytest.approx(np.full(199, np.log(1e7) / 199))


def test_a_grid_is_fifteen_runs_that_end_in_steps_which_only_look() -> None:
    plan = Plan(mode="grid", steps=20, repeats=2)

    assert [set(run[:20]) for run in plan.runs] == [{rate} for rate in plan.rates]
    assert [run[20:].tolist() for run in plan.runs] == [[0.0] * 6] * 15


def test_only_the_looks_at_the_end_count_in_a_grid() -> None:
    plan = Plan(mode="grid", steps=5, repeats=2)
    found = [np.array([9.0] * 5 + [1.0, 2.0, 3.0] + [4.0, 5.0, 6.0 + k]) for k in range(15)]

    expected = np.array([[2.0] * 15, [5 + k / 3 for k in range(15)]])
    assert plan.losses(found) == pytest.approx(expected)


def test_all_steps_count_in_a_sweep() -> None:
    rows = [np.arange(50.0), np.ones(50)]

    assert Plan(steps=50, repeats=2).losses(rows).tolist() == [row.tolist() for row in rows]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"mode": "swep"}, "mode: 'swep' is not a mode; write 'sweep' or 'grid'"),
        (
            {"lowest": 10.0, "highest": 1e-6},
            "lowest: 10 is not below highest, which is 1e-06; write lowest=1e-06 highest=10",
        ),
        (
            {"lowest": 1.0, "highest": 1.0},
            "lowest: 1 is not below highest, which is 1; write lowest=1e-06 highest=10",
        ),
        (
            {"lowest": 0.01, "highest": 0.5},
            "highest: 0.5 is less than 100 times lowest, 0.01, which is too narrow to see a valley",
        ),
        ({"lowest": 0}, "lowest: 0 is not a number above 0; write for example 1e-6"),
        ({"highest": np.inf}, "highest: inf is not a number above 0; write for example 1e-6"),
        ({"highest": "1"}, "highest: '1' is not a number above 0; write for example 1e-6"),
        ({"lowest": True}, "lowest: True is not a number above 0; write for example 1e-6"),
        ({"steps": 49}, "steps: 49 is not a whole number of at least 50; write steps=200"),
        (
            {"steps": 4, "mode": "grid"},
            "steps: 4 is not a whole number of at least 5; write steps=40",
        ),
        ({"steps": 1e3}, "steps: 1000.0 is not a whole number of at least 50"),
        ({"repeats": True}, "repeats: True is not a whole number of at least 1; write repeats=3"),
    ],
)
def test_what_makes_no_test_is_refused(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(FindError) as error:
        Plan(**written)

    assert str(error.value).startswith(problem)
