"""Plateau against torch's ReduceLROnPlateau and scikit-learn's rule."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings, strategies as st

from lr_plugin.schedule import ScheduleError
from lr_plugin.trigger import Plateau

RECORDED = [2.31, 1.52, 1.1, 0.92, 0.93, 0.90, 0.905, 0.9, 0.91, 0.88, 0.89, 0.9, 0.91, 0.92, 0.93]


def fired(trigger: Plateau, values: Sequence[float]) -> list[int]:
    memory, steps = trigger.start({}), []
    for i, value in enumerate(values):
        look = trigger.look(memory, value)
        memory = look.memory
        steps += [i] if look.fired else []
    return steps


def torchs(values: Sequence[float], **arguments: object) -> list[int]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        factor=0.5,
        eps=0.0,
        **arguments,  # type: ignore[arg-type]
    )
    steps, rate = [], 1.0
    for i, value in enumerate(values):
        scheduler.step(value)
        steps += [i] if optimizer.param_groups[0]["lr"] < rate else []
        rate = optimizer.param_groups[0]["lr"]
    return steps


SETTINGS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["min", "max"]),
        "threshold_mode": st.sampled_from(["rel", "abs"]),
        "patience": st.integers(0, 4),
        "cooldown": st.integers(0, 3),
        "threshold": st.sampled_from([0.0, 1e-4, 0.1]),
    }
)


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=40), SETTINGS)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_it_fires_when_torchs_would_on_positive_metrics(
    values: list[float], arguments: dict[str, Any]
) -> None:
    assert torchs(values, **arguments) == fired(Plateau(monitor="m", **arguments), values)


def test_it_fires_when_torchs_would_on_a_recorded_loss() -> None:
    ours = Plateau(monitor="m", patience=1, threshold=0.01)

    assert torchs(RECORDED, patience=1, threshold=0.01) == fired(ours, RECORDED)
    assert fired(ours, RECORDED) != []


def test_a_negative_metric_that_gets_worse_is_no_improvement_where_torch_takes_it_for_one() -> None:
    values = [-1.0, -0.95, -0.95, -0.95]
    ours = Plateau(monitor="m", patience=1, threshold=0.1)

    assert fired(ours, values) == [2]
    assert torchs(values[:3], patience=1, threshold=0.1) == []


def test_nan_and_infinity_are_never_an_improvement() -> None:
    ours = Plateau(monitor="m", patience=1)

    assert fired(ours, [1.0, math.nan, math.inf, 0.5]) == [2]


def test_a_first_value_that_is_nan_leaves_the_best_open() -> None:
    ours = Plateau(monitor="m", patience=5)
    memory = ours.look(ours.start({}), math.nan).memory

    assert memory["best"] is None
    assert ours.look(memory, 3.0).memory["best"] == 3.0


def sklearns(losses: Sequence[float], tol: float, patience: int) -> list[int]:
    """Scikit-learn's MLP: bad unless better by tol; the best moves with any improvement."""
    steps: list[int] = []
    best, bad = math.inf, 0
    for i, loss in enumerate(losses):
        bad = bad + 1 if loss > best - tol else 0
        best = min(best, loss)
        if bad > patience:
            steps, bad = [*steps, i], 0
    return steps


@given(st.lists(st.integers(1, 20), min_size=1, max_size=40), st.integers(0, 4))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_best_any_counts_as_scikit_learn_does(losses: list[int], patience: int) -> None:
    ours = Plateau(monitor="m", patience=patience, threshold=1.5, threshold_mode="abs", best="any")

    assert sklearns(losses, 1.5, patience) == fired(ours, losses)


def test_a_window_averages_before_it_looks() -> None:
    falling = [4.0, 6.0, 3.0, 5.0, 2.0, 4.0]

    assert fired(Plateau(monitor="m", patience=0), falling) == [1, 3, 5]
    assert fired(Plateau(monitor="m", patience=0, window=2), falling) == []


def test_max_count_silences_it() -> None:
    assert fired(Plateau(monitor="m", patience=0, max_count=2), [1.0] * 6) == [1, 2]


def test_a_new_phase_begins_with_fresh_counters_and_the_same_count() -> None:
    trigger = Plateau(monitor="m", patience=0, max_count=1)
    memory = trigger.look(trigger.look(trigger.start({}), 1.0).memory, 1.0).memory

    again = trigger.start(memory)

    assert (again["best"], again["bad"], again["count"]) == (None, 0, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("monitor", ""),
        ("mode", "lowest"),
        ("threshold_mode", "relative"),
        ("patience", -1),
        ("threshold", math.nan),
        ("window", 0),
        ("max_count", 0),
        ("best", "all"),
        ("start_after", 0.1),
        ("missing", "warn"),
    ],
)
def test_a_field_that_cannot_be_is_named(field: str, value: object) -> None:
    with pytest.raises(ScheduleError) as caught:
        Plateau(**{"monitor": "m", field: value})  # type: ignore[arg-type]

    assert field == caught.value.key
