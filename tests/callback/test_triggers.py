"""Metric triggers: what they look at, when, and what a firing does to the rates used."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
import pytorch_lightning
import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler, ScheduleMonitor
from lr_plugin.recipe import read_recipe
from lr_plugin.schedule import Firing, ScheduleError

EPOCH = 5
"""Steps in an epoch of the runs here."""

# Validation losses of the digits, 20 epochs at a constant rate of 0.1.
DIGITS = [
    *(0.3415, 0.2364, 0.1924, 0.2684, 0.2050, 0.1158, 0.1165, 0.1210, 0.1081, 0.1370),
    *(0.1047, 0.1270, 0.0901, 0.1025, 0.0968, 0.1142, 0.1070, 0.1005, 0.1055, 0.1024),
]
FALLING = [1 / (1 + epoch) for epoch in range(20)]
SPIKES = [1.0, 0.5, 9.0, 0.5, 9.0, 9.0, 0.4, 0.4, 0.4, 0.4, math.nan, 0.39, 0.39, 0.39, 0.1]
FLAT = [1.0] * 12

DROP = {"kind": "drop", "event": "plateau", "factor": 0.5}
PLATEAU = {"kind": "plateau", "monitor": "val/loss", "patience": 1}
HOLD: dict[str, Any] = {
    "kind": "sequence",
    "phases": {
        "hold": {"kind": "constant", "until": "plateau"},
        "decay": {"kind": "linear", "duration": "4 steps"},
    },
    "triggers": {"plateau": PLATEAU},
}

Metrics = Callable[[LightningModule], None]


def logging(  # noqa: C901 - a class whose hooks are there only where they are wanted
    lightning: ModuleType = pytorch_lightning,
    *,
    validation: Metrics | None = None,
    training: Metrics | None = None,
    epoch_end: Metrics | None = None,
) -> LightningModule:
    """A module that logs as it is told, five steps in an epoch."""

    class Logging(lightning.LightningModule):  # type: ignore[name-defined,misc] # either namespace
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))

        @override
        def training_step(self, batch: object, batch_idx: int) -> object:
            if training:
                training(self)
            return self.weight

        @override
        def configure_optimizers(self) -> object:
            return torch.optim.SGD(self.parameters(), lr=1.0)

        @override
        def train_dataloader(self) -> object:
            return DataLoader(range(EPOCH))  # type: ignore[arg-type] # a range is a data set

        if validation:

            @override
            def validation_step(self, batch: object, batch_idx: int) -> None:
                validation(self)

            @override
            def val_dataloader(self) -> object:
                return DataLoader(range(2))  # type: ignore[arg-type] # a range is a data set

        if epoch_end:

            @override
            def on_train_epoch_end(self) -> None:
                epoch_end(self)

    module: LightningModule = Logging()
    return module


def trace(values: Sequence[float], name: str = "val/loss", **settings: Any) -> Metrics:  # noqa: ANN401 - of `log`
    """Log one value after the other, one in each epoch."""
    return lambda module: module.log(name, values[module.current_epoch], **settings)


def rates_of_epochs(rates: Sequence[float]) -> list[float]:
    """The rate of each epoch; they are measured, so their last digits are those of the weights."""
    every = [{round(rate, 9) for rate in rates[i : i + EPOCH]} for i in range(0, len(rates), EPOCH)]
    assert [len(each) for each in every] == [1] * len(every)
    return [each.pop() for each in every]


def torchs(values: Sequence[float], factor: float, floor: float, **arguments: Any) -> list[float]:  # noqa: ANN401 - torch's
    """The rate of each epoch under torch's scheduler, stepped with the same metrics."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, min_lr=floor, eps=0.0, **arguments
    )
    rates = []
    for value in values:
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step(value)
    return rates


