"""Refusals: what cannot work is refused before the first batch, with what to write instead."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset

from lr_plugin.callback import LearningRateScheduler, ScheduleMonitor
from lr_plugin.schedule import ScheduleError

LINEAR = {"kind": "linear"}


class Endless(IterableDataset[int]):
    """Data without a length."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(10))


def refused(
    fit: Callable[..., Any],
    module: Any,  # noqa: ANN401 - a module of either namespace
    lightning: ModuleType,
    callbacks: list[Any],
    message: str,
    **settings: object,
) -> None:
    with pytest.raises(ScheduleError, match=message):
        fit(*callbacks, module=module, lightning=lightning, **({"max_epochs": 1} | settings))
    assert [w.item() for w in module.weights] == [0.0] * len(module.weights)


def test_a_module_that_returns_schedulers_is_refused(
    fit: Callable[..., Any], make_slope: Callable[..., Any], lightning: ModuleType
) -> None:
    def configure(weights: list[torch.nn.Parameter], _: object) -> object:
        optimizer = torch.optim.SGD(weights, lr=1.0)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1)]

    module = make_slope(lightning, configure=configure)
    message = r"returns lr_schedulers \(StepLR\).*return only the optimizers"
    refused(fit, module, lightning, [LearningRateScheduler(LINEAR)], message)


def test_stochastic_weight_averaging_is_refused(
    fit: Callable[..., Any], make_slope: Callable[..., Any], lightning: ModuleType
) -> None:
    swa = lightning.callbacks.StochasticWeightAveraging(swa_lrs=0.1)
    callbacks = [LearningRateScheduler(LINEAR), swa]
    refused(fit, make_slope(lightning), lightning, callbacks, "WeightAveraging callback instead")


def test_a_second_scheduler_is_refused(
    make_trainer: Callable[..., Any], make_slope: Callable[..., Any], lightning: ModuleType
) -> None:
    callbacks = [LearningRateScheduler(LINEAR), LearningRateScheduler(LINEAR)]

    with pytest.raises((ScheduleError, RuntimeError), match="LearningRateScheduler"):
        make_trainer(lightning, callbacks, max_epochs=1).fit(make_slope(lightning))


def test_a_second_scheduler_from_the_module_is_refused(
    fit: Callable[..., Any], make_slope: Callable[..., Any], lightning: ModuleType
) -> None:
    class Other(LearningRateScheduler):
        @property
        def state_key(self) -> str:
            return "other"

    message = "two LearningRateScheduler callbacks.*rules:"
    callbacks = [LearningRateScheduler(LINEAR), Other(LINEAR)]
    refused(fit, make_slope(lightning), lightning, callbacks, message)


@pytest.mark.parametrize(
    ("settings", "loader"),
    [
        ({"max_epochs": 2}, DataLoader(Endless())),
        ({"max_epochs": -1}, None),
    ],
)
def test_an_unknown_length_is_refused_where_a_schedule_needs_it(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    lightning: ModuleType,
    settings: dict[str, Any],
    loader: object,
) -> None:
    module = make_slope(lightning, loader=loader)
    callbacks = [LearningRateScheduler(LINEAR)]
    refused(fit, module, lightning, callbacks, "max_steps.*total=1000", **settings)


