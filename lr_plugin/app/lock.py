"""One process at a time in a directory: the operating system holds it, not a file's presence."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout
from hydra.errors import CompactHydraException

__all__ = ["LOCK", "LockedError", "holder", "is_locked", "locked"]

LOCK: Final = ".lock"
_LOOK_AGAIN: Final = 0.5  # seconds

_log = logging.getLogger(__name__)


class LockedError(CompactHydraException, RuntimeError):
    """Another process that is alive works in the directory."""


@contextmanager
def locked(folder: Path, *, wait: bool) -> Iterator[None]:
    """Be the only one in a directory until the block ends, or the process does, however it ends.

    Parameters
    ----------
    folder : pathlib.Path
        The directory, which must exist.
    wait : bool
        Whether to wait for another process to leave, or to raise at once.

    Raises
    ------
    LockedError
        If another process is there and is not to be waited for.

    Notes
    -----
    It is `flock` on the file ``.lock``, which stays behind and means nothing by itself. Over NFS it
    holds between machines if the server grants locks (NFS 4 does; ``nolock`` mounts, and Lustre
    without ``-o flock``, hold within one machine only). The system gives the lock back when the
    process and all that it forked are gone.
    """
    lock: BaseFileLock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as busy:
        if not wait:
            raise LockedError(
                f"{str(folder)!r} is in use by {holder(folder)}: wait for its end, or stop it and "
                "write the same command again"
            ) from busy
        _log.info("%s  is being run by %s: waiting for it to end", folder.name, holder(folder))
        lock.acquire(poll_interval=_LOOK_AGAIN)
    try:
        if not isinstance(lock, SoftFileLock):  # which says in the file itself who it is
            (folder / LOCK).write_text(f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        lock.release()


def holder(folder: Path) -> str:
    """Say who has locked a directory last.

    Parameters
    ----------
    folder : pathlib.Path
        The directory.
    """
    try:
        return (folder / LOCK).read_text().strip() or "another process"
    except OSError:  # Windows lets nobody read a locked file
        return "another process"


def is_locked(folder: Path) -> bool:
    """Return whether a living process is in the directory.

    Parameters
    ----------
    folder : pathlib.Path
        The directory.
    """
    if not (folder / LOCK).exists():
        return False
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
