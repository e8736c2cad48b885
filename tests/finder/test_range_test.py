"""The callback on its own, in a user's Trainer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import nn
from torch.utils.data import DataLoader, IterableDataset
from typing_extensions import override

from lr_plugin.finder import FindError
from lr_plugin.finder.range_test import RangeTest

RATES = [1e-4, 1e-3, 1e-2, 0.0]
Make = Callable[..., Any]


class Used(Callback):
    """Notes the rate of every group at every step, just before it is used."""

    def __init__(self) -> None:
        self.rates: list[list[float]] = []

    @override
    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        self.rates.append([float(group["lr"]) for group in optimizer.param_groups])


class Batches(Callback):
    """Notes the loss of every batch."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    @override
    def on_before_backward(
        self, trainer: Trainer, pl_module: LightningModule, loss: torch.Tensor
    ) -> None:
        self.losses.append(float(loss.detach()))


@pytest.mark.parametrize("accumulate", [1, 3])
def test_each_step_uses_its_rate(
    make_module: Make, make_trainer: Make, make_loader: Make, accumulate: int
) -> None:
    test, used = RangeTest(RATES), Used()
    trainer = make_trainer(callbacks=[test, used], accumulate_grad_batches=accumulate)
    trainer.fit(make_module(), make_loader())

    assert used.rates == [[rate] for rate in RATES]
    assert trainer.global_step == 4


@pytest.mark.parametrize("accumulate", [1, 4])
def test_losses_are_means_over_the_batches_of_a_step(
    make_module: Make, make_trainer: Make, make_loader: Make, accumulate: int
) -> None:
    test, batches = RangeTest(RATES[:2]), Batches()
    trainer = make_trainer(callbacks=[test, batches], accumulate_grad_batches=accumulate)
    trainer.fit(make_module(), make_loader())
    rows = np.array(batches.losses).reshape(2, accumulate) * accumulate

    assert test.losses == pytest.approx(rows.mean(axis=1), rel=1e-6)


def two_groups(module: nn.Module, **more: Any) -> torch.optim.Optimizer:  # noqa: ANN401 - of several types
    first, *rest = module.parameters()
    groups = [{"params": [first], "lr": 0.3}, {"params": rest, "lr": 0.03}]
    return torch.optim.SGD(groups, **({"lr": 0.3} | more))


@pytest.mark.parametrize(("lr", "shares"), [(0.3, (1, 0.1)), (0.03, (10, 1)), (7.0, (1, 0.1))])
def test_groups_keep_their_ratios_to_the_configured_rate(
    make_module: Make, make_trainer: Make, make_loader: Make, lr: float, shares: tuple[float, ...]
) -> None:
    test, used = RangeTest(RATES), Used()
    module = make_module(optimizer=lambda net: two_groups(net, lr=lr))
    make_trainer(callbacks=[test, used]).fit(module, make_loader())

    assert test.ratios == pytest.approx(shares)
    assert np.array(used.rates) == pytest.approx(np.outer(RATES, shares))


def test_a_tensor_stays_a_tensor_of_its_own(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    shared = torch.tensor(0.1)
    module = make_module(optimizer=lambda net: torch.optim.SGD(net.parameters(), lr=shared))
    used = Used()
    trainer = make_trainer(callbacks=[RangeTest(RATES), used])
    trainer.fit(module, make_loader())

    assert np.array(used.rates) == pytest.approx(np.array(RATES)[:, None], rel=1e-6)
    assert isinstance(trainer.optimizers[0].param_groups[0]["lr"], torch.Tensor)
    assert shared == torch.tensor(0.1)


def warmed(net: nn.Module) -> dict[str, Any]:
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step / 100)
    return {
        "optimizer": optimizer,
        "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
    }


def test_schedulers_of_the_module_are_left_aside(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    test, used = RangeTest(RATES), Used()
    make_trainer(callbacks=[test, used]).fit(make_module(optimizer=warmed), make_loader())

    assert test.ratios == [1.0]
    assert used.rates == [[rate] for rate in RATES]


def test_ten_losses_in_a_row_that_are_not_finite_end_it(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    test = RangeTest(np.geomspace(1, 1e30, 100))
    trainer = make_trainer(callbacks=[test], max_epochs=50)
    trainer.fit(make_module(), make_loader())
    finite = np.isfinite(test.losses).sum()

    assert trainer.global_step == finite + 10 < 60
    assert test.losses.shape == (100,)
    assert np.isnan(test.losses[finite + 10 :]).all()


@pytest.mark.filterwarnings("ignore:`training_step` returned `None`")
def test_a_step_without_a_loss_has_none(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    test = RangeTest(RATES)
    make_trainer(callbacks=[test]).fit(make_module(loss=lambda _: None), make_loader())

    assert np.isnan(test.losses).all()


def test_it_can_be_used_again(make_module: Make, make_trainer: Make, make_loader: Make) -> None:
    test = RangeTest(RATES)
    for _ in range(2):
        make_trainer(callbacks=[test]).fit(make_module(), make_loader(shuffle=False))
        first = test.losses

    assert np.isfinite(first).all()
    assert first.size == 4


class Once(IterableDataset[Any]):
    """Gives five samples, and then never again any."""

    def __init__(self) -> None:
        self.left = 5

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator
        while self.left:
            self.left -= 1
            yield torch.ones(4), torch.tensor(1.0)


def test_data_that_end_for_good_are_reported(make_module: Make, make_trainer: Make) -> None:
    trainer = make_trainer(callbacks=[RangeTest([0.01] * 50)], max_epochs=-1)

    with pytest.raises(FindError, match=r"^the training data ended after 2 of 50 steps and gave"):
        trainer.fit(make_module(), DataLoader(Once(), batch_size=3))


def frozen(net: nn.Module) -> torch.optim.Optimizer:
    for parameter in net.parameters():
        parameter.requires_grad_(False)  # noqa: FBT003 - torch's own
    return torch.optim.SGD(net.parameters(), lr=0.1)


def text(net: nn.Module) -> torch.optim.Optimizer:
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    optimizer.param_groups[0]["lr"] = None
    return optimizer


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"optimizer": lambda _: None},
            "configure_optimizers returns no optimizer, so nothing would be trained; return one",
        ),
        ({"optimizer": frozen}, "every parameter of the optimizer is frozen"),
        ({"optimizer": text}, "the optimizer cannot be tested: 'lr' is None here, which is not"),
        (
            {"optimizer": lambda net: torch.optim.SGD(net.parameters(), lr=0.0)},
            "every group of the optimizer has a learning rate of 0",
        ),
        ({"loss": lambda loss: loss.detach()}, "the loss depends on no parameter that can be"),
    ],
)
@pytest.mark.filterwarnings("ignore:`LightningModule.configure_optimizers` returned `None`")
def test_what_cannot_be_tested_is_refused(
    make_module: Make,
    make_trainer: Make,
    make_loader: Make,
    settings: dict[str, Any],
    problem: str,
) -> None:
    module = make_module(**settings)

    with pytest.raises(FindError, match=f"^{problem}"):
        make_trainer(callbacks=[RangeTest(RATES)]).fit(module, make_loader())
    assert module.asked <= 1


def test_manual_optimization_is_refused(
    make_module: Make, make_trainer: Make, make_loader: Make
) -> None:
    module = make_module()
    module.automatic_optimization = False

    with pytest.raises(FindError, match=r"^the module uses manual optimization"):
        make_trainer(callbacks=[RangeTest(RATES)]).fit(module, make_loader())
    assert module.asked == 0