def test_an_unknown_length_is_no_trouble_where_nothing_needs_it(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    schedule = {"kind": "step", "every": "4 steps", "factor": 0.5}
    module = make_slope(loader=DataLoader(Endless()))
    run = fit(LearningRateScheduler(schedule), module=module, max_epochs=2)

    assert run.rates == pytest.approx([0.5 ** (step // 4) for step in range(20)])


def test_an_explicit_total_wins(fit: Callable[..., Any], make_slope: Callable[..., Any]) -> None:
    module = make_slope(loader=DataLoader(Endless()))
    run = fit(LearningRateScheduler(LINEAR, total=40), module=module, max_epochs=2)

    assert run.rates == pytest.approx([1 - step / 40 for step in range(20)])


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            {"lr": {"schedule": LINEAR, "groups": "head*"}},
            r"rules.lr: groups \['head\*'\] match no",
        ),
        ({"lr": {"schedule": LINEAR, "groups": [3]}}, r"there are: optimizer 0: 0$"),
        (
            {"lr": {"schedule": LINEAR, "optimizer": 1}},
            "rules.lr: there is no optimizer 1; there are",
        ),
        ({"momentun": {"schedule": LINEAR}}, "rules.momentun.key: .*did you mean 'momentum'"),
        ({"betas.0": {"schedule": LINEAR}}, "no 'betas.0'.*it has lr, momentum, dampening"),
        ({"momentum": {"schedule": LINEAR}}, "rules.momentum.mode: .*'mode: set'"),
        (
            {"nesterov": {"schedule": LINEAR}},
            "is False here, which is not a number; write one of lr, momentum, dampening",
        ),
        (
            {"lr": {"schedule": LINEAR}, "also": {"key": "lr", "schedule": LINEAR}},
            "rules.also: 'lr' of group 0 of optimizer 0 is already driven by rule 'lr'",
        ),
    ],
)
def test_a_rule_that_does_not_fit_the_optimizer_is_refused(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    rules: dict[str, Any],
    message: str,
) -> None:
    module = make_slope()

    with pytest.raises(ScheduleError, match=message):
        fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)
    assert module.weights[0].item() == 0


def test_a_schedule_that_does_not_fit_the_run_is_refused_with_its_full_key(
    fit: Callable[..., Any],
) -> None:
    schedule = {"kind": "sequence", "phases": {"warmup": {**LINEAR, "duration": "500 steps"}}}

    with pytest.raises(ScheduleError, match=r"^schedule\."):
        fit(LearningRateScheduler(schedule), max_epochs=1)
    with pytest.raises(ScheduleError, match=r"^rules\.lr\.schedule"):
        fit(LearningRateScheduler(rules={"lr": {"schedule": schedule}}), max_epochs=1)


def test_a_trial_run_of_a_few_batches_is_run_over_the_least_length_that_fits(
    fit: Callable[..., Any],
) -> None:
    schedule = {"kind": "sequence", "phases": {"warmup": {**LINEAR, "duration": "4 steps"}}}

    with pytest.warns(UserWarning, match="run as if the run had 4"):
        run = fit(LearningRateScheduler(schedule), fast_dev_run=2)
    assert run.rates == pytest.approx([1.0, 0.75])


def test_a_trial_run_that_is_long_enough_is_as_long_as_it_is(fit: Callable[..., Any]) -> None:
    run = fit(LearningRateScheduler(LINEAR), fast_dev_run=2)

    assert run.rates == pytest.approx([1.0, 0.5])


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("beta.0", r"no 'beta.0'; did you mean 'betas.0'"),
        ("betas", r"\(0.9, 0.999\) here, which is not a number; write one of betas.0, betas.1$"),
    ],
)
def test_a_key_of_an_optimizer_with_tuples_is_listed_by_entry(
    fit: Callable[..., Any], make_slope: Callable[..., Any], key: str, message: str
) -> None:
    module = make_slope(configure=lambda weights, _: torch.optim.AdamW(weights))

    with pytest.raises(ScheduleError, match=message):
        fit(LearningRateScheduler(rules={key: {"schedule": LINEAR}}), module=module, max_epochs=1)


def test_hooks_out_of_order_are_refused() -> None:
    with pytest.raises(RuntimeError, match="before on_fit_start"):
        LearningRateScheduler(LINEAR).on_train_start(None, None)  # type: ignore[arg-type] # not reached


def test_the_monitor_needs_a_scheduler(fit: Callable[..., Any]) -> None:
    with pytest.raises(ScheduleError, match="add a LearningRateScheduler"):
        fit(ScheduleMonitor(), max_epochs=1)
