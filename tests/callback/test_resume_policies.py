"""Policies: what a changed run does with its values is chosen, said in numbers, and exact."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.callback.resume import Choice
from lr_plugin.schedule import Constant, Cosine, ScheduleError, Span

LINEAR = {"kind": "linear"}
COSINE = {"kind": "cosine"}
KEY = "lr_plugin.LearningRateScheduler"


class Save(Callback):
    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


Before = Callable[..., Path]
Go = Callable[..., Any]


@pytest.fixture
def before(fit: Callable[..., Any], tmp_path: Path) -> Before:
    """A checkpoint of 8 of 20 steps of a linear schedule, unless something else is wanted."""

    def run(schedule: Any = LINEAR, step: int = 8, **settings: Any) -> Path:  # noqa: ANN401 - any of the callback's
        path = tmp_path / f"{step}.ckpt"
        of = {name: settings.pop(name) for name in ("rules", "ignore") if name in settings}
        callback = LearningRateScheduler(None if "rules" in of else schedule, **of)
        fit(callback, Save(step, path), **{"max_epochs": 2, **settings})
        return path

    return run


@pytest.fixture
def go_on(fit: Callable[..., Any]) -> Go:
    """Resume, and give the run and what was said about it."""

    def run(
        callback: LearningRateScheduler, path: Path | None, *others: Callback, **settings: object
    ) -> tuple[Any, str]:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            done = fit(callback, *others, ckpt_path=path, **{"max_epochs": 2, **settings})
        told = [str(each.message) for each in said if "This run is not" in str(each.message)]
        assert len(told) <= 1
        return done, "".join(told)

    return run


def linear(steps: range, length: int, base: float = 1.0) -> list[float]:
    return [base * (1 - step / length) for step in steps]


def test_recompute_follows_the_new_plan_as_if_it_had_been_so_from_the_start(
    before: Before, go_on: Go
) -> None:
    callback = LearningRateScheduler(LINEAR, on_change="recompute")
    run, told = go_on(callback, before(), max_epochs=4)

    assert run.rates == pytest.approx(linear(range(8, 40), 40), rel=1e-12)
    assert re.search(r"length.lr/0.steps +20 +40\n", told)
    assert re.search(r"value +recompute +keep +continue\nlr at step 8 +0.8 +0.6 +0.6\n", told)
    assert "on_change is 'recompute'" in told


def test_keep_follows_the_plan_of_the_checkpoint_and_holds_its_end(
    before: Before, go_on: Go
) -> None:
    callback = LearningRateScheduler(LINEAR, on_change="keep")
    run, told = go_on(callback, before(), max_epochs=4)

    assert run.rates == pytest.approx([*linear(range(8, 20), 20), *[0.0] * 20], abs=1e-12)
    assert re.search(r"lr at step 39 +0.025 +0 +0.01875\n?", told)


def test_continue_follows_the_new_plan_from_the_value_in_force(before: Before, go_on: Go) -> None:
    callback = LearningRateScheduler(LINEAR, on_change="continue")
    run, _ = go_on(callback, before(), max_epochs=4)

    assert run.rates[0] == pytest.approx(0.6, rel=1e-12)
    assert run.rates == pytest.approx([0.75 * x for x in linear(range(8, 40), 40)], rel=1e-12)


@pytest.mark.parametrize("policy", ["recompute", "keep", "continue"])
def test_another_schedule_gives_the_values_in_the_table(
    before: Before, go_on: Go, policy: Choice
) -> None:
    cosine = Cosine().over(Span(20))
    scaled = 0.6 / cosine(8)
    first = {"recompute": cosine(8), "keep": 0.6, "continue": 0.6}
    last = {"recompute": cosine(19), "keep": 0.05, "continue": scaled * cosine(19)}
    run, told = go_on(LearningRateScheduler(COSINE, on_change=policy), before())

    assert (run.rates[0], run.rates[-1]) == pytest.approx((first[policy], last[policy]), rel=1e-12)
    assert re.search(r"rules.lr.schedule.kind +linear +cosine\n", told)
    assert f"{first[policy]:.6g}" in told
    assert f"{last[policy]:.6g}" in told


@pytest.mark.parametrize(
    ("policy", "first"), [("recompute", 1.8), ("keep", 0.6), ("continue", 0.6)]
)
def test_another_configured_value(
    before: Before, go_on: Go, make_slope: Callable[..., Any], policy: Choice, first: float
) -> None:
    path = before()
    module = make_slope(rates=(3.0,))
    run, told = go_on(LearningRateScheduler(LINEAR, on_change=policy), path, module=module)

    assert run.rates == pytest.approx([first * k / 12 for k in range(12, 0, -1)], rel=1e-9)
    assert re.search(r"configured lr of group 0 of optimizer 0 +1.0 +3.0\n", told)
    assert re.search(r"lr at step 8 +1.8 +0.6 +0.6\n", told)


def test_two_groups_of_which_one_has_another_value(
    before: Before, go_on: Go, make_slope: Callable[..., Any]
) -> None:
    path = before(module=make_slope(rates=(1.0, 0.1)))
    module = make_slope(rates=(1.0, 0.5))
    run, told = go_on(LearningRateScheduler(LINEAR, on_change="continue"), path, module=module)

    assert run.used[0][0] == pytest.approx([0.6, 0.06], rel=1e-9)
    assert run.used[0][-1] == pytest.approx([0.05, 0.005], rel=1e-9)
    assert re.search(r"lr/group1 at step 8 +0.3 +0.06 +0.06\n", told)


MOMENTUM: dict[str, Any] = {
    "momentum": {"schedule": {"kind": "constant", "value": 0.5}, "mode": "set"}
}
LR: dict[str, Any] = {"lr": {"schedule": LINEAR}}


def sgd(weights: Any, _: object) -> torch.optim.Optimizer:  # noqa: ANN401 - parameters
    return torch.optim.SGD(weights, lr=1.0, momentum=0.25, weight_decay=0.125)


def momentum(run: Any) -> float:  # noqa: ANN401 - a run
    found: float = run.trainer.optimizers[0].param_groups[0]["momentum"]
    return found


@pytest.mark.parametrize(
    ("policy", "value"), [("recompute", 0.5), ("keep", 0.25), ("continue", 0.25)]
)
def test_a_rule_that_was_added(
    before: Before, go_on: Go, make_slope: Callable[..., Any], policy: Choice, value: float
) -> None:
    path = before(module=make_slope(configure=sgd))
    callback = LearningRateScheduler(rules=LR | MOMENTUM, on_change=policy)
    run, told = go_on(callback, path, module=make_slope(configure=sgd))

    assert momentum(run) == value
    assert re.search(r"momentum at step 8 +0.5 +0.25 +0.25\n", told)
    assert "momentum" in callback.values() or policy == "keep"


@pytest.mark.parametrize(
    ("policy", "value"), [("recompute", 0.25), ("keep", 0.5), ("continue", 0.5)]
)
def test_a_rule_that_was_removed(
    before: Before, go_on: Go, make_slope: Callable[..., Any], policy: Choice, value: float
) -> None:
    path = before(rules=LR | MOMENTUM, module=make_slope(configure=sgd))
    callback = LearningRateScheduler(LINEAR, on_change=policy)
    run, told = go_on(callback, path, module=make_slope(configure=sgd))

    assert momentum(run) == value
    assert re.search(r"rules.momentum +\{.*\} +-\n", told)
    assert re.search(r"momentum at step 8 +0.25 +0.5 +0.5\n", told)


@pytest.mark.parametrize("policy", ["recompute", "keep"])
def test_a_group_that_is_ignored_from_now_on(
    before: Before, go_on: Go, make_slope: Callable[..., Any], policy: Choice
) -> None:
    path = before(module=make_slope(rates=(1.0, 0.1)))
    callback = LearningRateScheduler(LINEAR, ignore=1, on_change=policy)
    run, told = go_on(callback, path, module=make_slope(rates=(1.0, 0.1)))

    assert re.search(r"ignore +\[\] +\[1\]\n", told)
    assert run.used[0][0] == pytest.approx([0.6, {"recompute": 0.1, "keep": 0.06}[policy]])


@pytest.mark.parametrize("policy", ["recompute", "keep", "continue"])
def test_a_run_after_a_policy_is_itself_resumed_exactly_and_twice(
    before: Before, go_on: Go, tmp_path: Path, policy: Choice
) -> None:
    one, two = tmp_path / "one.ckpt", tmp_path / "two.ckpt"
    callback = LearningRateScheduler(COSINE, on_change=policy)
    whole, _ = go_on(callback, before(), Save(12, one), max_epochs=4)
    chosen: Any = {"on_change": policy} if policy == "keep" else {}
    tail, told = go_on(LearningRateScheduler(COSINE, **chosen), one, Save(21, two), max_epochs=4)
    rest, again = go_on(LearningRateScheduler(COSINE, **chosen), two, max_epochs=4)

    assert tail.rates == whole.rates[4:]
    assert rest.rates == whole.rates[13:]
    assert rest.weights == tail.weights == whole.weights
    assert bool(told) == bool(again) == (policy == "keep")


def test_what_was_kept_goes_on_without_a_policy_under_the_config_that_it_came_from(
    fit: Callable[..., Any], before: Before, go_on: Go, tmp_path: Path
) -> None:
    path = tmp_path / "kept.ckpt"
    callback = LearningRateScheduler(COSINE, on_change="keep")
    whole, _ = go_on(callback, before(), Save(12, path))
    tail = fit(LearningRateScheduler(LINEAR), max_epochs=2, ckpt_path=path)

    assert tail.rates == whole.rates[4:]


CHOICES = (
    "Choose with on_change: 'recompute' follows the new plan from here, 'keep' the checkpoint's, "
    "'continue' the new one scaled to begin at the value here. Or put back what differs; to start "
    "another run from these weights, load them without ckpt_path"
)


def test_error_says_all_of_it_and_what_can_be_written(before: Before, go_on: Go) -> None:
    with pytest.raises(ScheduleError) as caught:
        go_on(LearningRateScheduler(LINEAR), before(), max_epochs=4)

    assert str(caught.value).splitlines() == [
        "on_change: This run is not the one in the checkpoint:",
        "what               checkpoint  now",
        "length.lr/0.steps  20          40",
        "",
        "value          recompute  keep  continue",
        "lr at step 8   0.8        0.6   0.6",
        "lr at step 39  0.025      0     0.01875",
        CHOICES,
    ]


@pytest.mark.parametrize("policy", ["error", "recompute", "keep", "continue"])
def test_nothing_is_said_where_nothing_differs(before: Before, go_on: Go, policy: Choice) -> None:
    run, told = go_on(LearningRateScheduler(LINEAR, on_change=policy), before())

    assert told == ""
    assert run.rates == pytest.approx(linear(range(8, 20), 20), rel=1e-12)


def test_continue_cannot_scale_a_schedule_that_is_0_here(before: Before, go_on: Go) -> None:
    late = {
        "kind": "sequence",
        "phases": {
            "off": {"kind": "constant", "value": 0.0, "duration": "50%"},
            "on": {"kind": "constant"},
        },
    }
    match = "the new schedule of lr of group 0 .* is 0 at this step, .*; write on_change: recompute"
    with pytest.raises(ScheduleError, match=match):
        go_on(LearningRateScheduler(late, on_change="continue"), before())
    run, told = go_on(LearningRateScheduler(late, on_change="keep"), before())
    assert run.rates == pytest.approx(linear(range(8, 20), 20), rel=1e-12)
    assert re.search(r"lr at step 8 +0 +0.6 +-\n", told)


def test_continue_cannot_go_on_from_0(before: Before, go_on: Go) -> None:
    match = "is 0 at this step, and scaled it would stay 0; write on_change: recompute"
    with pytest.raises(ScheduleError, match=match):
        go_on(LearningRateScheduler(LINEAR, on_change="continue"), before(step=20), max_epochs=4)


def test_keep_loads_a_class_of_ones_own_only_where_it_is_allowed(
    go_on: Go, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my_shapes.py").write_text(
        "from dataclasses import dataclass\n"
        "from lr_plugin.schedule import Shape\n"
        "@dataclass(frozen=True)\n"
        "class Straight(Shape):\n"
        "    def at(self, progress):\n"
        "        return 1 - progress\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    own = {"kind": "my_shapes.Straight"}
    path = tmp_path / "own.ckpt"
    go_on(LearningRateScheduler(own, allow=["my_shapes"]), None, Save(8, path))

    match = r"'keep' cannot be had: the checkpoint's rules.lr.schedule.kind: 'my_shapes.Straight' w"
    with pytest.raises(ScheduleError, match=match):
        go_on(LearningRateScheduler(COSINE, on_change="keep"), path)
    callback = LearningRateScheduler(COSINE, on_change="keep", allow=["my_shapes"])
    run, _ = go_on(callback, path)
    assert run.rates == pytest.approx(linear(range(8, 20), 20), rel=1e-12)

    callback = LearningRateScheduler(COSINE, on_change="continue")
    run, told = go_on(callback, path)
    assert run.rates[0] == pytest.approx(0.6)
    assert re.search(r"lr at step 8 +0.654508 +- +0.6\n", told)


def test_a_schedule_object_is_kept_without_loading_it_where_only_the_length_differs(
    before: Before, go_on: Go
) -> None:
    path = before(Cosine(power=2.0))
    run, _ = go_on(LearningRateScheduler(Cosine(power=2.0), on_change="keep"), path, max_epochs=4)
    whole, _ = go_on(LearningRateScheduler(Cosine(power=2.0)), path)

    assert run.rates[:12] == whole.rates


def test_a_checkpoint_after_a_policy_holds_plain_numbers(
    before: Before, go_on: Go, tmp_path: Path
) -> None:
    path = tmp_path / "after.ckpt"
    callback = LearningRateScheduler(Constant(), on_change="continue")
    go_on(callback, before(), Save(9, path))
    held = torch.load(path, weights_only=True)["callbacks"][KEY]

    assert held["weights"] == [[0, 0, "lr", 0.6]]
    assert held["bases"] == [[0, 0, "lr", 1.0]]
