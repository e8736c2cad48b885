"""The problems: tasks and optimizers, with the lengths and schedules they are trained for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from truth_sizes import THIRDS
from truth_stack import Update
from truth_tasks import TUNING

from lr_plugin.schedule import Span, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant"},
    "cosine": {"kind": "cosine"},
    "linear": {"kind": "linear"},
    "wsd": {
        "kind": "sequence",
        "phases": {
            "stable": {"kind": "constant"},
            "decay": {"kind": "linear", "duration": "20%"},
        },
    },
}
WARMUP: dict[str, Any] = {"kind": "linear", "start_value": 0.05, "end_value": 1.0, "duration": "5%"}


@dataclass(frozen=True)
class Budget:
    """Optimizer steps, the schedules that are compared at this length, and their warm-up."""

    steps: int
    schedules: tuple[str, ...]
    warmup: bool = False


@dataclass(frozen=True)
class Problem:
    """What one file of fixtures is about.

    Parameters
    ----------
    task
        Name of the task.
    optimizer
        Name of the optimizer.
    batch
        Samples of a batch.
    budgets
        What it is trained for.
    """

    task: str
    optimizer: str
    batch: int
    budgets: tuple[Budget, ...]

    @property
    def name(self) -> str:
        """Task, optimizer and batch size."""
        return f"{self.task}-{self.optimizer}-b{self.batch}"

    @property
    def tuning(self) -> bool:
        """Whether constants may be fitted on it."""
        return self.task in TUNING

    @property
    def update(self) -> Update:
        """The optimizer."""
        return OPTIMIZERS[self.optimizer][0]

    @property
    def rates(self) -> NDArray[np.float64]:
        """The grid of learning rates."""
        return np.asarray(10.0 ** (OPTIMIZERS[self.optimizer][1] + np.arange(THIRDS) / 3))


# Optimizers, and the base-10 logarithm of the smallest rate of their grids.
OPTIMIZERS = {
    "sgd": (Update(kind="sgd"), -4),
    "sgd0": (Update(kind="sgd", momentum=0.0), -3),
    "sgd98": (Update(kind="sgd", momentum=0.98), -5),
    "sgd_clip": (Update(kind="sgd", clip=1.0), -3),
    "adamw": (Update(kind="adamw", weight_decay=0.01), -5),
    "adamw95": (Update(kind="adamw", second=0.95, weight_decay=0.1), -5),
}


def written(schedule: str, budget: Budget) -> dict[str, Any]:
    """Return a schedule as it is written in a file, after the warm-up of a budget."""
    mapping = SCHEDULES[schedule]
    if not budget.warmup:
        return mapping
    return {"kind": "sequence", "phases": {"warmup": WARMUP, "main": mapping}}


def factors(schedule: str, budget: Budget) -> NDArray[np.float64]:
    """Return the values of a schedule at the steps of a budget."""
    shape = load(written(schedule, budget))
    return shape.over(Span(budget.steps))(np.arange(budget.steps))


TWO, TO_ZERO = ("constant", "cosine"), ("constant", "linear")
THREE, FOUR = ("constant", "cosine", "wsd"), ("constant", "cosine", "linear", "wsd")

TUNED = (
    Problem("digits_mlp", "sgd", 32, (Budget(220, TWO), Budget(880, FOUR))),
    Problem("digits_mlp", "adamw", 32, (Budget(220, TWO), Budget(880, FOUR))),
    Problem("digits_mlp", "sgd0", 4, (Budget(400, TWO),)),
    Problem("digits_mlp", "adamw", 256, (Budget(220, TWO),)),
    Problem("digits_cnn", "sgd", 32, (Budget(220, TWO), Budget(880, THREE))),
    Problem("digits_cnn", "adamw", 32, (Budget(220, TWO), Budget(880, THREE))),
)
HELD_OUT = (
    Problem("mnist_cnn", "sgd", 32, (Budget(300, THREE),)),
    Problem("mnist_cnn", "adamw", 32, (Budget(300, TWO),)),
    Problem("mnist_linear", "sgd0", 4, (Budget(500, TO_ZERO),)),
    Problem("mnist_layer_norm", "sgd", 32, (Budget(300, TWO),)),
    Problem("mnist_layer_norm", "adamw", 32, (Budget(300, TWO), Budget(1200, THREE))),
    Problem("mnist_noisy", "sgd98", 32, (Budget(400, TWO),)),
    Problem("mnist_noisy", "adamw", 256, (Budget(300, TO_ZERO),)),
    Problem("mnist_few", "adamw", 32, (Budget(220, TWO),)),
    Problem("mnist_finetune", "sgd", 32, (Budget(200, TWO),)),
    Problem("mnist_finetune", "adamw", 32, (Budget(200, TO_ZERO),)),
    Problem("cancer_batch_norm", "sgd", 32, (Budget(220, TWO),)),
    Problem("cancer_batch_norm", "adamw", 32, (Budget(220, TWO),)),
    Problem("diabetes", "sgd", 32, (Budget(220, TO_ZERO),)),
    Problem("diabetes", "adamw", 32, (Budget(220, TWO),)),
    Problem("friedman1", "sgd", 32, (Budget(220, TWO), Budget(880, TWO))),
    Problem("friedman1", "adamw", 32, (Budget(220, TWO), Budget(880, FOUR))),
    Problem("friedman1", "adamw", 4, (Budget(5000, TWO),)),
    Problem("friedman3_tanh", "sgd_clip", 32, (Budget(400, TWO),)),
    Problem("friedman3_tanh", "adamw", 32, (Budget(1200, FOUR),)),
    Problem("heavy_tailed", "sgd", 32, (Budget(400, TWO),)),
    Problem("heavy_tailed", "adamw", 32, (Budget(400, TWO),)),
    Problem("moons_tanh", "sgd0", 32, (Budget(600, TWO),)),
    Problem("autoencoder", "sgd", 32, (Budget(300, TWO), Budget(1200, TWO))),
    Problem("autoencoder", "adamw", 32, (Budget(300, TWO), Budget(1200, THREE))),
    Problem("char_ngram", "sgd", 64, (Budget(300, TWO), Budget(1000, TWO))),
    Problem("char_ngram", "adamw", 64, (Budget(300, TWO), Budget(1000, FOUR))),
    Problem("char_transformer", "sgd_clip", 16, (Budget(400, TWO, warmup=True),)),
    Problem("char_transformer", "adamw95", 16, (Budget(400, THREE, warmup=True),)),
)
PROBLEMS = TUNED + HELD_OUT