@pytest.mark.parametrize(
    "values", [DIGITS, FALLING, SPIKES, FLAT], ids=["digits", "falls", "spikes", "flat"]
)
@pytest.mark.parametrize(
    "arguments",
    [
        {"patience": 2},
        {"patience": 0, "cooldown": 2},
        {"patience": 1, "threshold": 0.05},
        {"patience": 1, "threshold": 0.02, "threshold_mode": "abs"},
        {"patience": 2, "mode": "max"},
    ],
    ids=str,
)  # fmt: skip
def test_reduce_on_plateau_is_torchs_on_the_same_metrics(
    fit: Callable[..., Any], values: list[float], arguments: dict[str, Any]
) -> None:
    recipe = read_recipe("reduce_on_plateau", ["~phases.warmup"])
    recipe["triggers"]["plateau"] |= arguments
    module = logging(validation=trace(values))
    run = fit(LearningRateScheduler(recipe), module=module, max_epochs=len(values))

    expected = torchs(values, 0.1, 0.001, **arguments)
    assert rates_of_epochs(run.rates) == pytest.approx(expected, rel=1e-6)


def test_after_a_warm_up_it_is_torchs_from_there_on(fit: Callable[..., Any]) -> None:
    recipe = read_recipe("reduce_on_plateau", ["phases.warmup.duration=3 epochs"])
    values = [0.1, 0.2, 0.3, *DIGITS]  # in the warm-up it got worse, and better than ever after
    module = logging(validation=trace(values))
    run = fit(LearningRateScheduler(recipe), module=module, max_epochs=len(values))

    expected = torchs(DIGITS, 0.1, 0.001, patience=2)
    assert rates_of_epochs(run.rates[3 * EPOCH :]) == pytest.approx(expected, rel=1e-9)
    assert run.rates[: 3 * EPOCH] == pytest.approx([0.01 + 0.99 * k / 15 for k in range(15)])


