"""Life: exceptions, several fits, several trainers, pickling, and stages other than fit."""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import ScheduleError

LINEAR = {"kind": "linear"}


def falling(steps: int, start: int = 0, stop: int | None = None) -> list[float]:
    return [1 - step / steps for step in range(start, steps if stop is None else stop)]


class Fail(Callback):
    """Raises in the middle of a step: after the gradient, before the update."""

    def __init__(self, step: int, error: type[BaseException]) -> None:
        self.step, self.error = step, error

    @override
    def on_before_optimizer_step(self, trainer: Any, *args: object) -> None:
        if trainer.global_step == self.step:
            raise self.error("as planned")


@pytest.mark.filterwarnings("ignore:`.fit.ckpt_path=None.` was called without a model")
@pytest.mark.filterwarnings("ignore:.fit.ckpt_path=.last.. is set")
@pytest.mark.parametrize("step", [1, 4, 9])
def test_a_run_goes_on_exactly_after_a_crash(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path, step: int
) -> None:
    callbacks = (
        lightning.pytorch.callbacks if hasattr(lightning, "pytorch") else lightning.callbacks
    )
    rescue = callbacks.OnExceptionCheckpoint(tmp_path, filename="crash")
    with pytest.raises(RuntimeError, match="as planned"):
        fit(
            LearningRateScheduler(LINEAR),
            rescue,
            Fail(step, RuntimeError),
            lightning=lightning,
            max_epochs=1,
            enable_checkpointing=True,
            default_root_dir=tmp_path,
        )
    tail = fit(
        LearningRateScheduler(LINEAR),
        lightning=lightning,
        max_epochs=1,
        ckpt_path=tmp_path / "crash.ckpt",
    )

    assert tail.rates == pytest.approx(falling(10, step), rel=1e-12)


def test_the_callback_can_be_used_again_after_a_crash(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(LINEAR)
    with pytest.raises(RuntimeError, match="as planned"):
        fit(callback, Fail(3, RuntimeError), max_epochs=1)
    run = fit(callback, module=make_slope(batches=5), max_epochs=1)

    assert run.rates == pytest.approx(falling(5), rel=1e-12)


def test_an_interrupted_run_leaves_nothing_behind(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler(LINEAR)
    with pytest.raises(SystemExit):
        fit(callback, Fail(3, KeyboardInterrupt), max_epochs=1)
    run = fit(callback, max_epochs=2)

    assert run.rates == pytest.approx(falling(20), rel=1e-12)


def test_a_second_fit_of_the_same_trainer_goes_on(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    run = fit(
        LearningRateScheduler({"kind": "step", "every": "8 steps", "factor": 0.5}), max_epochs=1
    )
    run.trainer.fit_loop.max_epochs = 2
    run.trainer.fit(make_slope())

    assert run.probe.rates == pytest.approx([0.5 ** (step // 8) for step in range(20)])


def test_a_second_fit_after_a_resumed_one_may_be_longer_too(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "end.ckpt"
    fit(LearningRateScheduler(LINEAR), max_epochs=1).trainer.save_checkpoint(path)
    run = fit(LearningRateScheduler(LINEAR), max_epochs=1, ckpt_path=path)
    run.trainer.fit_loop.max_epochs = 2
    run.trainer.fit(make_slope())

    assert run.probe.rates == pytest.approx(falling(20, 10), rel=1e-12)


def test_a_run_that_fails_before_it_begins_saves_nothing_of_the_run_before(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(LINEAR)
    fit(callback, max_epochs=1)
    states: list[dict[str, Any]] = []

    class Look(Callback):
        @override
        def on_exception(self, *args: object) -> None:
            states.append(callback.state_dict())

    def configure(*_: object) -> torch.optim.Optimizer:
        raise RuntimeError("as planned")

    with pytest.raises(RuntimeError, match="as planned"):
        fit(callback, Look(), module=make_slope(configure=configure), max_epochs=1)
    assert states == [{}]


def test_a_second_fit_with_nothing_to_do_keeps_the_state(fit: Callable[..., Any]) -> None:
    callback = LearningRateScheduler(LINEAR)
    run = fit(callback, max_epochs=1)
    before = callback.state_dict()
    run.trainer.fit(run.module)

    assert before["bases"] == [[0, 0, "lr", 1.0]]
    assert callback.state_dict() == before


def test_one_callback_may_serve_two_trainers_in_turn(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(LINEAR)
    fit(callback, max_epochs=2)
    run = fit(callback, module=make_slope(rates=(3.0, 0.5)), max_epochs=1)

    assert [row[1] for row in run.used[0]] == pytest.approx([0.5 * r for r in falling(10)])


def test_one_callback_in_two_trainers_at_once_is_refused(
    fit: Callable[..., Any], lightning: ModuleType
) -> None:
    callback = LearningRateScheduler(LINEAR)

    class Inner(Callback):
        @override
        def on_train_epoch_end(self, *args: object) -> None:
            fit(callback, lightning=lightning, max_epochs=1)

    with pytest.raises(ScheduleError, match="in use by another Trainer"):
        fit(callback, Inner(), lightning=lightning, max_epochs=1)


def test_pickled_and_copied_callbacks_leave_the_model_behind(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    fresh, used = LearningRateScheduler("warmup_cosine"), LearningRateScheduler("warmup_cosine")
    module = make_slope()
    module.register_buffer("heavy", torch.zeros(100_000))
    fit(used, module=module, max_epochs=1)

    assert len(pickle.dumps(used)) == len(pickle.dumps(fresh))
    again = pickle.loads(pickle.dumps(copy.deepcopy(used)))  # noqa: S301 - our own
    assert fit(again, max_epochs=1).rates == fit(fresh, max_epochs=1).rates


def test_other_stages_leave_the_callback_alone(
    make_trainer: Callable[..., Any],
    make_slope: Callable[..., Any],
    lightning: ModuleType,
    tmp_path: Path,
    fit: Callable[..., Any],
) -> None:
    fit(LearningRateScheduler(LINEAR), lightning=lightning, max_epochs=1).trainer.save_checkpoint(
        tmp_path / "end.ckpt"
    )
    callback = LearningRateScheduler(LINEAR)
    trainer, module = make_trainer(lightning, [callback]), make_slope(lightning)
    loader = module.train_dataloader()
    module.validation_step = module.test_step = module.predict_step = module.training_step
    for ckpt_path in (None, tmp_path / "end.ckpt"):
        trainer.validate(module, loader, ckpt_path=ckpt_path)
        trainer.test(module, loader, ckpt_path=ckpt_path)
        trainer.predict(module, loader, ckpt_path=ckpt_path)

    assert callback.values() == {}
    assert callback.curves == {}
    assert fit(callback, lightning=lightning, max_epochs=1).rates == pytest.approx(falling(10))


def test_the_sanity_check_moves_nothing(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    module = make_slope()
    module.validation_step = lambda batch, batch_idx: None  # noqa: ARG005 - Lightning looks at the names
    module.val_dataloader = module.train_dataloader
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=2, num_sanity_val_steps=2)

    assert run.rates == pytest.approx(falling(20), rel=1e-12)


def test_the_key_of_the_state_is_a_constant() -> None:
    keys = {LearningRateScheduler(written).state_key for written in ("wsd", LINEAR)}

    assert keys == {"lr_plugin.LearningRateScheduler"}


def test_the_state_may_be_asked_for_at_any_moment() -> None:
    assert LearningRateScheduler(LINEAR).state_dict() == {}
