"""Defects of Lightning and Hydra with schedulers: ours does not have them.

Each run measures what its updates used; see test_defects.py for the numbers.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from pytorch_lightning.callbacks import GradientAccumulationScheduler, LearningRateFinder
from torch.utils.data import IterableDataset
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import ScheduleError, Span, load
from tests.peers.conftest import Rates

Train = Callable[..., Rates]

LINEAR = {"kind": "linear"}
HALVES = {"kind": "step", "factor": 0.5}
RESTARTS = {"kind": "repeat", "period": "5 steps", "schedule": {"kind": "cosine"}}


class Stream(IterableDataset[int]):
    """Data without a length."""

    @override
    def __iter__(self) -> Iterator[int]:
        return iter(range(6))


def of_group(used: Rates, group: int = 0) -> list[float]:
    return [rates[group] for rates in used]


def test_defect_4_a_floor_does_not_lift_a_small_group_in_training(train: Train) -> None:
    floored = {"kind": "clamp", "min_value": 0.01, "schedule": {"kind": "cosine"}}
    used = train(LearningRateScheduler(floored), max_epochs=1, rates=(0.1, 0.001))

    assert of_group(used, 1) == pytest.approx([0.01 * big for big in of_group(used)], rel=1e-9)
    assert max(of_group(used, 1)) == used[0][1] == pytest.approx(0.001, rel=1e-9)


def test_defect_8_a_drop_is_on_its_step_in_whichever_epoch_that_is(train: Train) -> None:
    used = train(LearningRateScheduler(HALVES | {"every": "10 steps"}), max_epochs=3)

    assert of_group(used) == pytest.approx([1.0] * 10 + [0.5] * 10 + [0.25] * 4, rel=1e-9)


def test_defect_8_accumulation_counts_updates_and_not_batches(train: Train) -> None:
    halves = LearningRateScheduler(HALVES | {"every": "3 steps"})
    used = train(halves, max_epochs=3, accumulate_grad_batches=4)

    assert of_group(used) == pytest.approx([1.0] * 3 + [0.5] * 3, rel=1e-9)


def test_defect_9_a_resumed_run_of_another_length_is_refused(train: Train, tmp_path: Path) -> None:
    path = tmp_path / "half.ckpt"
    train(LearningRateScheduler({"kind": "cosine"}), max_epochs=1, save=path)

    with pytest.raises(ScheduleError, match=r"8 +16"):
        train(LearningRateScheduler({"kind": "cosine"}), max_epochs=2, ckpt_path=path)


@pytest.mark.parametrize("schedule", [{"kind": "cosine"}, RESTARTS, HALVES | {"every": "4 steps"}])
def test_defect_18_a_run_that_starts_later_starts_in_the_right_place(
    train: Train, tmp_path: Path, schedule: dict[str, object]
) -> None:
    path = tmp_path / "first.ckpt"
    train(LearningRateScheduler(schedule, total=24), max_epochs=1, save=path)
    tail = train(LearningRateScheduler(schedule, total=24), max_epochs=3, ckpt_path=path)
    whole = train(LearningRateScheduler(schedule, total=24), max_epochs=3)

    assert of_group(tail) == pytest.approx(of_group(whole)[8:], rel=1e-9, abs=1e-12)


def test_defect_10_a_run_of_unknown_length_is_not_taken_for_any_length(train: Train) -> None:
    with pytest.raises(ScheduleError, match="total=1000"):
        train(LearningRateScheduler(LINEAR), max_epochs=1, data=Stream())

    used = train(LearningRateScheduler(LINEAR, total=6), max_epochs=1, data=Stream())
    assert of_group(used) == pytest.approx([1 - k / 6 for k in range(6)], rel=1e-9)


def test_defect_10_accumulation_that_changes_is_counted(train: Train) -> None:
    accumulation = GradientAccumulationScheduler({0: 1, 1: 4})
    used = train(LearningRateScheduler(LINEAR), accumulation, max_epochs=2)

    assert of_group(used) == pytest.approx([1 - k / 10 for k in range(10)], rel=1e-9)


@pytest.mark.parametrize("schedule", [RESTARTS, LINEAR])
def test_defect_11_a_rate_that_was_found_is_kept(train: Train, schedule: dict[str, object]) -> None:
    finder = LearningRateFinder(num_training_steps=20, attr_name="rate")
    callback = LearningRateScheduler(schedule)
    used = train(
        callback, finder, max_epochs=1, data=range(40), rates=(1e-5,), enable_checkpointing=True
    )
    curve = load(schedule).over(Span(40))
    found = used[0][0]

    assert found > 1e-4
    assert of_group(used) == pytest.approx((found * curve(range(40))).tolist(), rel=1e-6)


APP = """
hydra: {searchpath: ["pkg://lr_plugin.conf"]}
defaults: [callbacks/lr_scheduler: default, _self_]
schedule:
  kind: sequence
  phases:
    inner:
      kind: sequence
      duration: 10 steps
      phases:
        warmup: {kind: linear, start_value: 0.5, end_value: 1.0, duration: 2 steps}
        drops: {kind: multistep, milestones: [4 steps, 6 steps], factor: 0.5}
    rest: {kind: constant, value: 0.1}
"""


def composed(folder: Path, *overrides: str) -> LearningRateScheduler:
    (folder / "app.yaml").write_text(APP, "utf-8")
    with initialize_config_dir(str(folder), version_base=None):
        callback = instantiate(compose("app", list(overrides)).callbacks.lr_scheduler)
    assert isinstance(callback, LearningRateScheduler)
    return callback


def test_defect_12_a_nested_schedule_with_lists_comes_through_hydra(tmp_path: Path) -> None:
    (rule,) = composed(tmp_path).rules
    values = rule.schedule.over(Span(12))(range(12)).tolist()

    assert values == [0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.1, 0.1]


def test_defect_12_a_list_of_groups_comes_through_hydra(tmp_path: Path) -> None:
    rules = "+callbacks.lr_scheduler.rules.momentum={schedule: linear, groups: [0, 'head*']}"
    _, rule = composed(tmp_path, rules).rules

    assert rule.groups == (0, "head*")


def test_defect_12_a_wrong_key_is_an_error_while_the_callback_is_built(tmp_path: Path) -> None:
    wrong = "+schedule.phases.inner.phases.warmup.peak=1"

    with pytest.raises(Exception, match=r"schedule\.phases\.inner\.phases\.warmup\.peak: 'linear'"):
        composed(tmp_path, wrong)


def test_defect_12_a_length_that_is_no_whole_number_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"total: 10000\.0 is no .*write 1000"):
        composed(tmp_path, "+callbacks.lr_scheduler.total=1e4")


def test_defect_12_a_duration_may_be_written_with_an_exponent(tmp_path: Path) -> None:
    (rule,) = composed(tmp_path, "schedule.phases.inner.duration=1e4 steps").rules

    assert rule.schedule.over(Span(20_000))([9_999, 10_000]).tolist() == [0.25, 0.1]
