"""Garbage: keep what stays for good out of the collector's way."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

__all__ = ["paused", "spare_modules"]

_jobs = count()


def spare_modules() -> None:
    """Have the collector pass over what was imported; to be called before each job of a worker.

    Workers of joblib collect garbage after every job, and go through all modules of torch and
    Lightning for it. Nothing happens before the first job, which imports them, nor after the
    second: what is left of a job is never passed over.
    """
    if next(_jobs) == 1:
        gc.collect()
        gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Collect nothing while much is made that stays."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
