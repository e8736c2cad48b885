"""The way back: a curve as a LambdaLR and as a function."""

import io
import pickle

import pytest
import torch
from torch.optim import SGD

from lr_plugin.interop import as_function, as_lambda_lr
from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Cosine, Curve, Linear, ScheduleError, Span, least_span

STEPS = 200


def curve_of(recipe: str) -> Curve:
    schedule = load_schedule(recipe)
    return schedule.over(least_span(schedule, Span(STEPS, steps_per_epoch=20)))


def optimizer_of(*rates: float) -> SGD:
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in rates]
    return SGD(groups, lr=1.0)


def rates_used(
    optimizer: SGD, scheduler: torch.optim.lr_scheduler.LambdaLR, steps: int
) -> list[float]:
    used = []
    for _ in range(steps):
        used.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return used


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_loop_with_a_lambda_lr_uses_the_curve(recipe: str) -> None:
    curve, optimizer = curve_of(recipe), optimizer_of(0.3)
    used = rates_used(optimizer, as_lambda_lr(curve, optimizer), STEPS + 5)

    assert used == [0.3 * value for value in curve(range(STEPS + 5)).tolist()]


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_function_gives_the_curves_values_in_any_order(recipe: str) -> None:
    curve = curve_of(recipe)
    function = as_function(curve)

    assert [function(step) for step in (3, 0, 199, 7, 10_000, 0)] == [
        curve(step) for step in (3, 0, 199, 7, 10_000, 0)
    ]


def test_a_function_is_right_across_its_blocks() -> None:
    curve = Linear().over(Span(10_000))
    function = as_function(curve)

    assert [function(step) for step in range(10_000)] == curve(range(10_000)).tolist()


def test_a_function_can_be_pickled() -> None:
    function = as_function(curve_of("sgdr"))
    values = [function(step) for step in range(STEPS)]
    twin = pickle.loads(pickle.dumps(function))  # noqa: S301 - our own

    assert [twin(step) for step in range(STEPS)] == values


def test_a_run_goes_on_from_a_saved_state() -> None:
    curve = curve_of("warmup_cosine")
    optimizer = optimizer_of(0.3)
    scheduler = as_lambda_lr(curve, optimizer)
    before = rates_used(optimizer, scheduler, 70)
    file = io.BytesIO()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, file)

    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again = optimizer_of(0.3)
    resumed = as_lambda_lr(curve, again)
    again.load_state_dict(saved["optimizer"])
    resumed.load_state_dict(saved["scheduler"])

    after = rates_used(again, resumed, STEPS - 70)
    assert before + after == [0.3 * value for value in curve(range(STEPS)).tolist()]


def test_a_run_goes_on_from_a_stated_step() -> None:
    curve, optimizer = curve_of("cosine"), optimizer_of(0.3)
    optimizer.param_groups[0]["initial_lr"] = 0.3

    scheduler = as_lambda_lr(curve, optimizer, last_epoch=49)

    assert rates_used(optimizer, scheduler, 3) == [0.3 * curve(step) for step in (50, 51, 52)]


def test_each_group_may_have_a_curve_of_its_own() -> None:
    curves = [Linear().over(Span(4)), Cosine().over(Span(4))]
    optimizer = optimizer_of(1.0, 0.5)
    scheduler = as_lambda_lr(curves, optimizer)
    optimizer.step()
    scheduler.step()

    assert scheduler.get_last_lr() == [curves[0](1), 0.5 * curves[1](1)]


def test_one_curve_is_for_all_groups() -> None:
    optimizer = optimizer_of(1.0, 0.5)
    scheduler = as_lambda_lr(Linear().over(Span(4)), optimizer)
    optimizer.step()
    scheduler.step()

    assert scheduler.get_last_lr() == [0.75, 0.375]


def test_a_schedule_that_is_not_over_a_span_is_refused() -> None:
    with pytest.raises(ScheduleError, match=r"Linear\(.*\) is no curve; write schedule\.over"):
        as_lambda_lr(Linear(), optimizer_of(1.0))  # type: ignore[arg-type] # the mistake


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(ScheduleError, match="group 1 has the learning rate 0"):
        as_lambda_lr(Linear().over(Span(4)), optimizer_of(1.0, 0.0))


def test_a_negative_step_is_refused() -> None:
    with pytest.raises(ScheduleError, match="step -1 is negative"):
        as_function(Linear().over(Span(4)))(-1)
