"""Boards: TensorBoard, wherever the trainer logs to it."""

from typing import TYPE_CHECKING, Any

from lr_plugin.callback.refusals import is_lightnings

if TYPE_CHECKING:
    from pytorch_lightning import Trainer


def boards(trainer: "Trainer") -> list[Any]:
    """Return the writers of a trainer's TensorBoard loggers.

    Parameters
    ----------
    trainer : Trainer
        With loggers of either of Lightning's namespaces.
    """
    return [
        logger.experiment  # type: ignore[attr-defined] # only TensorBoardLogger gets here
        for logger in trainer.loggers
        if is_lightnings(logger, "TensorBoardLogger")
    ]
