"""Which of the processes that train one model this is."""

import os
from typing import Final

__all__ = ["is_first"]

_RANKS: Final = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")


def is_first() -> bool:
    """Return whether this process keeps the record and speaks for all; alone, it does.

    Of several processes that train one model, each is started with the same command.
    """
    return all(os.environ.get(name, "0") == "0" for name in _RANKS)
