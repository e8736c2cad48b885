"""Conflict: what something else writes into a slot is noticed, and dealt with as configured."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_utilities.core import rank_zero  # its log is of the namespace imported last
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.callback.conflict import OnConflict
from lr_plugin.schedule import ScheduleError

LINEAR = {"kind": "linear"}
SAID = r"'lr' of group 0 of optimizer 0 was written as 0.6 by rule 'lr' and is 0.3 now"


class Meddle(Callback):
    """Writes a value into a group when so many steps are done, and may save a checkpoint then."""

    def __init__(self, step: int, value: Any, *, group: int = 0, path: Path | None = None) -> None:  # noqa: ANN401 - what is written
        self.step, self.value, self.group, self.path = step, value, group, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            held = trainer.optimizers[0].param_groups[self.group]
            if isinstance(held["lr"], torch.Tensor) and isinstance(self.value, float):
                held["lr"].fill_(self.value)
            else:
                held["lr"] = self.value
            if self.path is not None:
                trainer.save_checkpoint(self.path)


def test_a_warning_says_who_and_what_and_ours_is_written(fit: Callable[..., Any]) -> None:
    with pytest.warns(UserWarning, match=SAID) as caught:
        run = fit(LearningRateScheduler(LINEAR), Meddle(4, 0.3), max_epochs=1)

    assert run.rates == pytest.approx([1 - k / 10 for k in range(10)], rel=1e-12)
    assert len([each for each in caught if "was written as" in str(each.message)]) == 1


def test_an_error_stops_the_run(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler(LINEAR, on_conflict="error")
    with pytest.raises(ScheduleError, match=f"on_conflict: {SAID}.*ignore: .0.") as caught:
        fit(callback, Meddle(4, 0.3), max_epochs=1)
    assert "remove one of them" in str(caught.value)


@pytest.mark.parametrize("choice", ["warn", "error", "adopt"])
def test_no_choice_says_anything_where_nothing_else_writes(
    fit: Callable[..., Any], choice: OnConflict
) -> None:
    run = fit(LearningRateScheduler(LINEAR, on_conflict=choice), max_epochs=1)

    assert run.rates == pytest.approx([1 - k / 10 for k in range(10)], rel=1e-12)


def adopting(**settings: Any) -> LearningRateScheduler:  # noqa: ANN401 - of the callback
    return LearningRateScheduler(LINEAR, on_conflict="adopt", **settings)


def test_what_is_adopted_goes_on_as_if_it_had_been_configured(fit: Callable[..., Any]) -> None:
    callback = adopting()
    run = fit(callback, Meddle(4, 0.3), max_epochs=1)

    expected = [1.0, 0.9, 0.8, 0.7, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05]
    assert run.rates == pytest.approx(expected, rel=1e-12)
    assert callback.state_dict()["weights"] == [[0, 0, "lr", pytest.approx(0.5)]]
    assert callback.state_dict()["bases"] == [[0, 0, "lr", 1.0]]


def test_what_is_adopted_is_said(fit: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=rank_zero.log.name):
        fit(adopting(), Meddle(4, 0.3), max_epochs=1)

    (said,) = [each for each in caplog.messages if "goes on from there" in each]
    assert re.match(SAID, said)
    assert said.endswith("the schedule goes on from there, as 0.5")


def test_only_the_group_that_was_written_is_adopted(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope(rates=(1.0, 0.1))
    run = fit(adopting(), Meddle(5, 0.5, group=1), module=module, max_epochs=1)

    assert run.used[0][4] == pytest.approx([0.6, 0.06], rel=1e-9)
    assert run.used[0][5] == pytest.approx([0.5, 0.5], rel=1e-9)
    assert run.used[0][9] == pytest.approx([0.1, 0.1], rel=1e-9)


def test_a_value_that_is_set_goes_on_in_proportion(fit: Callable[..., Any]) -> None:
    rules = {"lr": {"schedule": LINEAR, "mode": "set"}}
    callback = LearningRateScheduler(rules=rules, on_conflict="adopt")
    run = fit(callback, Meddle(5, 2.0), max_epochs=1)

    assert run.rates[4:] == pytest.approx([0.6, 2.0, 1.6, 1.2, 0.8, 0.4], rel=1e-12)


def test_what_a_schedule_of_0_hides_cannot_be_adopted(fit: Callable[..., Any]) -> None:
    off = {
        "kind": "sequence",
        "phases": {"on": {**LINEAR, "duration": "50%"}, "off": {"kind": "constant", "value": 0.0}},
    }
    callback = LearningRateScheduler(off, on_conflict="adopt")
    with pytest.raises(ScheduleError, match=r"written as 0.0 .* is 0.3 now.*number in force is 0"):
        fit(callback, Meddle(6, 0.3), max_epochs=1)


@pytest.mark.parametrize("first", [True, False])
def test_what_was_adopted_is_resumed_exactly(
    fit: Callable[..., Any], tmp_path: Path, *, first: bool
) -> None:
    path = tmp_path / "at.ckpt"
    meddle = Meddle(4, 0.3, path=path)
    callbacks = [meddle, adopting()] if first else [adopting(), meddle]
    whole = fit(*callbacks, max_epochs=1)
    tail = fit(adopting(), max_epochs=1, ckpt_path=path)

    assert tail.rates == whole.rates[4:]
    assert tail.rates[0] == pytest.approx({True: 0.3 * 0.6 / 0.7, False: 0.3}[first], rel=1e-12)


def test_a_checkpoint_between_a_foreign_write_and_ours_holds_what_was_found(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    fit(adopting(), Meddle(4, 0.3, path=path), max_epochs=1)
    held = torch.load(path, weights_only=True)

    weights = held["callbacks"]["lr_plugin.LearningRateScheduler"]["weights"]
    assert weights == [[0, 0, "lr", pytest.approx(0.5)]]
    assert held["optimizer_states"][0]["param_groups"][0]["lr"] == 0.3


def tensor_rate(weights: Any, _: object) -> torch.optim.Optimizer:  # noqa: ANN401 - parameters
    return torch.optim.SGD(weights, lr=torch.tensor(1.0, dtype=torch.float64), foreach=False)


@pytest.mark.parametrize("value", [0.3, torch.tensor(0.3, dtype=torch.float64)])
def test_a_tensor_that_was_filled_or_replaced_is_adopted(
    fit: Callable[..., Any], make_slope: Callable[..., Any], value: float | torch.Tensor
) -> None:
    module = make_slope(configure=tensor_rate)
    run = fit(adopting(), Meddle(4, value), module=module, max_epochs=1)

    assert run.rates[3:] == pytest.approx([0.7, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05], rel=1e-9)


def test_a_number_that_became_a_tensor_is_noticed(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler(LINEAR, on_conflict="error")
    with pytest.raises(ScheduleError, match=r"written as 0.6 .* is tensor\(0.3000\) now"):
        fit(callback, Meddle(4, torch.tensor(0.3)), max_epochs=1)


class Always(Callback):
    """Writes before every step, as a module's own warm-up would."""

    @override
    def on_before_optimizer_step(self, trainer: Trainer, *args: object) -> None:
        trainer.optimizers[0].param_groups[0]["lr"] = 0.5


def test_one_who_always_writes_is_named_a_few_times(
    fit: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger=rank_zero.log.name):
        run = fit(adopting(), Always(), max_epochs=2)
    said = [each for each in caplog.messages if "goes on from there" in each]

    assert run.rates == [0.5] * 20
    assert len(said) == 10
    assert said[-1].endswith("; nothing more will be said of it")