def test_a_hold_ends_with_the_plateau_and_the_run_with_the_cooldown(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    module = logging(lightning, validation=trace(FLAT))
    callback = LearningRateScheduler({**HOLD, "stop": True})
    run = fit(callback, module=module, lightning=lightning, max_epochs=12)

    assert run.rates == [1.0] * 15 + [1.0, 0.75, 0.5, 0.25]
    assert callback.curves["lr"].span.log == (Firing("plateau", 15),)


def test_a_cooldown_without_steps_stops_the_run_at_the_event(fit: Callable[..., Any]) -> None:
    phases = {"hold": HOLD["phases"]["hold"]}
    module = logging(validation=trace(FLAT))
    run = fit(LearningRateScheduler({**HOLD, "phases": phases, "stop": True}), module=module,
              max_epochs=12)  # fmt: skip

    assert run.rates == [1.0] * 15


def test_a_run_of_unknown_length_waits_for_its_event_and_stops_after_it(
    fit: Callable[..., Any],
) -> None:
    module = logging(validation=trace([1.0] * 100))
    run = fit(LearningRateScheduler({**HOLD, "stop": True}), module=module, max_epochs=-1)

    assert len(run.rates) == 19


@pytest.mark.parametrize("lightning", ["pytorch_lightning", "lightning.pytorch"], indirect=True)
def test_neither_the_sanity_check_nor_validate_is_looked_at(
    fit: Callable[..., Any], make_trainer: Callable[..., Any], lightning: ModuleType
) -> None:
    module = logging(lightning, validation=trace(FLAT))
    callback = LearningRateScheduler(HOLD)
    for _ in range(5):
        make_trainer(lightning, [callback]).validate(module)
    run = fit(callback, module=module, lightning=lightning, max_epochs=4, num_sanity_val_steps=2)
    run.trainer.validate(module)

    assert [firing.step for firing in callback.curves["lr"].span.log] == [15]


def test_validations_after_the_fit_change_nothing_that_is_saved(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler({**DROP, "triggers": {"plateau": PLATEAU}})
    run = fit(callback, module=logging(validation=trace(FLAT)), max_epochs=4)
    before = callback.state_dict()
    for _ in range(5):
        run.trainer.validate(run.module)

    assert before["triggers"]["plateau"]["memory"]["best"] == 1.0
    assert callback.state_dict() == before


def test_the_checkpoint_after_a_validation_holds_the_firing_and_the_new_value(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    module = logging(validation=trace(FLAT))
    save = ModelCheckpoint(tmp_path, filename="{step}", save_top_k=-1)
    fit(
        save,
        LearningRateScheduler({**DROP, "triggers": {"plateau": PLATEAU}}),
        module=module,
        max_epochs=4,
        enable_checkpointing=True,
    )
    held = torch.load(tmp_path / "step=15.ckpt", weights_only=True)

    assert held["optimizer_states"][0]["param_groups"][0]["lr"] == 0.5
    state = held["callbacks"]["lr_plugin.LearningRateScheduler"]
    assert state["logs"] == [[["plateau", 15, 1.0, False]]]
    assert state["triggers"]["plateau"]["memory"]["best"] == 1.0


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`")
@pytest.mark.parametrize("epoch", [1, 2, 3, 4, 7])
def test_a_resumed_run_goes_on_with_its_counters(
    fit: Callable[..., Any], tmp_path: Path, epoch: int
) -> None:
    schedule = {**DROP, "triggers": {"plateau": {**PLATEAU, "cooldown": 1}}}
    save = ModelCheckpoint(tmp_path, filename="{step}", save_top_k=-1)
    settings = {"max_epochs": len(DIGITS), "enable_checkpointing": True}
    module = logging(validation=trace(DIGITS))
    whole = fit(save, LearningRateScheduler(schedule), module=module, **settings)
    tail = fit(
        LearningRateScheduler(schedule),
        module=logging(validation=trace(DIGITS)),
        ckpt_path=tmp_path / f"step={epoch * EPOCH}.ckpt",
        **settings | {"enable_checkpointing": False},
    )

    assert tail.rates == whole.rates[epoch * EPOCH :]
    assert len({*whole.rates}) > 2


# Which metric, and when


def test_a_metric_of_training_is_looked_at_after_the_epoch(fit: Callable[..., Any]) -> None:
    triggers = {"plateau": {**PLATEAU, "monitor": "train/loss"}}
    for settings in ({}, {"on_epoch": True}, {"on_epoch": True, "on_step": False}):
        module = logging(training=trace(DIGITS, "train/loss", **settings))
        run = fit(LearningRateScheduler({**DROP, "triggers": triggers}), module=module,
                  max_epochs=len(DIGITS))  # fmt: skip

        expected = torchs(DIGITS, 0.5, 0.0, patience=1)
        assert rates_of_epochs(run.rates) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("every", [0.2, 1.0, 2])
def test_validations_do_not_count_for_a_metric_of_training(
    fit: Callable[..., Any], every: float
) -> None:
    interval = {"val_check_interval" if every <= 1 else "check_val_every_n_epoch": every}
    triggers = {"plateau": {**PLATEAU, "monitor": "train/loss"}}
    training = trace(DIGITS, "train/loss", on_epoch=True)
    module = logging(training=training, validation=trace(FALLING * 9))
    run = fit(LearningRateScheduler({**DROP, "triggers": triggers}), module=module,
              max_epochs=len(DIGITS), **interval)  # fmt: skip

    expected = torchs(DIGITS, 0.5, 0.0, patience=1)
    assert rates_of_epochs(run.rates) == pytest.approx(expected, rel=1e-6)


def test_epochs_without_a_validation_do_not_count(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler({**DROP, "triggers": {"plateau": PLATEAU}})
    module = logging(validation=trace(FLAT), training=trace(FLAT, "train/loss"))
    fit(callback, module=module, max_epochs=12, check_val_every_n_epoch=3)

    assert [firing.step for firing in callback.curves["lr"].span.log] == [45]


def test_a_metric_that_is_logged_in_both_is_the_one_of_validation(fit: Callable[..., Any]) -> None:
    triggers = {"plateau": {**PLATEAU, "monitor": "loss"}}
    module = logging(validation=trace(DIGITS, "loss"), training=trace(FALLING, "loss"))
    run = fit(LearningRateScheduler({**DROP, "triggers": triggers}), module=module,
              max_epochs=len(DIGITS))  # fmt: skip

    assert rates_of_epochs(run.rates) == pytest.approx(torchs(DIGITS, 0.5, 0.0, patience=1))


def test_a_metric_that_validation_logs_too_late_to_be_known_is_refused(
    fit: Callable[..., Any],
) -> None:
    triggers = {"plateau": {**PLATEAU, "monitor": "loss"}}
    module = logging(validation=trace(FLAT, "loss"), training=trace(FLAT, "loss"))

    with pytest.raises(ScheduleError, match="in training and in validation under one name"):
        fit(LearningRateScheduler({**DROP, "triggers": triggers}), module=module,
            max_epochs=4, check_val_every_n_epoch=2)  # fmt: skip


def test_a_metric_that_is_not_there_is_named_with_those_that_are(fit: Callable[..., Any]) -> None:
    module = logging(validation=trace(FLAT, "val/acc"), training=trace(FLAT, "train/loss"))

    with pytest.raises(ScheduleError) as raised:
        fit(LearningRateScheduler(HOLD), module=module, max_epochs=3)
    assert raised.value.key == "triggers.plateau.monitor"
    assert "'val/loss' was not logged" in raised.value.problem
    assert "(logged so far: train/loss, val/acc)" in raised.value.problem


def test_a_metric_that_the_module_logs_after_the_epoch_comes_too_late(
    fit: Callable[..., Any],
) -> None:
    def at_the_end(module: LightningModule) -> None:
        module.log("late", 1.0)

    triggers = {"plateau": {**PLATEAU, "monitor": "late"}}
    with pytest.raises(ScheduleError, match="on_train_epoch_end comes too late"):
        fit(LearningRateScheduler({**DROP, "triggers": triggers}),
            module=logging(epoch_end=at_the_end), max_epochs=3)  # fmt: skip

    skipping = {"plateau": {**triggers["plateau"], "missing": "skip", "patience": 0}}
    run = fit(LearningRateScheduler({**DROP, "triggers": skipping}),
              module=logging(epoch_end=at_the_end), max_epochs=5)  # fmt: skip
    assert run.rates == [1.0] * 25


def test_a_metric_that_is_missing_now_and_then_is_skipped_if_so_wished(
    fit: Callable[..., Any],
) -> None:
    def in_even_epochs(module: LightningModule) -> None:
        if module.current_epoch % 2 == 0:
            module.log("val/loss", 1.0)

    callback = LearningRateScheduler(
        {**DROP, "triggers": {"plateau": {**PLATEAU, "missing": "skip"}}}
    )
    fit(callback, module=logging(validation=in_even_epochs), max_epochs=10)
    assert [firing.step for firing in callback.curves["lr"].span.log] == [25, 45]

    with pytest.raises(ScheduleError, match="not logged in this validation"):
        fit(LearningRateScheduler(HOLD), module=logging(validation=in_even_epochs), max_epochs=9)


@pytest.mark.parametrize("after", ["15 steps", "25%", "3 epochs"])
def test_nothing_is_looked_at_before_the_start(fit: Callable[..., Any], after: str) -> None:
    callback = LearningRateScheduler(
        {**DROP, "triggers": {"plateau": {**PLATEAU, "start_after": after}}}
    )
    fit(callback, module=logging(validation=trace(FLAT)), max_epochs=12)

    assert [firing.step for firing in callback.curves["lr"].span.log] == [25, 35, 45, 55]


def test_a_start_that_cannot_be_known_is_refused_before_the_first_batch(
    fit: Callable[..., Any],
) -> None:
    callback = LearningRateScheduler(
        {**DROP, "triggers": {"plateau": {**PLATEAU, "start_after": "10 min"}}}
    )
    with pytest.raises(ScheduleError, match=r"triggers.plateau.start_after: '10 min'"):
        fit(callback, module=logging(validation=trace(FLAT)), max_epochs=2)


# Phases


def test_a_phase_that_waits_begins_with_fresh_counters(fit: Callable[..., Any]) -> None:
    waits = {"kind": "constant", "until": "plateau", "duration": "40%"}
    phases = {"one": waits, "two": {**waits, "value": 0.5}, "rest": {"kind": "constant"}}
    schedule = {"kind": "sequence", "phases": phases, "triggers": {"plateau": PLATEAU}}
    callback = LearningRateScheduler(schedule)
    fit(callback, module=logging(validation=trace(FLAT)), max_epochs=12)

    # One look to have a best value and two without an improvement, in each phase.
    assert [firing.step for firing in callback.curves["lr"].span.log] == [15, 30]
    assert [s.start for s in callback.curves["lr"].segments()] == [0, 15, 30]


def test_every_optimizer_records_an_event_where_it_is(fit: Callable[..., Any]) -> None:
    class Two(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False
            self.a = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))
            self.b = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))

        @override
        def training_step(self, batch: object, batch_idx: int) -> None:
            optimizers: Any = self.optimizers()
            for optimizer, weight, times in zip(optimizers, (self.a, self.b), (2, 1), strict=True):
                for _ in range(times):
                    optimizer.zero_grad()
                    self.manual_backward(weight * 1.0)
                    optimizer.step()

        @override
        def validation_step(self, batch: object, batch_idx: int) -> None:
            self.log("val/loss", 1.0)

        @override
        def configure_optimizers(self) -> Any:
            return [torch.optim.SGD([weight], lr=1.0) for weight in (self.a, self.b)]

        @override
        def train_dataloader(self) -> Any:
            return DataLoader(range(EPOCH))  # type: ignore[arg-type] # a range is a data set

        val_dataloader = train_dataloader

    callback = LearningRateScheduler({**DROP, "triggers": {"plateau": PLATEAU}})
    run = fit(callback, module=Two(), max_epochs=4)

    assert [rates[0] for rates in run.used[0]] == [1.0] * 30 + [0.5] * 10
    assert [rates[0] for rates in run.used[1]] == [1.0] * 15 + [0.5] * 5


def test_events_and_phases_are_logged_as_text(fit: Callable[..., Any], tmp_path: Path) -> None:
    logger = TensorBoardLogger(tmp_path)
    callbacks = [ScheduleMonitor(draw=False), LearningRateScheduler(HOLD)]
    fit(*callbacks, module=logging(validation=trace(FLAT)), max_epochs=4, logger=logger)
    logger.experiment.flush()
    read = EventAccumulator(logger.log_dir, size_guidance={"tensors": 0})
    read.Reload()
    texts = {
        tag.removesuffix("/text_summary"): [
            (event.step, event.tensor_proto.string_val[0].decode()) for event in read.Tensors(tag)
        ]
        for tag in read.Tags()["tensors"]
    }

    assert texts == {
        "phase/lr": [(0, "hold"), (15, "decay")],
        "event/plateau": [(15, "happened before step 15, value 1")],
    }


# Arguments


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            {"schedule": {"kind": "sequence", "phases": HOLD["phases"]}},
            "schedule.phases.hold.until: no trigger records .* 'triggers: {plateau: {kind: plateau",
        ),
        (
            {"schedule": {**HOLD, "triggers": {"plateu": PLATEAU}}},
            "schedule.phases.hold.until: .*did you mean 'plateu'",
        ),
        (
            {"rules": {"a": {"key": "lr", "schedule": DROP}}, "triggers": {"other": PLATEAU}},
            "rules.a.schedule.event: .*write one of other",
        ),
        (
            {"schedule": HOLD, "triggers": {"plateau": {**PLATEAU, "patience": 3}}},
            "triggers.plateau: is another trigger than schedule.triggers.plateau",
        ),
        (
            {"schedule": HOLD, "triggers": {"branch": PLATEAU}},
            "triggers.branch: a branch records this event by itself",
        ),
        (
            {"schedule": {**HOLD, "triggers": {"plateau": {**PLATEAU, "missing": "warn"}}}},
            "schedule.triggers.plateau.missing: 'warn'",
        ),
    ],
)
def test_a_mistake_about_triggers_is_refused_at_once(
    arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ScheduleError, match=f"^{problem}"):
        LearningRateScheduler(**arguments)


def test_the_same_trigger_may_be_written_twice() -> None:
    rules = {name: {"key": "lr", "groups": i, "schedule": HOLD} for i, name in enumerate("ab")}
    callback = LearningRateScheduler(rules=rules, triggers={"plateau": PLATEAU})

    assert list(callback.triggers) == ["plateau"]


def test_a_trigger_that_nothing_reads_is_said_and_not_watched(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler({"kind": "linear"}, triggers={"plateau": PLATEAU})
    with pytest.warns(UserWarning, match="triggers.plateau: no schedule reads this event"):
        run = fit(callback, module=logging(), max_epochs=2)

    assert run.rates == pytest.approx([1 - step / 10 for step in range(10)])


# A resume with other triggers


@pytest.fixture
def at_ten(fit: Callable[..., Any], tmp_path: Path) -> Path:
    """A checkpoint in which the plateau has lasted for one look."""
    save = ModelCheckpoint(tmp_path, filename="{step}", save_top_k=-1)
    module = logging(validation=trace(FLAT))
    fit(save, LearningRateScheduler(HOLD), module=module, max_epochs=12, enable_checkpointing=True)
    return tmp_path / "step=10.ckpt"


IMPATIENT: dict[str, Any] = {**HOLD, "triggers": {"plateau": {**PLATEAU, "patience": 0}}}


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`")
def test_a_changed_trigger_is_a_difference(fit: Callable[..., Any], at_ten: Path) -> None:
    with pytest.raises(ScheduleError, match=r"triggers.plateau.patience +1 +0"):
        fit(
            LearningRateScheduler(IMPATIENT),
            module=logging(validation=trace(FLAT)),
            max_epochs=12,
            ckpt_path=at_ten,
        )


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`")
@pytest.mark.parametrize(
    ("policy", "written", "patience", "fires"),
    [
        ("keep", {**IMPATIENT, "triggers": {"plateau": {**PLATEAU, "patience": 5}}}, 1, 15),
        ("keep", {"kind": "linear"}, 1, 15),
        ("recompute", {**IMPATIENT, "triggers": {"plateau": {**PLATEAU, "patience": 3}}}, 3, 25),
        ("recompute", {**HOLD, "triggers": {"plateau": {"kind": "greedy", "monitor": "val/loss",
                                                        "patience": 1}}}, 1, 25),
    ],
)  # fmt: skip
def test_each_policy_watches_the_triggers_of_its_plan(  # noqa: PLR0913 - what may differ
    fit: Callable[..., Any],
    at_ten: Path,
    *,
    policy: Literal["keep", "recompute"],
    written: dict[str, Any],
    patience: int,
    fires: int,
) -> None:
    callback = LearningRateScheduler(written, on_change=policy)
    with pytest.warns(UserWarning, match="on_change is"):
        fit(callback, module=logging(validation=trace(FLAT)), max_epochs=12, ckpt_path=at_ten)

    assert callback.curves["lr"].span.log[0].step == fires
    assert callback.state_dict()["triggers"]["plateau"]["trigger"]["patience"] == patience
