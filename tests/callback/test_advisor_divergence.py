"""The advisor notices divergence at once, and takes nothing else for it."""

import json
import random
from collections.abc import Sequence
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from typing_extensions import override

from lr_plugin.app.quiet import quiet
from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler
from lr_plugin.callback.diverged import DivergedError
from lr_plugin.schedule import ScheduleError

CALM = 33
"""Steps before it happens, of 100."""


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


class Scripted(LightningModule):
    """A module that learns nothing; its losses are written beforehand, None passes a batch over."""

    def __init__(self, losses: Sequence[float | None]) -> None:
        super().__init__()
        self.losses, self.batches = losses, 0
        self.weight = nn.Parameter(torch.ones(1000))

    @override
    def training_step(self, batch: object, batch_idx: int) -> Tensor | None:
        loss = self.losses[min(self.batches, len(self.losses) - 1)]
        self.batches += 1
        # half of the gradient is the same in all steps, up to a sign that changes every other step
        moved = (self.weight * ((-1) ** (self.batches // 2) + torch.randn(1000))).sum()
        return None if loss is None else moved - moved.detach() + loss

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.01)

    @override
    def train_dataloader(self) -> object:
        return DataLoader(TensorDataset(torch.zeros(100, 1)))


class Regression(Scripted):
    """A line through noise, at a rate that is far too low."""

    def __init__(self, batch_size: int) -> None:
        super().__init__([])
        self.net, self.batch_size = nn.Linear(8, 1), batch_size

    @override
    def training_step(self, batch: object, batch_idx: int) -> Tensor:
        inputs = torch.randn(self.batch_size, 8)
        targets = inputs[:, :1] + torch.randn(self.batch_size, 1)
        return nn.functional.mse_loss(self.net(inputs), targets)

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1e-5)


def fitted(
    advisor: LearningRateAdvisor,
    module: LightningModule,
    *others: Callback,
    schedule: str = "constant",
    rule: str = "lr",
) -> list[tuple[int, str]]:
    """Return steps and verdicts of a run of 100 steps."""
    with quiet():
        Trainer(
            accelerator="cpu",
            max_steps=100,
            callbacks=[
                LearningRateScheduler(rules={rule: {"schedule": schedule}}),
                advisor,
                *others,
            ],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        ).fit(module)
    return [(each.step, each.verdict) for each in advisor.advice]


@pytest.mark.parametrize("batch_size", [1, 2, 4, 8])
def test_losses_of_a_few_examples_scatter_and_do_not_diverge(batch_size: int) -> None:
    torch.manual_seed(batch_size)
    found = [fitted(LearningRateAdvisor(), Regression(batch_size)) for _ in range(5)]

    assert "decrease" not in {verdict for run in found for _, verdict in run}


def test_a_loss_that_blows_up_in_the_second_step_is_far_from_the_first() -> None:
    found = fitted(LearningRateAdvisor(), Scripted([2.0, 90.0]))

    assert {verdict for step, verdict in found if step >= 30} == {"decrease"}


def test_a_loss_that_blows_up_where_a_part_ends_does_not_silence_the_rest() -> None:
    calm = [1.0] * 30
    for happens in (17, 18, 19):  # losses of the second part, which ends after 20 steps
        found = fitted(LearningRateAdvisor(), Scripted([*calm[:happens], 90.0, *calm]))
        assert [step for step, _ in found][-3:] == [30, 60, 100]


@pytest.mark.filterwarnings("ignore:`training_step` returned `None`")
def test_a_batch_that_is_passed_over_is_no_divergence() -> None:
    advisor = LearningRateAdvisor()
    fitted(advisor, Scripted([*[1.0] * CALM, None, *[1.0] * 99]))

    assert "the loss diverged" not in {said for each in advisor.advice for said in each.caveats}


def test_a_loss_that_stays_broken_is_told_at_once_and_at_the_ends_of_parts() -> None:
    steps = [step for step, _ in fitted(LearningRateAdvisor(), Scripted([*[1.0] * CALM, nan]))]

    assert steps[3] in range(CALM, CALM + 5)
    assert sorted({*steps} - {steps[3]}) == [10, 20, 30, 60, 100]


def test_a_loss_that_breaks_in_the_warm_up_is_told_at_once() -> None:
    module = Scripted([1.0, 1.0, nan])
    found = fitted(LearningRateAdvisor(), module, schedule="warmup_cosine")

    assert found[0] == (3, "decrease")


def test_the_rate_is_changed_once_in_a_part() -> None:
    class Rates(Callback):
        found: list[float] = []  # noqa: RUF012 - one list for one run

        @override
        def on_train_batch_end(self, trainer: Trainer, *arguments: Any, **named: Any) -> None:
            self.found.append(trainer.optimizers[0].param_groups[0]["lr"])

    learned = [*[2.0] * 10, *[1.0] * (CALM - 10)]
    rates, module = Rates(), Scripted([*learned, nan, *[1.0] * 99])
    fitted(LearningRateAdvisor(act="apply"), module, rates)

    assert len({*rates.found[30:60]}) == 2


def test_lines_name_the_rate_in_force_and_what_it_becomes(tmp_path: Path) -> None:
    """Advice that is applied is about the rate that earlier advice has made."""
    path = tmp_path / "advice.jsonl"
    torch.manual_seed(0)
    fitted(LearningRateAdvisor(act="apply", path=path), Regression(64))
    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rates = [each["rate"] for each in told]

    assert rates[0] == pytest.approx(1e-5)
    assert rates[1:] == pytest.approx([each["rate"] * each["applied"] for each in told[:-1]])
    assert rates[-1] == pytest.approx(1e-4)  # tenfold at most
    starts = [each["windows"]["all"]["start"] for each in told]
    changed = [each["advice"]["step"] if each["applied"] != 1 else 0 for each in told]
    assert starts[1:] == [max(changed[: place + 1]) or starts[0] for place in range(len(told) - 1)]


def test_advice_cannot_be_applied_to_a_rate_that_nothing_schedules() -> None:
    advisor = LearningRateAdvisor(act="apply")
    with pytest.raises(ScheduleError, match="no schedule of the learning rate"):
        fitted(advisor, Scripted([1.0]), rule="weight_decay")


def test_a_run_that_ends_because_it_diverged_has_the_advice_that_fits() -> None:
    class Stops(Callback):
        @override
        def on_train_batch_end(self, trainer: Trainer, *arguments: Any, **named: Any) -> None:
            if trainer.global_step == 45:
                raise DivergedError

    advisor = LearningRateAdvisor()
    with pytest.raises(DivergedError):
        fitted(advisor, Scripted([1.0]), Stops())

    assert (advisor.advice[-1].step, advisor.advice[-1].verdict) == (45, "decrease")


def test_probes_leave_all_random_numbers_alone() -> None:
    def loss(_: object) -> Tensor:
        return torch.tensor(random.random() + np.random.random())  # noqa: S311, NPY002 - as users do

    def drawn(advisor: LearningRateAdvisor) -> tuple[float, float]:
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - the one that users draw from
        fitted(advisor, Scripted([1.0]))
        return random.random(), np.random.random()  # noqa: S311, NPY002 - the same

    assert drawn(LearningRateAdvisor(loss=loss)) == drawn(LearningRateAdvisor())
