"""One job: train as the config says, and leave a record whatever happens."""

import logging
from pathlib import Path
from time import perf_counter
from typing import Any

from hydra.errors import InstantiationException
from omegaconf import DictConfig

from lr_plugin.app.about import describe, hyperparameters
from lr_plugin.app.quiet import quiet
from lr_plugin.app.record import RESULT, refuse_used, write_json

__all__ = ["run"]

_log = logging.getLogger(__name__)


def run(cfg: DictConfig) -> float | None:
    """Train once and return the metric at the end; None where there is none.

    An exception of the training is recorded and logged, not raised, so that the other jobs of a
    sweep are run. Only an interruption by the user is passed on.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config.

    Raises
    ------
    UsedDirectoryError
        If the run directory holds a run already.
    KeyboardInterrupt
        If the user interrupted the training.
    """
    folder = Path(cfg.run_dir)
    refuse_used(folder)
    about = describe(cfg)
    write_json(folder / RESULT, {**about, "status": "running", "reason": None})
    outcome = _attempt(cfg, about)
    write_json(folder / RESULT, {**about, **outcome})
    _log.info("%s", _line(folder, about, outcome))
    if outcome["reason"] == _INTERRUPTED:
        raise KeyboardInterrupt
    value: float | None = outcome["final"]
    return value


_INTERRUPTED = "interrupted by the user"


def _attempt(cfg: DictConfig, about: dict[str, Any]) -> dict[str, Any]:
    from lr_plugin.app.guard import DivergedError
    from lr_plugin.app.recorder import Recorder
    from lr_plugin.app.training import fit

    with quiet():
        recorder = Recorder(about["metric"], about["mode"], hyperparameters(cfg, about))
        started = perf_counter()
        try:
            fit(cfg, recorder)
            status, reason = "finished", None
        except DivergedError as error:
            status, reason = "diverged", str(error)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - it is recorded
            _log.debug("the training failed", exc_info=True)
            status, reason = "failed", _reason(error)
    return {
        "status": status,
        "reason": reason,
        "learning_rate": recorder.learning_rate or about["learning_rate"],
        **recorder.outcome(),
        "seconds": round(perf_counter() - started, 3),
    }


def _reason(error: BaseException) -> str:
    if any(isinstance(part, KeyboardInterrupt) for part in (error, error.__context__)):
        return _INTERRUPTED  # Lightning turns it into a SystemExit
    cause = error.__cause__
    if isinstance(error, InstantiationException) and isinstance(cause, ValueError):
        return _reason(cause)  # it says which key; Hydra would say which class
    return " ".join(f"{type(error).__name__}: {error}".split())


def _line(folder: Path, about: dict[str, Any], outcome: dict[str, Any]) -> str:
    if outcome["status"] != "finished":
        return f"{folder.name}  {outcome['status']}: {outcome['reason']}"
    value, steps, seconds = (outcome[name] for name in ("final", "steps", "seconds"))
    return f"{folder.name}  {about['metric']} {value:.4f}  {steps} steps  {seconds:.1f} s"
