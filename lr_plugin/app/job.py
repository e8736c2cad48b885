"""One job: train as the config says, or go on where it was stopped, and leave a record."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from lr_plugin.app.about import describe, hyperparameters
from lr_plugin.app.again import Before, before, set_aside
from lr_plugin.app.garbage import spare_modules
from lr_plugin.app.lock import locked
from lr_plugin.app.own_folder import own_folder
from lr_plugin.app.quiet import quiet
from lr_plugin.app.ranks import is_first
from lr_plugin.app.reason import how_it_ended
from lr_plugin.app.record import RESULT, ending, refuse_used, write_json
from lr_plugin.app.verdicts import said

__all__ = ["WORST", "run"]

WORST: Final = 1e12  # finite, because a sweeper that optimises stops at a NaN or an infinity

_log = logging.getLogger(__name__)


def run(cfg: DictConfig) -> float | None:
    """Train once and return the metric at the end; None where there is none.

    A run that has ended is not run again, and one that was interrupted goes on from its newest
    checkpoint. An exception of the training is recorded and logged, not raised, so that the other
    jobs of a sweep are run. Only an interruption is passed on.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config.

    Returns
    -------
    float or None
        For a run that diverged or failed a number that is worse than any, so that a sweeper that
        optimises learns from it.

    Raises
    ------
    UsedDirectoryError
        If the run directory holds a run of another config, or cannot be one.
    KeyboardInterrupt, SystemExit
        If the user, or the cluster, interrupted the training.
    """
    if "joblib" in HydraConfig.get().launcher.get("_target_", ""):
        spare_modules()
    folder = own_folder(cfg)
    about = describe(cfg)
    if not is_first():
        return _worth({**about, **_helped(cfg, folder, about)})
    with locked(folder, wait=True):
        found = before(folder, about["config_hash"])
        if found.state == "ended":
            _log.info("%s  %s  (was there)", folder.name, ending(found.record))
            return _worth(found.record)
        outcome = _run(cfg, folder, {**about, "attempts": found.attempts + 1}, found)
    return _worth(outcome)


def _helped(cfg: DictConfig, folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Train beside the process that keeps the record and holds the lock, from where it begins."""
    from lr_plugin.app.branch import resumed
    from lr_plugin.app.continuing import newest

    checkpoint = newest(folder)
    if checkpoint is not None:
        cfg = resumed(cfg, HydraConfig.get().overrides.task, checkpoint.path)
    _mute()
    outcome, stop = _attempt(cfg, about)
    if stop is not None:
        raise stop
    if outcome["status"] == "failed" and HydraConfig.get().mode == RunMode.RUN:
        raise SystemExit(1)  # the others cannot go on without it, and who started it ends them
    return outcome


def _mute() -> None:
    """Leave the screen to the first process, which has the same to say."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.setLevel(logging.CRITICAL)


def _run(cfg: DictConfig, folder: Path, about: dict[str, Any], found: Before) -> Mapping[str, Any]:
    cfg = _prepared(cfg, folder, found)
    write_json(folder / RESULT, {**about, "status": "running", "reason": None})
    outcome, stop = _attempt(cfg, about)
    write_json(folder / RESULT, {**about, **outcome})
    _log.info("%s  %s", folder.name, ending({**about, **outcome}))
    if stop is not None:
        raise stop
    return {**about, **outcome}


def _prepared(cfg: DictConfig, folder: Path, found: Before) -> DictConfig:
    if found.state == "changed":
        refuse_used(folder)
    if found.state == "interrupted":
        return _resumed(cfg, folder)
    if found.state != "new":
        aside = set_aside(folder, _root(folder), keep=_hydras())
        _log.info("%s  %s before, now in %s: starts again", folder.name, found.state, aside)
    return cfg


def _resumed(cfg: DictConfig, folder: Path) -> DictConfig:
    from lr_plugin.app.branch import resumed
    from lr_plugin.app.continuing import keep_rows, newest

    checkpoint = newest(folder)
    keep_rows(folder, checkpoint.steps if checkpoint else 0)
    if checkpoint is None:
        _log.info("%s  was interrupted before its first checkpoint: starts again", folder.name)
        return cfg
    _log.info("%s  was interrupted: goes on after %s steps", folder.name, checkpoint.steps)
    return resumed(cfg, HydraConfig.get().overrides.task, checkpoint.path)


def _root(folder: Path) -> Path:
    hydra = HydraConfig.get()
    return Path(hydra.sweep.dir) if hydra.mode == RunMode.MULTIRUN else folder


def _hydras() -> list[str]:
    hydra = HydraConfig.get()
    return [str(hydra.output_subdir), f"{hydra.job.name}.log"]


def _attempt(cfg: DictConfig, about: dict[str, Any]) -> tuple[dict[str, Any], BaseException | None]:
    """Return what came of the training, and what must be raised once that is recorded."""
    from lr_plugin.app.recorder import Recorder
    from lr_plugin.app.training import fit

    with quiet():
        recorder = Recorder(about["metric"], about["mode"], hyperparameters(cfg, about))
        status, reason, stop = "finished", None, None
        try:
            fit(cfg, recorder)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - it is recorded
            _log.debug("the training ended early", exc_info=True)
            status, reason, stop = how_it_ended(error)
    outcome = {
        "status": status,
        "reason": reason,
        "learning_rate": recorder.learning_rate or about["learning_rate"],
        **recorder.outcome(),
        "advice": [asdict(each) for each in said(Path(cfg.run_dir))],
    }
    return outcome, stop


def _worth(record: Mapping[str, Any]) -> float | None:
    if record["status"] != "finished":
        return WORST if record["mode"] == "min" else -WORST
    value: float | None = record["final"]
    return value
