"""Processes that start at once: forks of one that has imported torch and Lightning already.

Each command of a test would import them anew in a Python of its own, which takes seconds.
"""

import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        *("lr_plugin.app.train", "lr_plugin.app.training", "lr_plugin.task.digits"),
        *("lr_plugin.callback.scheduler", "lr_plugin.callback.advisor"),
        *("matplotlib.pyplot", "sklearn.datasets", "torch.utils.tensorboard"),
    ]
)

Function = Callable[..., int | None]


def start(
    function: Function,
    *arguments: Any,  # noqa: ANN401 - of the function
    folder: Path,
    printed: Path,
    environment: Mapping[str, str],
) -> ForkServerProcess:
    """Call a function of a module in a process of its own, and write what it prints to a file.

    It leads a process group, and has the environment of this process with what is added here.
    """
    given = (str(folder), str(printed), os.environ | environment, function, arguments)
    process = _forks.Process(target=_enter, args=given)
    process.start()
    return process


def run(
    function: Function,
    *arguments: Any,  # noqa: ANN401 - of the function
    folder: Path,
    environment: Mapping[str, str],
) -> CompletedProcess[str]:
    """Do so, wait for its end, and give its exit code with all that it printed."""
    printed = folder.with_name(f"{folder.name}.printed")
    process = start(function, *arguments, folder=folder, printed=printed, environment=environment)
    return _ended(process, printed)


def run_ranks(
    function: Function,
    *arguments: Any,  # noqa: ANN401 - of the function
    folder: Path,
    count: int,
) -> list[CompletedProcess[str]]:
    """Do so in several processes, which Lightning takes for the ranks of one run."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
    files = [folder.with_name(f"{folder.name}.{rank}") for rank in range(count)]
    environments = [place | {"LOCAL_RANK": str(rank)} for rank in range(count)]
    ranks = [
        start(function, *arguments, folder=folder, printed=printed, environment=environment)
        for printed, environment in zip(files, environments, strict=True)
    ]
    return [_ended(process, printed) for process, printed in zip(ranks, files, strict=True)]


def _ended(process: ForkServerProcess, printed: Path) -> CompletedProcess[str]:
    process.join()
    assert process.exitcode is not None
    return CompletedProcess(process.name, process.exitcode, printed.read_text("utf-8"))


def _enter(
    folder: str,
    printed: str,
    environment: Mapping[str, str],
    function: Function,
    arguments: tuple[Any, ...],
) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    with Path(printed).open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    try:
        sys.exit(function(*arguments))
    finally:
        # Ends joblib's workers; multiprocessing would wait for them first.
        threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - it has no other name
