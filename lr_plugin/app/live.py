"""While a sweep runs: a table of its jobs on a terminal, a line now and then elsewhere."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

from lr_plugin.app.caught import caught
from lr_plugin.app.watch import Job, Watch, clock, summary

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["live"]

_SILENT: Final = 30.0  # seconds without a word that are worth telling
_BESIDE: Final = 60  # columns of the terminal that are not for the name of a job


@contextmanager
def live(
    folder: Path, planned: int | None = None, *, prints: bool = True, pause: float = 60.0
) -> Iterator[None]:
    """Show how the jobs of a sweep are doing, as long as the body runs.

    On a terminal it is a table at the bottom; what this process and those it starts print
    scrolls by above. Elsewhere it is a line each minute. It only reads the jobs' files.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep; it need not exist yet.
    planned : int, optional
        How many jobs will be run; without it, no time is said to be left.
    prints : bool, default True
        Whether the jobs themselves print where this process does. Those of a cluster do not, and
        what became of them is then printed here.
    pause : float, default 60
        Seconds from one line on the whole sweep to the next, where there is no terminal.
    """
    view = _View(Watch(folder), planned, prints=prints)
    with _table(view) if _is_terminal() else _lines(view, pause):
        yield


class _View:
    """What is known of the jobs, and what was said of them."""

    def __init__(self, watch: Watch, planned: int | None, *, prints: bool) -> None:
        self.watch, self.planned, self.prints = watch, planned, prints
        self.begun, self.told = monotonic(), set[str]()
        self.jobs: list[Job] = []

    def look(self) -> list[str]:
        """Look at the jobs; return what is to be said of those that have ended."""
        self.jobs = self.watch.look()
        ended = [job for job in self.jobs if job.ended]
        fresh = [job for job in ended if job.name not in self.told]
        self.told = {job.name for job in ended}
        return [] if self.prints else [job.last_words for job in fresh]

    def summary(self) -> str:
        return summary(self.jobs, self.planned, monotonic() - self.begun)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def _every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Act again and again as long as the body runs, and once when it has ended."""
    done = Event()

    def repeat() -> None:
        while not done.wait(seconds):
            act()

    thread = Thread(target=repeat, name="live", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        act()


@contextmanager
def _lines(view: _View, pause: float) -> Iterator[None]:
    due = monotonic() + pause

    def tell() -> None:
        nonlocal due
        lines = view.look()
        if monotonic() >= due:
            due = monotonic() + pause
            lines.append(view.summary())
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()

    with _every(min(pause, 1.0), tell):
        yield


@contextmanager
def _table(view: _View) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with os.fdopen(os.dup(1), "w", encoding="utf-8") as terminal:
        console = Console(file=terminal, highlight=False)
        table = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,  # it is done below, for other processes too
            redirect_stderr=False,
        )

        def above(line: str) -> None:
            console.print(Text.from_ansi(line), soft_wrap=True)

        def tell() -> None:
            for line in view.look():
                above(line)
            table.update(_drawn(view, console), refresh=True)

        with table, _every(0.5, tell), caught(above):
            yield


def _drawn(view: _View, console: "Console") -> "RenderableType":
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    running = [job for job in view.jobs if not job.ended]
    shown = running[: max(console.height - 4, 1)]
    rows = Table.grid(padding=(0, 2))
    for job in shown:
        name = _end_of(job.name, console.width - _BESIDE)
        rows.add_row(name, ProgressBar(completed=100 * job.share, width=24), *_words(job))
    more = [f"and {len(running) - len(shown)} more"] if len(running) > len(shown) else []
    return Group(rows, *more, view.summary())


def _end_of(name: str, room: int) -> str:
    # what tells jobs apart, the seed, is at the end
    return name if len(name) <= room else f"…{name[-max(room - 1, 8) :]}"


def _words(job: Job) -> tuple[str, str]:
    if not job.seconds:
        return "starting", ""
    if job.silent > _SILENT:
        return f"{job.share:.0%}", f"no word for {clock(job.silent)}"
    return f"{job.share:.0%}", f"{clock(job.left)} left" if job.left is not None else ""
