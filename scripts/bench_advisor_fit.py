"""Train a measured run again with a real Trainer, and hear what the callback says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from bench_advisor_cases import fixture
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset
from truth_measure import order_of
from truth_problems import written
from truth_signals import windows
from truth_tasks import TASKS
from typing_extensions import override

from lr_plugin.app.quiet import quiet
from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench_find_cases import Case
    from torch import Tensor
    from truth_stack import Samples, Update

    from lr_plugin.advisor import Advice

SHARE = 0.1
"""Of the parameters, in a sketch."""


class Learner(LightningModule):
    """A task's network with an optimizer, as a user would write it.

    Parameters
    ----------
    task
        Name of the task.
    update
        The optimizer.
    rate
        The learning rate that the schedule multiplies.
    """

    def __init__(self, task: str, update: Update, rate: float) -> None:
        super().__init__()
        self.net, self.loss = TASKS[task].net(), TASKS[task].loss
        self.update, self.rate = update, rate

    @override
    def training_step(self, batch: Samples) -> Tensor:
        return self.loss(self.net(batch[0]), batch[1])

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        update, decay = self.update, self.update.weight_decay
        if update.kind == "sgd":
            return torch.optim.SGD(
                self.parameters(), self.rate, momentum=update.momentum, weight_decay=decay
            )
        betas = update.momentum, update.second
        return torch.optim.AdamW(self.parameters(), self.rate, betas=betas, weight_decay=decay)


class Sketching(LearningRateAdvisor):
    """The callback under another name: a Trainer takes each once."""

    @property
    @override
    def state_key(self) -> str:
        return "sketching"


def heard(case: Case, run: int) -> tuple[list[Advice], list[Advice]]:
    """Return what the callback says at each moment of a run, and what it says from a sketch."""
    learner = prepared(case, run)
    few = max(int(SHARE * sum(each.numel() for each in learner.parameters())), 1)
    advisors = LearningRateAdvisor(), Sketching(sketch=few)
    fit(case, run, learner, advisors)
    ends = [end for _, end in windows(case.budget.steps)]
    whole, sketched = ([_standing(each.advice, end) for end in ends] for each in advisors)
    return whole, sketched


def prepared(case: Case, run: int) -> Learner:
    """Return what a run trains, with the parameters that the measured one began with."""
    index, seed = fixture(case)["runs"][run]
    torch.manual_seed(seed)
    return Learner(case.problem.task, case.problem.update, float(case.problem.rates[index]))


def fit(case: Case, run: int, learner: Learner, callbacks: Sequence[Callback]) -> None:
    """Train on the batches of the measured run, in their order, under its schedule."""
    scheduler = LearningRateScheduler(schedule=written(case.schedule, case.budget))
    quietly: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    with quiet():
        Trainer(
            accelerator="cpu",
            max_epochs=1,
            gradient_clip_val=case.problem.update.clip,
            callbacks=[scheduler, *callbacks],
            **quietly,
        ).fit(learner, _batches(case, fixture(case)["runs"][run][1]))


def _batches(case: Case, seed: int) -> DataLoader[tuple[Tensor, ...]]:
    data = TASKS[case.problem.task].data()
    order = order_of(100 + seed, len(data.inputs), case.problem.batch, case.budget.steps)
    return DataLoader(TensorDataset(data.inputs, data.targets), batch_sampler=order.tolist())


def _standing(advice: Sequence[Advice], step: int) -> Advice:
    # what was said last stays true where the callback has nothing to add
    return next(each for each in reversed(advice) if each.step <= step)
