"""Why a training ended before its time, in a line, and whether the program must end with it."""

import os
from typing import Final

from hydra.errors import InstantiationException

from lr_plugin.app.where import message, where

__all__ = ["BY_THE_USER", "INTERRUPTED", "how_it_ended"]

INTERRUPTED: Final = "interrupted"
BY_THE_USER: Final = "by the user"
_TERMINATED: Final = 143  # what a shell reports of a process that SIGTERM has ended


def how_it_ended(error: BaseException) -> tuple[str, str, BaseException | None]:
    """Return the status of a run, the reason, and what is to be raised once both are recorded.

    Parameters
    ----------
    error : BaseException
        What the training raised.
    """
    from pytorch_lightning.utilities.exceptions import SIGTERMException

    from lr_plugin.callback.diverged import DivergedError

    if isinstance(error, DivergedError):
        return "diverged", str(error), None
    if isinstance(error, SIGTERMException):
        return INTERRUPTED, "by SIGTERM", SystemExit(_TERMINATED)
    if any(isinstance(part, KeyboardInterrupt) for part in (error, error.__context__)):
        # Lightning turns it into a SystemExit
        return INTERRUPTED, BY_THE_USER, KeyboardInterrupt()
    if "SUBMITIT_EXECUTOR" in os.environ and _is_time_up(error):
        return INTERRUPTED, "near its time limit (hydra.launcher.timeout_min)", error
    return "failed", _reason(error), None


def _is_time_up(error: BaseException) -> bool:
    """Whether this is how submitit leaves a job near its limit: queued again, or not any more."""
    queued = isinstance(error, SystemExit) and error.code == -1
    return queued or type(error).__name__ == "UncompletedJobError"


def _reason(error: BaseException) -> str:
    cause = error.__cause__
    if isinstance(error, InstantiationException) and isinstance(cause, ValueError):
        return _reason(cause)  # it says which key; Hydra would say which class
    return f"{message(error)}{where(error)}"
