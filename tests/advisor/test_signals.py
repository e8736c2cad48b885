"""Statistics have their exact values on quadratics, straight lines and random walks."""

from collections.abc import Callable
from dataclasses import replace
from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from lr_plugin.advisor import Pair, Signal, Window, gradients, path, statistics

Values = NDArray[np.float64]
Record = Callable[..., Window]


def descend(record: Record, rate: float, *, scale: float = 1.0, **more: float) -> Window:
    """Descend on a parabola of curvature `scale`, from 1, without noise."""
    return record(
        np.ones(3),
        lambda place, _: scale * place,
        lambda place, _: scale * float(place @ place) / 2,
        rate=rate,
        **{"steps": 40, **more},
    )


@pytest.mark.parametrize("times", [0.01, 0.5, 1.0, 1.5])
def test_the_slope_ratio_of_a_parabola_is_one_less_rate_times_curvature(
    record: Record, times: float
) -> None:
    window = descend(record, times / 4, scale=4.0, steps=20)
    assert gradients.slope_ratio(window).value == pytest.approx(1 - times, abs=1e-9)


@pytest.mark.parametrize(("times", "sign"), [(0.5, 1), (0.99, 1), (1.01, -1), (1.9, -1)])
def test_the_alignment_changes_its_sign_where_a_step_ends_at_the_lowest_point(
    record: Record, times: float, sign: int
) -> None:
    assert gradients.alignment(descend(record, times)).value == pytest.approx(sign)


def test_a_slope_ratio_needs_probes_and_a_loss_that_falls(record: Record) -> None:
    window = descend(record, 0.5)
    upwards = tuple(replace(probe, before=0.0, after=1.0) for probe in window.probes)

    assert isnan(gradients.slope_ratio(replace(window, probes=())).value)
    assert isnan(gradients.slope_ratio(replace(window, probes=upwards)).value)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_straight_line_has_directedness_one(record: Record, momentum: float) -> None:
    window = record(
        np.zeros(2),
        lambda _place, _step: np.array([1.0, 2.0]),
        lambda place, _: 9 - float(place.sum()),
        rate=0.1,
        steps=400,
    )
    assert path.directedness(replace(window, momentum=momentum)).value == pytest.approx(1.0)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.98])
def test_a_random_walk_has_the_length_that_is_predicted(record: Record, momentum: float) -> None:
    # in many dimensions a single walk is as long as the mean of many in one
    noise = np.random.default_rng(0).standard_normal((301, 20_000))
    window = record(
        np.zeros(20_000),
        lambda _place, step: noise[step],
        lambda _place, _step: 1.0,
        rate=1.0,
        steps=300,
        momentum=momentum,
    )
    # velocities begin at zero, which shortens the first steps of a walk with much momentum
    squares = float(np.sum(window.column("update") ** 2))
    reached = float(window.column("distance")[-1]) / sqrt(squares)
    assert reached == pytest.approx(path.random_walk(300, momentum), rel=0.02 + momentum / 10)
    assert path.directedness(window).value == pytest.approx(0.0, abs=0.06)


def test_updates_that_undo_one_another_have_negative_directedness(record: Record) -> None:
    assert path.directedness(descend(record, 1.9)).value < 0


@given(factor=st.floats(1e-3, 1e3))
def test_units_of_the_loss_change_no_ratio(factor: float) -> None:
    pairs = tuple(
        Pair(
            step=step,
            rate=0.1,
            loss=2.0 - step / 20,
            update=1.0,
            distance=1.0 + step / 2,
            gradient=2.0,
            slope=0.5 + step % 3,
            pull=1.0,
            coherence=0.3,
        )
        for step in range(20)
    )
    window = Window(
        start=0, stop=20, since=0, fraction=1, momentum=0.9, first_loss=2.0, pairs=pairs
    )
    scaled = replace(
        window,
        first_loss=2.0 * factor,
        pairs=tuple(
            replace(
                pair,
                loss=pair.loss * factor,
                gradient=pair.gradient * factor,
                slope=pair.slope * factor,
                pull=pair.pull * factor,
            )
            for pair in pairs
        ),
    )
    values = [
        [getattr(statistics(each), name).value for name in ("alignment", "displacement")]
        + [getattr(statistics(each), name).value for name in ("loss_ratio", "loss_trend")]
        for each in (window, scaled)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-6, abs=1e-9)


def test_a_trend_is_the_change_of_the_log_and_oscillation_what_is_left(record: Record) -> None:
    window = descend(record, 0.1, steps=50)
    found = statistics(window)

    assert found.loss_trend.value == pytest.approx(50 * 2 * np.log(0.9))
    assert found.oscillation.value == pytest.approx(0, abs=1e-9)
    assert found.loss_ratio.value == pytest.approx(0.9 ** (2 * 24.5), rel=0.02)


def test_losses_that_are_not_positive_have_no_logarithm(record: Record) -> None:
    window = descend(record, 0.1)
    negative = replace(
        window,
        first_loss=-1.0,
        pairs=tuple(replace(pair, loss=-pair.loss) for pair in window.pairs),
    )
    found = statistics(negative)
    assert [isnan(each.value) for each in (found.loss_trend, found.oscillation, found.loss_ratio)]


def test_a_loss_that_is_not_finite_is_infinitely_far(record: Record) -> None:
    window = descend(record, 0.1)
    broken = replace(window, pairs=(*window.pairs[:-1], replace(window.pairs[-1], loss=np.nan)))
    assert statistics(broken).loss_ratio.value == float("inf")


def test_nothing_can_be_said_of_nothing() -> None:
    found = statistics(
        Window(
            start=0, stop=0, since=0, fraction=0, momentum=0, first_loss=1.0, pairs=(), probes=()
        )
    )
    values = [
        *(found.alignment, found.displacement, found.directedness, found.coherence),
        *(found.slope_ratio, found.loss_ratio, found.loss_trend, found.oscillation),
    ]
    assert all(isnan(each.value) and isnan(each.t) for each in values)


@pytest.mark.parametrize(
    ("distance", "squares", "steps"), [(0.0, 1.0, 9), (1.0, 0.0, 9), (1.0, np.inf, 9), (1, 1, 1)]
)
def test_a_path_that_leads_nowhere_has_no_directedness(
    distance: float, squares: float, steps: int
) -> None:
    assert isnan(path.straightness(distance, squares, steps, 0.9).value)


def test_one_pair_has_no_standard_error(record: Record) -> None:
    found = gradients.alignment(descend(record, 0.1, steps=1))
    assert found.value == pytest.approx(1)
    assert isnan(found.error)
    assert isnan(found.t)


def test_t_is_the_value_in_standard_errors() -> None:
    assert Signal(value=3.0, error=1.5).t == 2.0


def test_numbers_that_are_not_finite_give_no_cosine(record: Record) -> None:
    window = descend(record, 0.1)
    broken = replace(window, pairs=(replace(window.pairs[0], slope=np.nan), *window.pairs[1:]))
    assert isnan(gradients.alignment(broken).value)
