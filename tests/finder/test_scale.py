import numpy as np
import pytest

from lr_plugin.finder import fitted
from lr_plugin.finder.scale import schedule_ratio
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.bound import peak_ratio


def test_nothing_known_changes_nothing() -> None:
    assert schedule_ratio(None) == 1


def test_schedules_of_one_length_differ_by_the_bound() -> None:
    linear, flat = np.linspace(1, 0, 300, endpoint=False), np.ones(300)

    assert schedule_ratio(linear) / schedule_ratio(flat) == pytest.approx(peak_ratio(linear, flat))


def test_a_longer_training_wants_a_somewhat_lower_rate() -> None:
    assert schedule_ratio(np.ones(fitted.LENGTH)) == pytest.approx(1)
    assert schedule_ratio(np.ones(100 * fitted.LENGTH)) == pytest.approx(0.01**fitted.LENGTH_POWER)


def test_factors_that_no_rate_can_have_are_refused() -> None:
    with pytest.raises(ScheduleError, match=r"^factors: -1\.0 at step 1"):
        schedule_ratio([1.0, -1.0])
