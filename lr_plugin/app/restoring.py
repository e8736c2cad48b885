"""A checkpoint of another model or optimizer: said in a sentence, and before the first batch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from textwrap import shorten
from traceback import extract_tb
from typing import Final

from omegaconf import DictConfig
from pytorch_lightning import Callback, LightningModule, Trainer
from typing_extensions import override

from lr_plugin.app.values import ConfigError

__all__ = ["SameOptimizer", "of_this_model"]

_UNLIKE: Final = ("Error(s) in loading state_dict", "loaded state dict ")
_WIDTH: Final = 100  # of each of torch's lines, which name all parameters


@contextmanager
def of_this_model(cfg: DictConfig) -> Iterator[None]:
    """Say that a checkpoint is of another model or optimizer, where torch cannot load it.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of a run.

    Raises
    ------
    ConfigError
        In place of what torch raises.
    """
    try:
        yield
    except (RuntimeError, ValueError, KeyError) as error:
        calls = {frame.name for frame in extract_tb(error.__traceback__)}
        if cfg.ckpt_path is not None and isinstance(error, KeyError) and "__setstate__" in calls:
            raise _other_optimizer(str(cfg.ckpt_path), error.args) from error
        if cfg.ckpt_path is None or not str(error).startswith(_UNLIKE):
            raise
        lines = [line.strip() for line in str(error).splitlines()]
        told = " ".join(shorten(line, _WIDTH, placeholder=" ...") for line in lines[1:] or lines)
        raise ConfigError(
            f"ckpt_path: {str(cfg.ckpt_path)!r} is of another model; name one of this task and "
            f"net. torch says: {told}"
        ) from error


def _other_optimizer(written: str, lacking: Iterable[str]) -> ConfigError:
    return ConfigError(
        f"ckpt_path: {written!r} is of another optimizer, whose state has no "
        f"{', '.join(sorted(lacking))}; choose the optimizer that it was trained with"
    )


class SameOptimizer(Callback):
    """Refuse the state of another optimizer, which torch may take without a word.

    Parameters
    ----------
    written : str
        The checkpoint.
    """

    def __init__(self, written: str) -> None:
        self.written = written

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for optimizer in trainer.optimizers:
            lacks = optimizer.defaults.keys() - optimizer.param_groups[0].keys()
            # those of torch add what a checkpoint of an earlier version has not
            if lacks and type(optimizer).__module__.startswith("torch.optim."):
                raise _other_optimizer(self.written, lacks)
