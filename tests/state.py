"""What belongs to the whole process, which a command may change and the next test has to find."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LOGGERS = [
    *("", "lr_plugin", "lr_plugin.callback.telling"),
    *("pytorch_lightning", "lightning.pytorch", "lightning.fabric", "lightning_fabric"),
]


@contextmanager
def restored() -> Iterator[None]:
    """Put back words, environment, loggers and Ctrl-C; close the logs that were opened."""
    words, environment, handler = sys.argv, dict(os.environ), signal.getsignal(signal.SIGINT)
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(each.level, each.propagate, each.handlers[:]) for each in loggers]
    yield
    sys.argv = words
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    signal.signal(signal.SIGINT, handler)  # Lightning leaves Ctrl-C switched off
    for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
        _restore(logger, handlers)
        logger.setLevel(level)
        logger.propagate = propagate
    gc.unfreeze()


def _restore(logger: logging.Logger, handlers: list[logging.Handler]) -> None:
    for handler in logger.handlers[:]:
        if handler not in handlers:
            logger.removeHandler(handler)
            handler.close()
