"""What every test leaves behind as it found it."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_log_of_another_run() -> Iterator[None]:
    """Close the log that a command gave a logger: its next line would open that file again."""
    yield
    logger = logging.getLogger("lr_plugin.callback.telling")
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = True
