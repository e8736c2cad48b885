"""Schedulers as other people write them: with torch's base class, like timm's, or alone."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from typing_extensions import override


class Halving(LRScheduler):
    """A user's own subclass of torch's base class."""

    def __init__(self, optimizer: Optimizer, every: int = 2) -> None:
        self.every = every
        super().__init__(optimizer)

    @override
    def get_lr(self) -> list[Any]:
        return [base / 2 ** (self.last_epoch // self.every) for base in self.base_lrs]


class Counted:
    """What timm's schedulers look like: told the count, per update or per epoch."""

    def __init__(
        self, optimizer: Optimizer, t_initial: int, *, t_in_epochs: bool = True, lr_min: float = 0.0
    ) -> None:
        self.optimizer, self.t_initial, self.lr_min = optimizer, t_initial, lr_min
        self.t_in_epochs = t_in_epochs
        self.base = optimizer.param_groups[0]["lr"]

    def step(self, epoch: int, metric: float | None = None) -> None:
        del metric
        if self.t_in_epochs:
            self._write(epoch)

    def step_update(self, num_updates: int, metric: float | None = None) -> None:
        del metric
        if not self.t_in_epochs:
            self._write(num_updates)

    def _write(self, count: int) -> None:
        left = max(1 - count / self.t_initial, 0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr_min + (self.base - self.lr_min) * left


class Told:
    """No base class at all, and a count for each step."""

    def __init__(self, optimizer: Optimizer, **options: float) -> None:
        self.optimizer, self.options = optimizer, options

    def step(self, epoch: int) -> None:
        self.optimizer.param_groups[0]["lr"] = self.options["rate"] * epoch


class Watching:
    """Follows a metric, under a name that nobody knows."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    def step(self, metrics: float) -> None:
        self.optimizer.param_groups[0]["lr"] *= metrics


class Wrapped:
    """An optimizer around an optimizer: it has step() and takes one, and is no scheduler."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    def step(self) -> None:
        self.optimizer.step()

    def zero_grad(self) -> None:
        self.optimizer.zero_grad()


class PlateauLRScheduler(Counted):
    """The name that timm gives the one of its schedulers that follows a metric."""


class Breaking(Halving):
    """Gives something else than a number, from a stated step on."""

    def __init__(self, optimizer: Optimizer, at: int, value: str = "nan") -> None:
        self.at, self.value = at, value
        super().__init__(optimizer)

    @override
    def get_lr(self) -> list[Any]:
        return [float(self.value) if self.last_epoch >= self.at else 1.0]


def watching(optimizer: Optimizer) -> LRScheduler:
    """Make one whose need of a metric shows only in what is made."""
    return Watching(optimizer)  # type: ignore[return-value] # it promises too much
