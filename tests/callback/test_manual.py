"""Manual optimization: every optimizer has its own position."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import ScheduleError

LINEAR = {"kind": "linear"}


def adversaries(
    lightning: ModuleType, turns: Sequence[int] = (0, 0, 1), *, raw: bool = False
) -> LightningModule:
    """A module that steps its two optimizers in turns, as a GAN does."""

    class Adversaries(lightning.LightningModule):  # type: ignore[name-defined,misc] # either namespace
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False
            zero = torch.zeros((), dtype=torch.float64)
            self.weights = torch.nn.ParameterList(zero.clone() for _ in range(2))

        @override
        def training_step(self, batch: object, batch_idx: int) -> None:
            optimizers = self.optimizers(use_pl_optimizer=not raw)
            for turn in turns:
                optimizers[turn].zero_grad()
                self.manual_backward(self.weights[turn])
                optimizers[turn].step()

        @override
        def configure_optimizers(self) -> object:
            return [torch.optim.SGD([w], lr=1.0) for w in self.weights]

        @override
        def train_dataloader(self) -> object:
            return DataLoader(range(4))  # type: ignore[arg-type] # a range is a data set

    module: LightningModule = Adversaries()
    return module


def falling(steps: int, start: int = 0) -> list[float]:
    return [1 - step / steps for step in range(start, steps)]


def first(rows: list[list[float]]) -> list[float]:
    return [row[0] for row in rows]


class Save(Callback):
    """Saves a checkpoint after so many batches."""

    def __init__(self, batch: int, path: Path) -> None:
        self.batch, self.path = batch, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.fit_loop.total_batch_idx + 1 == self.batch:
            trainer.save_checkpoint(self.path)


def test_every_optimizer_goes_by_its_own_steps(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    callback = LearningRateScheduler(LINEAR, total=[16, 8])
    run = fit(callback, module=adversaries(lightning), lightning=lightning, max_epochs=2)

    assert first(run.used[0]) == pytest.approx(falling(16), rel=1e-12)
    assert first(run.used[1]) == pytest.approx(falling(8), rel=1e-12)


def test_one_total_stands_for_all_optimizers(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    callback = LearningRateScheduler(LINEAR, total=16)
    run = fit(callback, module=adversaries(lightning), lightning=lightning, max_epochs=2)

    assert first(run.used[1]) == pytest.approx(falling(16)[:8], rel=1e-12)


def test_a_rule_may_drive_one_optimizer_alone(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    rules = {"lr": {"schedule": LINEAR, "optimizer": 1}}
    callback = LearningRateScheduler(rules=rules, total=8)
    run = fit(callback, module=adversaries(lightning), lightning=lightning, max_epochs=2)

    assert first(run.used[0]) == pytest.approx([1.0] * 16)
    assert first(run.used[1]) == pytest.approx(falling(8), rel=1e-12)


def test_a_resumed_run_equals_the_tail_of_the_whole(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    totals = [16, 8]
    fit(
        LearningRateScheduler(LINEAR, total=totals),
        Save(3, path),
        module=adversaries(lightning),
        lightning=lightning,
        max_epochs=2,
    )
    tail = fit(
        LearningRateScheduler(LINEAR, total=totals),
        module=adversaries(lightning),
        lightning=lightning,
        max_epochs=2,
        ckpt_path=path,
    )

    assert first(tail.used[0]) == pytest.approx(falling(16, 6), rel=1e-12)
    assert first(tail.used[1]) == pytest.approx(falling(8, 3), rel=1e-12)


def test_a_checkpoint_saved_after_the_fit_goes_on_too(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "end.ckpt"
    callback = LearningRateScheduler(LINEAR, total=[16, 8])
    run = fit(callback, module=adversaries(lightning), lightning=lightning, max_epochs=1)
    run.trainer.save_checkpoint(path)
    tail = fit(
        LearningRateScheduler(LINEAR, total=[16, 8]),
        module=adversaries(lightning),
        lightning=lightning,
        max_epochs=2,
        ckpt_path=path,
    )

    assert first(tail.used[1]) == pytest.approx(falling(8, 4), rel=1e-12)


def test_a_second_fit_of_the_same_trainer_goes_on(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    callback = LearningRateScheduler(LINEAR, total=[16, 8])
    run = fit(callback, module=adversaries(lightning), lightning=lightning, max_epochs=1)
    run.trainer.fit_loop.max_epochs = 2
    run.trainer.fit(adversaries(lightning))

    assert first(run.probe.used[0]) == pytest.approx(falling(16), rel=1e-12)


def test_a_step_that_was_announced_and_not_done_does_not_count(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    callback = LearningRateScheduler(LINEAR, total=[16, 8])
    counts: list[list[int]] = []

    class Fail(Callback):
        @override
        def on_before_optimizer_step(self, trainer: Trainer, *args: object) -> None:
            if trainer.global_step == 4:
                raise RuntimeError("as planned")

        @override
        def on_exception(self, *args: object) -> None:
            counts.append(callback.state_dict()["counts"])

    with pytest.raises(RuntimeError, match="as planned"):
        fit(callback, Fail(), module=adversaries(lightning), lightning=lightning, max_epochs=2)
    assert counts == [[3, 1]]


def test_a_schedule_that_needs_a_length_asks_for_it(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    with pytest.raises(ScheduleError, match=r"only you know.*total=\[1000, 500\]"):
        fit(
            LearningRateScheduler(LINEAR),
            module=adversaries(lightning),
            lightning=lightning,
            max_epochs=1,
        )


def test_totals_for_other_optimizers_than_there_are_are_refused(fit: Callable[..., Any]) -> None:
    import pytorch_lightning

    with pytest.raises(ScheduleError, match="3 lengths for 2 optimizers"):
        fit(
            LearningRateScheduler(LINEAR, total=[1, 2, 3]),
            module=adversaries(pytorch_lightning),
            max_epochs=1,
        )


def test_optimizers_that_step_unseen_are_reported(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    module = adversaries(lightning, raw=True)

    with pytest.warns(UserWarning, match="without use_pl_optimizer=False"):
        fit(
            LearningRateScheduler(LINEAR, total=16),
            module=module,
            lightning=lightning,
            max_epochs=1,
        )


def test_the_values_of_several_optimizers_have_names_of_their_own(fit: Callable[..., Any]) -> None:
    import pytorch_lightning

    callback = LearningRateScheduler(LINEAR, total=[16, 8])
    seen: list[dict[str, float]] = []

    class Look(Callback):
        @override
        def on_train_end(self, *args: object) -> None:
            seen.append(callback.values())

    fit(callback, Look(), module=adversaries(pytorch_lightning), max_epochs=1)

    assert seen == [{"lr/optimizer0": 0.5, "lr/optimizer1": 0.5}]
    assert list(callback.curves) == ["lr/optimizer0", "lr/optimizer1"]


def test_one_optimizer_with_a_limit_on_steps_needs_no_total(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope()
    module.automatic_optimization = False

    def training_step(batch: object, batch_idx: int) -> None:  # noqa: ARG001 - Lightning looks at the names
        module.optimizers().zero_grad()
        module.manual_backward(sum(module.weights))
        module.optimizers().step()

    module.training_step = training_step
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=2, max_steps=15)

    assert run.rates == pytest.approx(falling(15), rel=1e-12)


def test_an_optimizer_that_evaluates_several_times_within_a_step_counts_it_once(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(LINEAR, total=10)
    module = make_slope(configure=lambda weights, _: torch.optim.LBFGS(weights, lr=0.1, max_iter=3))
    module.automatic_optimization = False

    def training_step(batch: object, batch_idx: int) -> None:  # noqa: ARG001 - Lightning looks at the names
        def closure() -> torch.Tensor:
            module.optimizers().zero_grad()
            loss: torch.Tensor = (module.weights[0] - 3) ** 2
            module.manual_backward(loss)
            return loss

        module.optimizers().step(closure)

    module.training_step = training_step
    fit(callback, module=module, max_epochs=1)

    assert callback.state_dict()["counts"] == [10]
