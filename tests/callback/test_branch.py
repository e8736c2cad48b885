"""Branch: a cooldown from any checkpoint begins at the value in force, and stops at its end."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.recipe import read_recipe
from lr_plugin.schedule import ScheduleError

CONSTANT = {"kind": "constant"}


class Save(Callback):
    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


def cooldown(steps: int = 5, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a phase
    recipe = read_recipe("cooldown", [f"phases.cooldown.duration={steps} steps"])
    recipe["phases"]["cooldown"] |= {"kind": "linear", **changes}
    return recipe


@pytest.fixture
def trunk(fit: Callable[..., Any], tmp_path: Path) -> Callable[..., Path]:
    def run(schedule: Any = CONSTANT, step: int = 7, **settings: Any) -> Path:  # noqa: ANN401 - any of the callback's
        path = tmp_path / "trunk.ckpt"
        settings = {"max_epochs": 2, **settings}
        fit(LearningRateScheduler(schedule), Save(step, path), **settings)
        return path

    return run


@pytest.mark.parametrize("step", [1, 7, 10, 20])
def test_a_branch_cools_down_from_its_checkpoint_and_stops(
    fit: Callable[..., Any], trunk: Callable[..., Path], step: int
) -> None:
    branch = LearningRateScheduler(cooldown(), branch=True)
    run = fit(branch, ckpt_path=trunk(step=step), max_epochs=-1)

    assert run.rates == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2], rel=1e-12)
    assert run.trainer.global_step == step + 5


def test_a_branch_begins_at_the_value_in_force(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    path = trunk({"kind": "linear"}, step=15)
    with pytest.warns(
        UserWarning, match="lr goes on from 0.25 at 0.25, as if 0.25 were configured, not 1"
    ):
        run = fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=path, max_epochs=-1)

    assert run.rates == pytest.approx([0.25, 0.2, 0.15, 0.1, 0.05], rel=1e-12)


def test_another_configured_value_is_said_and_not_used(
    fit: Callable[..., Any], trunk: Callable[..., Path], make_slope: Callable[..., Any]
) -> None:
    path, module = trunk(), make_slope(rates=(3.0,))
    with pytest.warns(UserWarning, match="lr goes on from 1 at 1, as if 1 were configured, not 3"):
        run = fit(
            LearningRateScheduler(cooldown(), branch=True),
            module=module,
            ckpt_path=path,
            max_epochs=-1,
        )
    assert run.rates == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2], rel=1e-12)


def test_each_group_begins_at_its_own_value(
    fit: Callable[..., Any], trunk: Callable[..., Path], make_slope: Callable[..., Any]
) -> None:
    path = trunk(module=make_slope(rates=(1.0, 0.1)))
    branch = LearningRateScheduler(cooldown(4), branch=True)
    run = fit(branch, module=make_slope(rates=(1.0, 0.1)), ckpt_path=path, max_epochs=-1)

    used = [rate for groups in run.used[0] for rate in groups]
    assert used == pytest.approx([1.0, 0.1, 0.75, 0.075, 0.5, 0.05, 0.25, 0.025], rel=1e-9)


def test_what_follows_the_branch_may_begin_low(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    again = cooldown(4, start_value=0.0, end_value=1.0)
    with pytest.warns(UserWarning, match="lr goes on from 1 at 0$"):
        run = fit(LearningRateScheduler(again, branch=True), ckpt_path=trunk(), max_epochs=-1)
    assert run.rates == [0.0, 0.25, 0.5, 0.75]


def test_a_rule_that_sets_a_value_sets_it(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    rules: dict[str, dict[str, Any]] = {
        "lr": {"schedule": cooldown()},
        "momentum": {"schedule": {"kind": "constant", "value": 0.5}, "mode": "set"},
    }
    path = trunk()
    with pytest.warns(UserWarning, match=r"momentum goes on from 0 at 0.5"):
        run = fit(LearningRateScheduler(rules=rules, branch=True), ckpt_path=path, max_epochs=-1)
    assert run.trainer.optimizers[0].param_groups[0]["momentum"] == 0.5


def test_a_trunk_without_our_callback_can_be_branched(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "bare.ckpt"
    fit(Save(4, path), max_epochs=1)
    with pytest.warns(UserWarning, match="holds no state of LearningRateScheduler"):
        run = fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=path, max_epochs=-1)
    assert run.rates == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2], rel=1e-12)


@pytest.mark.parametrize("at", [8, 10, 11])
def test_a_branch_that_was_interrupted_is_resumed_exactly(
    fit: Callable[..., Any], trunk: Callable[..., Path], tmp_path: Path, at: int
) -> None:
    path, second = trunk(), tmp_path / "second.ckpt"
    branch = LearningRateScheduler(cooldown(), branch=True)
    whole = fit(branch, Save(at, second), ckpt_path=path, max_epochs=-1)
    tail = fit(LearningRateScheduler(cooldown()), ckpt_path=second, max_epochs=-1)

    assert tail.rates == whole.rates[at - 7 :]
    assert tail.weights == whole.weights


def test_an_interrupted_branch_with_another_cooldown_is_a_change(
    fit: Callable[..., Any], trunk: Callable[..., Path], tmp_path: Path
) -> None:
    path, second = trunk(), tmp_path / "second.ckpt"
    fit(
        LearningRateScheduler(cooldown(), branch=True),
        Save(9, second),
        ckpt_path=path,
        max_epochs=-1,
    )
    with pytest.raises(ScheduleError, match=r"phases.cooldown.duration +5 steps +9 steps"):
        fit(LearningRateScheduler(cooldown(9)), ckpt_path=second, max_epochs=-1)


def test_the_events_of_the_trunk_are_not_the_branchs(
    fit: Callable[..., Any], trunk: Callable[..., Path], tmp_path: Path
) -> None:
    path, second = trunk(), tmp_path / "second.ckpt"
    fit(
        LearningRateScheduler(cooldown(), branch=True),
        Save(9, second),
        ckpt_path=path,
        max_epochs=-1,
    )
    with pytest.warns(UserWarning, match=r"a branch begins at step 9: lr goes on from 0.6 at 0.6"):
        run = fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=second, max_epochs=-1)
    held = run.trainer.callbacks[0].state_dict()

    assert held["logs"] == [[["branch", 9, 1.0, True]]]
    assert run.rates == pytest.approx([0.6, 0.48, 0.36, 0.24, 0.12], rel=1e-12)


def test_a_branch_without_a_checkpoint_is_refused(fit: Callable[..., Any]) -> None:
    with pytest.raises(ScheduleError, match="branch: there is no checkpoint to branch from"):
        fit(LearningRateScheduler(cooldown(), branch=True), max_epochs=1)


def test_a_branch_of_a_run_that_ended_at_0_is_refused(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    path = trunk({"kind": "linear"}, step=20)
    with pytest.raises(ScheduleError, match="lr of group 0 of optimizer 0 is 0 in the checkpoint"):
        fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=path, max_epochs=-1)


def test_a_trainer_that_would_end_before_the_branch_is_refused(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    path = trunk(step=18)
    match = r"schedule.stop: the branch ends at step 23.* Trainer at step 20; write Trainer\(max_ep"
    with pytest.raises(ScheduleError, match=match):
        fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=path, max_epochs=2)


def test_a_trainer_that_has_already_ended_is_refused(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "end.ckpt"
    fit(LearningRateScheduler(CONSTANT), max_epochs=2).trainer.save_checkpoint(path)
    with pytest.raises(ScheduleError, match="the branch made no step: at step 20 and epoch 2"):
        fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=path, max_epochs=2)


def test_a_branch_that_stops_needs_durations_of_its_own(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    recipe = cooldown()
    recipe["phases"]["cooldown"]["duration"] = "20%"
    with pytest.raises(ScheduleError, match=r"'20%' needs a run of known length.*durations are in"):
        fit(LearningRateScheduler(recipe, branch=True), ckpt_path=trunk(), max_epochs=-1)
    recipe["phases"]["trunk"].pop("until")
    with pytest.raises(ScheduleError, match="durations are in"):
        fit(LearningRateScheduler(recipe, branch=True), ckpt_path=trunk(), max_epochs=-1)


def test_a_branch_that_never_ends_is_refused(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    endless = {"kind": "constant", "stop": True}
    with pytest.raises(ScheduleError, match=re.escape("schedule.stop: nothing says when to stop")):
        fit(LearningRateScheduler(endless, branch=True), ckpt_path=trunk(), max_epochs=-1)


def test_a_total_of_ones_own_is_the_length(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    recipe = cooldown()
    recipe["phases"]["cooldown"]["duration"] = "20%"
    branch = LearningRateScheduler(recipe, branch=True, total=15)
    run = fit(branch, ckpt_path=trunk(), max_epochs=-1)

    assert run.rates == pytest.approx([1.0, 2 / 3, 1 / 3], rel=1e-9)


def test_without_stop_the_trainers_length_holds(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    recipe = {**cooldown(), "stop": False}
    run = fit(LearningRateScheduler(recipe, branch=True), ckpt_path=trunk(), max_epochs=2)

    assert run.rates == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, *[0.0] * 8], abs=1e-12)


def test_a_branch_after_the_deadline_of_what_waits_for_it_is_refused(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    recipe = {**cooldown(), "stop": False}
    recipe["phases"]["cooldown"]["duration"] = "50%"
    with pytest.raises(ScheduleError, match="waits for 'branch' has its deadline before step 18"):
        fit(LearningRateScheduler(recipe, branch=True), ckpt_path=trunk(step=18), max_epochs=2)


def test_a_schedule_that_knows_no_branch_goes_on_from_the_value_in_force(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    with pytest.warns(UserWarning, match="lr goes on from 1 at 1, as if 2 were configured, not 1"):
        run = fit(
            LearningRateScheduler({"kind": "linear"}, branch=True),
            ckpt_path=trunk(step=10),
            max_epochs=2,
        )
    assert run.rates == pytest.approx([1 - k / 10 for k in range(10)], rel=1e-9)


def test_the_trunk_can_go_on_as_if_nothing_had_been(
    fit: Callable[..., Any], trunk: Callable[..., Path]
) -> None:
    path = trunk()
    before = path.read_bytes()
    fit(LearningRateScheduler(cooldown(), branch=True), ckpt_path=path, max_epochs=-1)
    run = fit(LearningRateScheduler(CONSTANT), ckpt_path=path, max_epochs=2)

    assert path.read_bytes() == before
    assert run.rates == [1.0] * 13


def test_two_optimizers_branch_each_at_its_own_step(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "trunk.ckpt"
    fit(LearningRateScheduler(CONSTANT), Save(6, path), module=game(), max_epochs=1)
    branch = LearningRateScheduler(cooldown(4), branch=True)
    run = fit(branch, module=game(), ckpt_path=path, max_epochs=-1)

    logs = branch.state_dict()["logs"]
    assert logs == [[["branch", 4, 1.0, True]], [["branch", 2, 1.0, True]]]
    assert [groups[0] for groups in run.used[0]] == pytest.approx([1.0, 0.75, 0.5, 0.25])
    assert [groups[0] for groups in run.used[1]] == pytest.approx([1.0, 0.75])


def game() -> Any:  # noqa: ANN401 - a module
    """Two steps of the first optimizer for one of the second."""

    from torch.utils.data import DataLoader

    class Game(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False
            zero = torch.zeros((), dtype=torch.float64)
            self.players = torch.nn.ParameterList(torch.nn.Parameter(zero.clone()) for _ in "ab")

        @override
        def training_step(self, batch: object, batch_idx: int) -> None:
            first, second = self.optimizers()  # type: ignore[attr-defined] # there are two
            for optimizer in (first, first, second):
                optimizer.zero_grad()
                self.manual_backward(sum(self.players))  # type: ignore[arg-type] # a Tensor
                optimizer.step()

        @override
        def configure_optimizers(self) -> Any:
            return [torch.optim.SGD([weight], lr=1.0) for weight in self.players]

        @override
        def train_dataloader(self) -> Any:
            return DataLoader(range(10))  # type: ignore[arg-type] # a range is a data set

    return Game()


class Worse(Callback):
    """Logs a metric that never gets better."""

    @override
    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        module.log("loss", 1.0)


def test_the_triggers_of_a_branch_have_seen_nothing_of_the_trunk(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "trunk.ckpt"
    recipe = cooldown()
    recipe["phases"]["trunk"]["until"] = "stall"
    stall = {"stall": {"kind": "plateau", "monitor": "loss", "patience": 3, "mode": "min"}}
    trunk = LearningRateScheduler({**recipe, "stop": False}, triggers=stall)
    fit(Worse(), trunk, Save(25, path), max_epochs=4)
    memory = torch.load(path, weights_only=True)["callbacks"][trunk.state_key]["triggers"]["stall"]
    assert memory["memory"]["best"] == 1.0
    run = fit(
        Worse(),
        LearningRateScheduler({**recipe, "stop": False}, triggers=stall, branch=True),
        Keep(26),
        ckpt_path=path,
        max_epochs=4,
    )
    (kept,) = (each for each in run.trainer.callbacks if isinstance(each, Keep))
    assert kept.state["triggers"]["stall"]["memory"]["best"] is None


class Keep(Callback):
    """Keeps the state of the scheduler when so many steps are done."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.state: dict[str, Any] = {}

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        found = (c for c in trainer.callbacks if isinstance(c, LearningRateScheduler))  # type: ignore[attr-defined] # set by a connector
        if trainer.global_step == self.step:
            self.state = next(found).state_dict()
