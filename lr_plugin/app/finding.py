"""Run the test that a config describes, and write down and print what it found."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer, seed_everything

from lr_plugin.app.build import build, build_all, offered
from lr_plugin.app.making import making
from lr_plugin.app.quiet import quiet
from lr_plugin.app.targets import naming
from lr_plugin.app.threads import set_threads
from lr_plugin.app.values import ConfigError, check_values
from lr_plugin.callback.refusals import is_lightnings
from lr_plugin.finder import FindError, Suggestion, find_learning_rate
from lr_plugin.finder.figure import figure
from lr_plugin.finder.suggestion import short
from lr_plugin.schedule import ScheduleError

__all__ = ["PICTURE", "RECORD", "report"]

RECORD: Final = "find.json"
PICTURE: Final = "find.png"
_OF_THE_TEST: Final = ("mode", "lowest", "highest", "steps", "repeats", "total")


def report(cfg: DictConfig) -> str | None:
    """Find a learning rate as the config says; write a record and a picture, and print.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of `lr-plugin find`.

    Returns
    -------
    str or None
        Why there is no suggestion, on one line.
    """
    try:
        with quiet():
            trainer, found = _found(cfg)
            _write(cfg, trainer, found)
    except (FindError, ScheduleError, ConfigError) as error:
        return str(error)
    except InstantiationException as error:
        # it says which class; its cause says which value
        return " ".join(str(error.__cause__ or error).split())
    sys.stdout.write("".join(f"{line}\n" for line in _lines(cfg, found)))
    return None if found.refusal is None else str(found)


def _found(cfg: DictConfig) -> tuple[Trainer, Suggestion]:
    with naming(cfg):
        check_values(cfg)
    set_threads(cfg.threads, at_once=1)
    seed_everything(cfg.seed, workers=True, verbose=False)
    offers = offered(cfg)
    with naming(cfg), making(cfg):
        model = build(cfg.task.model, offers)
        data = build(cfg.task.data, offers) if cfg.task.data else None
        trainer = instantiate(cfg.trainer, _partial_=True)(
            callbacks=build_all(cfg.callbacks),
            logger=build_all(cfg.logger),
            default_root_dir=cfg.run_dir,
        )
    options = {name: cfg[name] for name in _OF_THE_TEST}
    with making(cfg):
        return trainer, find_learning_rate(trainer, model, datamodule=data, **options)


def _write(cfg: DictConfig, trainer: Trainer, found: Suggestion) -> None:
    folder = Path(cfg.run_dir)
    about = {"task": _choice("task"), "schedule": _choice("schedule"), "seed": cfg.seed}
    content = {**about, "overrides": list(HydraConfig.get().overrides.task), **found.as_data()}
    (folder / RECORD).write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    drawn = figure(found)
    drawn.savefig(folder / PICTURE, dpi=150)
    for logger in trainer.loggers:
        if is_lightnings(logger, "TensorBoardLogger"):
            board: Any = logger
            board.experiment.add_figure("find", drawn)
            board.experiment.add_text("find", found.override or str(found))
            board.experiment.flush()


def _choice(group: str) -> str | None:
    chosen: str | None = HydraConfig.get().runtime.choices.get(group)
    return chosen


def _lines(cfg: DictConfig, found: Suggestion) -> Iterator[str]:
    optimizer = OmegaConf.select(cfg, "optimizer._target_", default="own").rpartition(".")[2]
    yield f"{_choice('task')} with {optimizer} under {_choice('schedule')}, by {found.mode}"
    yield f"learning rate   {found}"
    if len(set(found.group_rates)) > 1:
        yield f"its groups get  {', '.join(short(rate) for rate in found.group_rates)}"
    others = (f"{name} {short(rate)}" for name, rate in found.others.items())
    yield f"other rules     {', '.join(others)}"
    yield f"picture, data   {Path(cfg.run_dir) / PICTURE}, {RECORD}"
    if found.override:
        yield f"paste           {found.override}"
