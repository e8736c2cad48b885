"""Several callbacks in the place of one are to Lightning what they are one by one."""

from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.demos.boring_classes import BoringModel
from typing_extensions import override

from lr_plugin.app.group import CallbackGroup
from lr_plugin.app.quiet import quiet


class Notes(Callback):
    """Note when it is called, and for how many steps."""

    def __init__(self, log: list[str]) -> None:
        self.log, self.steps = log, 0

    def note(self, hook: str) -> None:
        self.log.append(f"{type(self).__name__} {hook}")

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.note(f"starts after {self.steps}")

    @override
    def on_train_batch_end(self, *arguments: Any, **named: Any) -> None:
        self.steps += 1

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.steps = state_dict["steps"]


class First(Notes):
    """One."""

    @override
    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self.note(str(exception))


class Second(Notes):
    """Another, with a hook of its own."""

    @override
    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        checkpoint["second"] = self.steps


class Breaks(BoringModel):
    """A module with a mistake."""

    @override
    def on_train_epoch_end(self) -> None:
        raise ValueError("broken")


def fitted(
    *callbacks: Callback, module: LightningModule | None = None, after: Path | None = None
) -> Trainer:
    """Train an epoch, or one more after a checkpoint."""
    with quiet():
        trainer = Trainer(
            accelerator="cpu",
            max_epochs=2 if after else 1,
            limit_train_batches=3,
            limit_val_batches=0,
            callbacks=[CallbackGroup(callbacks)],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module or BoringModel(), ckpt_path=after)
    return trainer


def test_hooks_are_called_in_order() -> None:
    log: list[str] = []
    fitted(First(log), Second(log))

    assert log == ["First starts after 0", "Second starts after 0"]


def test_each_goes_on_from_its_own_state(tmp_path: Path) -> None:
    log: list[str] = []
    trainer = fitted(First(log), Second(log))
    trainer.save_checkpoint(tmp_path / "a.ckpt")
    fitted(Second(log), after=tmp_path / "a.ckpt")

    assert log[2:] == ["Second starts after 3"]


def test_one_that_the_checkpoint_does_not_know_starts_anew(tmp_path: Path) -> None:
    log: list[str] = []
    fitted(Second(log)).save_checkpoint(tmp_path / "a.ckpt")
    fitted(First(log), Second(log), after=tmp_path / "a.ckpt")

    assert log[1:] == ["First starts after 0", "Second starts after 3"]


def test_an_error_reaches_those_that_ask_for_it() -> None:
    log: list[str] = []
    with pytest.raises(ValueError, match="broken"):
        fitted(First(log), Second(log), module=Breaks())

    assert log[2:] == ["First broken"]


def test_no_hook_is_taken_on_that_none_has() -> None:
    assert {"on_train_start", "on_save_checkpoint"} < vars(CallbackGroup([Second([])])).keys()
    assert "on_exception" not in vars(CallbackGroup([Second([])]))
