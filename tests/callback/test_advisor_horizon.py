"""The advisor speaks at shares of the run, whatever limits it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import Timer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from typing_extensions import override

from lr_plugin.callback import LearningRateAdvisor, LearningRateScheduler

Make = Callable[..., Trainer]


class Clock(Timer):
    """Lightning's timer, for which every step takes a second, and the first one more."""

    def __init__(self, seconds: float, first: float = 0.0) -> None:
        super().__init__({"seconds": seconds})  # type: ignore[dict-item] # timedelta takes parts
        self.steps, self.first = 0, first

    @override
    def time_elapsed(self, stage: Any = "train") -> float:
        return self.steps + (self.first if self.steps else 0)

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: Any, **kwargs: Any) -> None:
        self.steps = trainer.global_step
        super().on_train_batch_end(trainer, *args, **kwargs)


class Line(LightningModule):
    """A line through noise, on ten batches an epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(4, 1)

    @override
    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        return nn.functional.mse_loss(self.net(batch[0]), torch.zeros(8, 1))

    @override
    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.01)

    @override
    def train_dataloader(self) -> Any:
        return DataLoader(TensorDataset(torch.randn(80, 4)), batch_size=8)


def spoken(make: Make, *callbacks: Callback, **settings: object) -> list[tuple[int, float]]:
    """Return the steps at which it spoke, and what it took for the share that was done."""
    advisor = LearningRateAdvisor()
    # the clock first: what others see of a step is its end
    make(pytorch_lightning, [*callbacks, advisor], **settings).fit(Line())
    return [(each.step, each.fraction) for each in advisor.advice]


ENDS = [(100, 0.1), (200, 0.2), (300, 0.3), (600, 0.6), (1000, 1.0)]


def test_a_run_that_time_ends_is_spoken_of_at_shares_of_its_time(make_trainer: Make) -> None:
    assert spoken(make_trainer, Clock(1000), max_epochs=-1) == ENDS


def test_a_first_step_that_takes_long_says_nothing_about_the_pace(make_trainer: Make) -> None:
    found = spoken(make_trainer, Clock(1500, first=500), max_epochs=-1)

    assert found == ENDS


def test_what_ends_first_counts(make_trainer: Make) -> None:
    by_time = spoken(make_trainer, Clock(500), max_epochs=100)
    by_epochs = spoken(make_trainer, Clock(5000), max_epochs=50)

    assert by_time == by_epochs == [(50, 0.1), (100, 0.2), (150, 0.3), (300, 0.6), (500, 1.0)]


def test_a_pace_that_changes_moves_what_is_left(make_trainer: Make) -> None:
    class Slower(Clock):
        """Twice as slow after 250 steps."""

        @override
        def time_elapsed(self, stage: Any = "train") -> float:
            return self.steps + max(self.steps - 250, 0)

    found = spoken(make_trainer, Slower(1000), max_epochs=-1)
    steps, shares = zip(*found, strict=True)

    assert steps[:2] == (100, 200)
    assert shares == pytest.approx((0.1, 0.2, 0.3, 0.6, 1.0), abs=0.02)
    assert steps[-1] == 625  # 250 + 750 / 2


def test_the_last_part_ends_with_the_run_though_the_pace_quickens(make_trainer: Make) -> None:
    class Faster(Clock):
        """Five times as fast after 60 steps."""

        @override
        def time_elapsed(self, stage: Any = "train") -> float:
            return min(self.steps, 60) + max(self.steps - 60, 0) / 5

    steps, shares = zip(*spoken(make_trainer, Faster(120), max_epochs=-1), strict=True)

    assert steps[0] == 21  # a tenth is long done when the pace is known
    assert steps[-1] == pytest.approx(360, abs=2)
    assert shares[-1] == pytest.approx(1.0, abs=0.01)


def test_a_resumed_run_goes_on_at_the_pace_it_had(make_trainer: Make, tmp_path: Path) -> None:
    part = make_trainer(pytorch_lightning, [Clock(1000), LearningRateAdvisor()], max_steps=250)
    part.fit(Line())
    part.save_checkpoint(tmp_path / "a.ckpt")
    clock, advisor = Clock(1000), LearningRateAdvisor()
    clock.steps = 250
    rest = make_trainer(pytorch_lightning, [clock, advisor], max_epochs=-1)
    rest.fit(Line(), ckpt_path=tmp_path / "a.ckpt")

    assert [(each.step, each.fraction) for each in advisor.advice] == ENDS[2:]


@pytest.mark.parametrize("limits", [{"max_time": "00:00:00:01"}, {}])
def test_a_schedule_on_the_clock_is_followed(make_trainer: Make, limits: dict[str, Any]) -> None:
    phases = {
        "main": {"kind": "constant", "value": 1.0},
        "end": {"kind": "linear", "duration": "20%"},
    }
    schedule = {"kind": "sequence", "phases": phases, "stop": True}
    scheduler = LearningRateScheduler(schedule, total="1 s")
    found = spoken(make_trainer, scheduler, max_epochs=-1, **limits)

    assert [share for _, share in found][-1] == pytest.approx(1.0, abs=0.1)
    assert len(found) >= 3
