"""Where a loss stays on a plateau, or gradients are noise, the advisor points nowhere."""

from collections.abc import Callable
from typing import Any

import pytest
import pytorch_lightning
import torch
from pytorch_lightning import LightningModule, Trainer
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from typing_extensions import override

from lr_plugin.advisor import Advice
from lr_plugin.callback import LearningRateAdvisor

Make = Callable[..., Trainer]


class Module(LightningModule):
    """A net, its loss on a batch, and an optimizer."""

    def __init__(
        self,
        net: nn.Module,
        loss: Callable[[Tensor, Tensor], Tensor],
        optimizer: Callable[..., torch.optim.Optimizer],
        data: TensorDataset,
    ) -> None:
        super().__init__()
        self.net, self.loss, self.optimizer, self.data = net, loss, optimizer, data

    @override
    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        inputs, targets = batch
        found: Tensor = self.net(inputs)
        return self.loss(found.squeeze(-1), targets)

    @override
    def configure_optimizers(self) -> Any:
        return self.optimizer(self.parameters())

    @override
    def train_dataloader(self) -> Any:
        return DataLoader(self.data, batch_size=64, shuffle=True, drop_last=True)


class Factors(nn.Module):
    """Ratings as products of two tables of vectors: most of both have no gradient in a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.users, self.items = nn.Embedding(200, 8), nn.Embedding(200, 8)
        for table in (self.users, self.items):
            nn.init.normal_(table.weight, std=0.05)

    @override
    def forward(self, pairs: Tensor) -> Tensor:
        products: Tensor = self.users(pairs[:, 0]) * self.items(pairs[:, 1])
        return products.sum(1)


def said(make: Make, module: Module) -> list[Advice]:
    advisor = LearningRateAdvisor()
    make(pytorch_lightning, [advisor], max_steps=400, max_epochs=-1).fit(module)
    return advisor.advice


def sure(advice: list[Advice], change: str) -> list[int]:
    return [each.step for each in advice if (each.verdict, each.confidence) == (change, "high")]


@pytest.mark.parametrize("rate", [0.1, 0.3])
@pytest.mark.parametrize("seed", [0, 1])
def test_deep_sigmoids_on_their_plateau_are_not_told_to_go_slower(
    make_trainer: Make, rate: float, seed: int
) -> None:
    """Their best rate is 3: at a tenth of it the loss stays where it is for hundreds of steps."""
    torch.manual_seed(seed)
    sizes = [(64, 32), (32, 32), (32, 32)]
    layers = [part for size in sizes for part in (nn.Linear(*size), nn.Sigmoid())]
    pixels, digits = (torch.as_tensor(part) for part in load_digits(return_X_y=True))
    data = TensorDataset(pixels.float() / 16, digits)
    optimizer = lambda held: torch.optim.SGD(held, lr=rate)  # noqa: E731 - one call of one use
    net = nn.Sequential(*layers, nn.Linear(32, 10))
    advice = said(make_trainer, Module(net, nn.functional.cross_entropy, optimizer, data))

    assert len(advice) == 5
    assert sure(advice, "decrease") == []


@pytest.mark.parametrize("seed", range(4))
def test_tables_of_vectors_are_not_told_to_go_slower(make_trainer: Make, seed: int) -> None:
    """Adam's best rate is 0.01 here."""
    torch.manual_seed(seed)
    users, items = torch.randn(200, 3), torch.randn(200, 3)
    pairs = torch.randint(200, (5000, 2))
    data = TensorDataset(pairs, (users[pairs[:, 0]] * items[pairs[:, 1]]).sum(1) / 3**0.5)
    optimizer = lambda held: torch.optim.Adam(held, lr=1e-4)  # noqa: E731 - one call of one use
    advice = said(make_trainer, Module(Factors(), nn.functional.mse_loss, optimizer, data))

    assert len(advice) == 5
    assert "decrease" not in {each.verdict for each in advice}
