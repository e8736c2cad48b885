"""The node as a schedule: clocks, totals, limits and errors."""

import subprocess
import sys
from dataclasses import replace

import pytest

from lr_plugin.interop import Torch
from lr_plugin.schedule import (
    Linear,
    Phase,
    ScheduleError,
    Sequence,
    Span,
    Stretch,
    least_span,
)

TORCH = "torch.optim.lr_scheduler"
COSINE = Torch(scheduler=f"{TORCH}.CosineAnnealingLR", total_argument="T_max")
HALVES = Torch(scheduler=f"{TORCH}.ExponentialLR", arguments={"gamma": 0.5})


def error_of(node: Torch, span: Span = Span(8)) -> ScheduleError:  # noqa: B008 - it is frozen
    with pytest.raises(ScheduleError) as caught:
        node.over(span)
    return caught.value


def test_a_users_subclass_is_called_once_per_step(third_party: str) -> None:
    node = Torch(scheduler=f"{third_party}.Halving", arguments={"every": 2})

    assert node.over(Span(5))(range(5)).tolist() == [1.0, 1.0, 0.5, 0.5, 0.25]


@pytest.mark.parametrize("in_epochs", [True, False])
def test_a_scheduler_that_is_told_the_count_is_told_it(third_party: str, in_epochs: bool) -> None:  # noqa: FBT001 - a parameter
    arguments = {"t_initial": 4, "t_in_epochs": in_epochs}
    node = Torch(scheduler=f"{third_party}.Counted", arguments=arguments)

    assert node.over(Span(6))(range(6)).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]


def test_a_scheduler_of_no_base_class_and_any_argument_is_taken(third_party: str) -> None:
    node = Torch(scheduler=f"{third_party}.Told", arguments={"rate": 3.0})

    assert node.over(Span(3))(range(3)).tolist() == [1.0, 3.0, 6.0]


def test_a_floor_in_absolute_numbers_is_a_floor_of_the_stated_base(third_party: str) -> None:
    arguments = {"t_initial": 2, "lr_min": 0.25}
    node = Torch(scheduler=f"{third_party}.Counted", arguments=arguments, base=0.5)

    assert node.over(Span(3))([0, 1, 2]).tolist() == [1.0, 0.75, 0.5]
    assert replace(node, absolute=True).over(Span(3))([0, 1, 2]).tolist() == [0.5, 0.375, 0.25]


@pytest.mark.parametrize("name", ["Watching", "PlateauLRScheduler", "watching"])
def test_what_follows_a_metric_is_refused_under_any_name(third_party: str, name: str) -> None:
    node = Torch(scheduler=f"{third_party}.{name}", arguments={})
    if name == "PlateauLRScheduler":
        node = replace(node, arguments={"t_initial": 3})

    assert "follows a metric" in str(error_of(node))


def test_a_scheduler_stepped_per_epoch_keeps_its_value_within_each() -> None:
    node = replace(HALVES, every="1 epochs")

    values = node.over(Span(9, steps_per_epoch=3))(range(12))

    assert values.tolist() == [1.0] * 3 + [0.5] * 3 + [0.25] * 6


def test_a_total_is_counted_in_calls() -> None:
    per_epoch = replace(COSINE, every="1 epochs").over(Span(400, steps_per_epoch=100))

    assert per_epoch([0, 100, 399]).tolist() == COSINE.over(Span(4))([0, 1, 3]).tolist()


def test_stretching_time_calls_the_scheduler_less_often() -> None:
    stretched = Stretch(schedule=HALVES, factor=2).over(Span(6))

    assert stretched(range(6)).tolist() == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_a_run_of_unknown_length_needs_no_total_where_the_scheduler_needs_none() -> None:
    curve = HALVES.over(Span(None))

    assert curve([3, 0, 5]).tolist() == [0.125, 1.0, 0.03125]


def test_a_run_of_unknown_length_is_refused_where_the_scheduler_needs_it() -> None:
    error = error_of(COSINE, Span(None))

    assert error.key == "total_argument"
    assert "needs a run of known length" in error.problem


def test_too_many_calls_are_refused_before_the_first() -> None:
    error = error_of(HALVES, Span(10_000_001))

    assert error.key == "every"
    assert "10000001 calls are too many" in error.problem
    assert replace(HALVES, every="1000 epochs").over(Span(10**9, 1000))(10**9) == 0.5**999


def test_a_scheduler_that_ends_too_early_is_an_error_before_training() -> None:
    error = error_of(
        Torch(scheduler=f"{TORCH}.OneCycleLR", arguments={"max_lr": 1.0, "total_steps": 5})
    )

    assert error.key == "arguments"
    assert "failed at call 6: ValueError: Tried to step 6 times" in error.problem


def test_a_scheduler_that_cannot_be_built_is_blamed_in_its_own_words() -> None:
    node = Torch(scheduler=f"{TORCH}.LinearLR", arguments={"start_factor": 3.0})

    assert "failed while it was built: ValueError: Starting multiplicative" in str(error_of(node))


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_value_that_is_no_number_is_an_error_before_training(
    third_party: str, value: str
) -> None:
    node = Torch(scheduler=f"{third_party}.Breaking", arguments={"at": 5, "value": value})

    assert f"gives {value} after 5 calls" in str(error_of(node))
    assert node.over(Span(5))(4) == 1.0


def test_an_unknown_argument_says_what_was_meant() -> None:
    error = error_of(Torch(scheduler=f"{TORCH}.LinearLR", arguments={"total_iter": 3}))

    assert str(error) == (
        "arguments.total_iter: LinearLR has no such argument; did you mean 'total_iters'?"
    )


def test_a_missing_argument_says_how_to_give_it() -> None:
    assert str(error_of(Torch(scheduler=f"{TORCH}.CosineAnnealingLR"))) == (
        "arguments.T_max: CosineAnnealingLR needs it; write it here, or 'total_argument: T_max' if "
        "it is the number of calls"
    )


def test_an_error_inside_a_composition_has_the_whole_key() -> None:
    phases = {"main": Phase(schedule=replace(HALVES, arguments={"gama": 0.5}))}

    with pytest.raises(ScheduleError, match=r"^phases\.main\.arguments\.gama: .*'gamma'"):
        Sequence(phases=phases).over(Span(5))


def test_a_trial_run_takes_the_least_span_that_it_fits() -> None:
    late = Sequence(
        phases={
            "warmup": Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration="5 steps"),
            "main": Phase(schedule=COSINE),
        }
    )

    assert least_span(late, Span(1)).steps == 5


def test_importing_the_package_does_not_load_torch() -> None:
    code = "import sys, lr_plugin.interop; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
