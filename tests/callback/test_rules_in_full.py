"""Rules in full: groups with schedules of their own, values tied to others, layers, floors."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import ScheduleError

LINEAR: dict[str, Any] = {"kind": "linear"}
CONSTANT: dict[str, Any] = {"kind": "constant"}
Weights = list[torch.nn.Parameter]


def falling(steps: int, base: float = 1.0) -> list[float]:
    return [base * (1 - step / steps) for step in range(steps)]


def named_sgd(*names: str) -> Callable[..., torch.optim.Optimizer]:
    def configure(weights: Weights, rates: list[float]) -> torch.optim.Optimizer:
        groups = [
            {"params": [weight], "lr": rate, "name": name}
            for weight, rate, name in zip(weights, rates, names, strict=True)
        ]
        return torch.optim.SGD(groups)

    return configure


def columns(rows: list[list[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)]


class Save(Callback):
    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


def test_named_groups_have_schedules_of_their_own(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    rules: dict[str, Any] = {
        "head": {"key": "lr", "groups": "head", "schedule": LINEAR},
        "body": {"key": "lr", "groups": "body.*", "schedule": {**LINEAR, "end_value": 0.5}},
        "last": {"key": "lr", "groups": 3, "schedule": CONSTANT},
    }
    configure = named_sgd("body.0", "body.1", "head", "bias")
    module = make_slope(rates=(1.0, 0.5, 2.0, 0.25), configure=configure)
    run = fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)

    expected = [
        [1 - 0.5 * step / 10 for step in range(10)],
        [0.5 - 0.25 * step / 10 for step in range(10)],
        falling(10, 2.0),
        [0.25] * 10,
    ]
    assert columns(run.used[0]) == [pytest.approx(each, rel=1e-9) for each in expected]


def still(weights: Weights) -> torch.Tensor:
    """A loss whose gradient is 0, so that nothing moves the weights but their decay."""
    return sum((0 * weight for weight in weights), torch.zeros(()))


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
def test_weight_decay_follows_the_rate(
    fit: Callable[..., Any], make_slope: Callable[..., Any], kind: type[torch.optim.Optimizer]
) -> None:
    module = make_slope(
        configure=lambda weights, _: kind(weights, lr=0.5, weight_decay=0.2),  # type: ignore[call-arg] # every optimizer has them
    )
    module.training_step = lambda *_: still(list(module.weights))
    module.weights[0].data.fill_(1.0)
    seen: list[float] = []
    module.on_before_optimizer_step = lambda _: seen.append(module.weights[0].item())
    rules = {"weight_decay": {"follow": "lr"}}
    run = fit(LearningRateScheduler(LINEAR, rules=rules), module=module, max_epochs=1)

    left = [after / before for before, after in pairwise([*seen, *run.weights])]
    assert left == pytest.approx([1 - 0.5 * 0.2 * factor**2 for factor in falling(10)], rel=1e-9)


def test_momentum_moves_against_the_rate(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope(configure=lambda weights, _: torch.optim.SGD(weights, lr=1.0, momentum=0.9))
    rules = {"momentum": {"follow": "lr", "mode": "set", "map": [[0, 1], [0.95, 0.85]]}}
    run = fit(LearningRateScheduler(LINEAR, rules=rules), module=module, max_epochs=1)

    velocity, moved = 0.0, []
    for factor in falling(10):
        velocity = (0.95 - 0.1 * factor) * velocity + 1.0
        moved.append(factor * velocity)
    assert run.rates == pytest.approx(moved, rel=1e-9)


def test_a_floor_is_a_part_of_each_groups_own_value(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    schedule = {"kind": "clamp", "min_value": 0.1, "schedule": LINEAR}
    module = make_slope(rates=(1.0, 0.001))
    run = fit(LearningRateScheduler(schedule), module=module, max_epochs=2)

    factors = [max(factor, 0.1) for factor in falling(20)]
    large, small = columns(run.used[0])
    assert large == pytest.approx(factors, rel=1e-9)
    assert small == pytest.approx([0.001 * factor for factor in factors], rel=1e-9)


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_a_small_group_does_not_rise_to_a_floor_as_it_does_in_torch(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    rates = (1.0, 0.001)
    weights = [torch.nn.Parameter(torch.zeros(())) for _ in rates]
    optimizer = torch.optim.SGD(
        [{"params": [w], "lr": r} for w, r in zip(weights, rates, strict=True)]
    )
    native = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.01)
    theirs = []
    for _ in range(20):
        theirs.append(optimizer.param_groups[1]["lr"])
        native.step()
    cosine = {"kind": "cosine", "end_value": 0.01}
    run = fit(LearningRateScheduler(cosine), module=make_slope(rates=rates), max_epochs=2)
    ours = columns(run.used[0])[1]

    assert theirs == sorted(theirs)
    assert ours == sorted(ours, reverse=True)


def test_each_layer_moves_a_part_of_what_the_next_one_does(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    rules = {"lr": {"schedule": LINEAR, "layer_decay": 0.75}}
    module = make_slope(rates=(1.0, 1.0, 0.5, 2.0))
    run = fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)

    bases = [0.75**3, 0.75**2, 0.75 * 0.5, 2.0]
    assert columns(run.used[0]) == [pytest.approx(falling(10, base), rel=1e-9) for base in bases]


def test_layers_share_a_value_that_is_set_too(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    rules = {"lr": {"schedule": LINEAR, "mode": "set", "layer_decay": 0.5}}
    module = make_slope(rates=(7.0, 7.0, 7.0))
    run = fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)

    assert columns(run.used[0]) == [
        pytest.approx(falling(10, base), rel=1e-9) for base in (0.25, 0.5, 1.0)
    ]


def test_two_groups_of_one_layer_move_alike_and_the_head_has_a_rule_of_its_own(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    rules: dict[str, Any] = {
        "body": {"key": "lr", "groups": "block.*", "schedule": LINEAR, "layer_decay": 0.5},
        "head": {"key": "lr", "groups": "head", "schedule": CONSTANT},
    }
    configure = named_sgd("block.0", "block.0", "block.1", "block.1", "head")
    module = make_slope(rates=(1.0,) * 5, configure=configure)
    run = fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)

    assert columns(run.used[0]) == [
        *(pytest.approx(falling(10, base), rel=1e-9) for base in (0.5, 0.5, 1.0, 1.0)),
        pytest.approx([1.0] * 10, rel=1e-9),
    ]


LAYERS = {"lr": {"schedule": {**LINEAR, "end_value": 0.5}, "layer_decay": 0.5}}


class Join(Callback):
    """Adds a group when so many steps are done, and before a checkpoint that has it is restored."""

    def __init__(self, step: int, *, at_once: bool = False) -> None:
        self.step, self.at_once = step, at_once

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: Any) -> None:
        if self.at_once:
            self._join(trainer, pl_module)

    @override
    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *args: object) -> None:
        if not self.at_once and trainer.global_step == self.step:
            self._join(trainer, pl_module)

    def _join(self, trainer: Trainer, module: Any) -> None:  # noqa: ANN401 - a module with `late`
        trainer.optimizers[0].add_param_group({"params": [module.late], "lr": 0.25})


def test_a_group_that_joins_is_no_layer_and_a_resumed_run_knows_it(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    def run(*callbacks: Callback, **settings: object) -> list[list[float]]:
        module = make_slope(rates=(1.0, 1.0))
        module.late = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))
        module.training_step = lambda *_: sum(module.weights) + module.late
        used = fit(LearningRateScheduler(rules=LAYERS), *callbacks, module=module, **settings).used
        rows: list[list[float]] = used[0]
        return rows

    whole = run(Join(4), Save(6, tmp_path / "at.ckpt"), max_epochs=1)
    factors = [1 - step / 20 for step in range(10)]
    late = [0.25 / factors[4] * factor for factor in factors[4:]]
    assert [row[0] for row in whole] == pytest.approx([0.5 * f for f in factors], rel=1e-9)
    assert [row[1] for row in whole] == pytest.approx(factors, rel=1e-9)
    assert [row[2] for row in whole[4:]] == pytest.approx(late, rel=1e-9)

    tail = run(Join(4, at_once=True), max_epochs=1, ckpt_path=tmp_path / "at.ckpt")
    assert tail == whole[6:]


def test_a_resumed_run_keeps_its_layers_and_another_decay_is_another_run(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"

    def run(decay: float, *more: Callback, **settings: Any) -> list[list[float]]:  # noqa: ANN401 - of several types
        rules = {"lr": {**LAYERS["lr"], "layer_decay": decay}}
        choice = settings.pop("on_change", "error")
        callback = LearningRateScheduler(rules=rules, on_change=choice)
        fitted = fit(callback, *more, module=make_slope(rates=(1.0, 1.0)), max_epochs=1, **settings)
        rows: list[list[float]] = fitted.used[0]
        return rows

    whole = run(0.5, Save(6, path))
    assert run(0.5, ckpt_path=path) == whole[6:]
    with pytest.raises(ScheduleError, match=r"rules.lr.layer_decay +0.5 +0.25"):
        run(0.25, ckpt_path=path)
    for choice, first in (("recompute", 0.25), ("keep", 0.5), ("continue", 0.5)):
        with pytest.warns(UserWarning, match=f"on_change is '{choice}'"):
            tail = run(0.25, ckpt_path=path, on_change=choice)
        assert [row[0] for row in tail] == pytest.approx(
            [first * row[1] for row in whole[6:]], rel=1e-9
        )


def test_a_branch_goes_on_with_the_layers_of_its_trunk(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    phases = {
        "trunk": {**CONSTANT, "until": "branch"},
        "cooldown": {**LINEAR, "duration": "5 steps"},
    }
    schedule = {"kind": "sequence", "stop": True, "phases": phases}

    def run(*more: Callback, **settings: Any) -> list[list[float]]:  # noqa: ANN401 - of several types
        rules = {"lr": {"schedule": schedule, "layer_decay": 0.5}}
        callback = LearningRateScheduler(rules=rules, branch=settings.pop("branch", False))
        module = make_slope(rates=(1.0, 1.0))
        rows: list[list[float]] = fit(callback, *more, module=module, **settings).used[0]
        return rows

    run(Save(6, tmp_path / "at.ckpt"), max_epochs=2)
    cooldown = run(branch=True, max_epochs=-1, ckpt_path=tmp_path / "at.ckpt")
    assert columns(cooldown) == [pytest.approx(falling(5, base), rel=1e-9) for base in (0.5, 1.0)]


def test_a_decay_that_has_no_layers_is_refused_before_the_first_batch(
    fit: Callable[..., Any],
) -> None:
    with pytest.raises(ScheduleError, match=r"^rules.lr.layer_decay: there is one layer only"):
        fit(LearningRateScheduler(rules=LAYERS), max_epochs=1)
