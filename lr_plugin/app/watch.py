"""How the jobs of a sweep are doing, as their files say: nothing here asks a process."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, Final, TypeAlias

from lr_plugin.app.record import RESULT, ending

__all__ = ["PROGRESS", "Job", "Watch", "clock", "summary", "time_left"]

PROGRESS: Final = "progress.json"
_Stamp: TypeAlias = tuple[int, int]
_ENOUGH: Final = 0.02  # jobs that are done, before a pace can be told from a start
_BAD: Final = ("diverged", "failed", "interrupted")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that has been started.

    Parameters
    ----------
    record : mapping
        Its `result.json`.
    name : str
        Its directory.
    share : float
        Of the run, that is done: 0 to 1.
    began_at : float
        The share that it had behind it when it was started.
    seconds : float
        Of training, so far.
    silent : float
        Seconds since it last said anything.
    """

    record: Mapping[str, Any]
    name: str
    share: float = 0.0
    began_at: float = 0.0
    seconds: float = 0.0
    silent: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether it has said how it ended."""
        return bool(self.record["status"] != "running")

    @property
    def left(self) -> float | None:
        """Seconds until its end, at the pace so far; None before it has one."""
        gained = self.share - self.began_at
        return self.seconds * (1 - self.share) / gained if gained > 0 else None

    @property
    def last_words(self) -> str:
        """What there is to say of a job that has ended."""
        return f"{self.name}  {ending(self.record)}"


class Watch:
    """Look at the jobs that were started since this object was made.

    Parameters
    ----------
    folder : pathlib.Path
        The directory of the sweep; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settled = self._stamps()
        self.seen: dict[Path, Job] = {}

    def look(self) -> list[Job]:
        """Return the jobs as they are now, by name; one that has ended is read once.

        A cluster may start a job again that it had interrupted: its record is another then.
        """
        for path, stamp in self._stamps().items():
            if self.settled.get(path) != stamp:
                with suppress(OSError, ValueError):  # it comes or goes while we look
                    self._look_at(path, stamp)
        return [job for _, job in sorted(self.seen.items())]

    def _look_at(self, path: Path, stamp: _Stamp) -> None:
        known = self.seen.get(path)
        self.seen[path] = job = _read(path, known.began_at if known else 0.0)
        if job.ended:
            self.settled[path] = stamp

    def _stamps(self) -> dict[Path, _Stamp]:
        return {path: _stamp(path) for path in self.folder.glob(f"*/{RESULT}")}


def _stamp(path: Path) -> _Stamp:
    with suppress(OSError):
        found = path.stat()
        return found.st_mtime_ns, found.st_ino
    return 0, 0


def _read(path: Path, began_at: float) -> Job:
    record, name = json.loads(path.read_text("utf-8")), path.parent.name
    if record["status"] != "running":
        return Job(record=record, name=name, share=1.0, began_at=began_at)
    progress = path.with_name(PROGRESS)
    if not progress.exists():  # it imports, loads its data or has just ended
        return Job(record=record, name=name, began_at=began_at)
    said, silent = json.loads(progress.read_text("utf-8")), time() - progress.stat().st_mtime
    return Job(
        record=record,
        name=name,
        share=said["share"] or 0.0,
        began_at=said["began_at"],
        seconds=said["seconds"],
        silent=silent,
    )


def time_left(jobs: Sequence[Job], planned: int, elapsed: float) -> float | None:
    """Return the seconds that all jobs will take from now on, if they go on as they did.

    What was done since the start, over the time it took, holds whatever runs at once. None at the
    very start, which says nothing about the pace.

    Parameters
    ----------
    jobs : sequence of Job
        Which have been started.
    planned : int
        How many there will be.
    elapsed : float
        Seconds since the first was started.

    Examples
    --------
    >>> done = Job(record={"status": "finished"}, name="a", share=1.0)
    >>> time_left([done, done], 8, elapsed=10)
    30.0
    """
    done = sum(job.share - job.began_at for job in jobs)
    todo = max(planned - sum(job.share for job in jobs), 0.0)
    return elapsed * todo / done if done >= _ENOUGH else None


def summary(jobs: Sequence[Job], planned: int | None, elapsed: float) -> str:
    """Return one line on the whole sweep.

    Parameters
    ----------
    jobs : sequence of Job
        Which have been started.
    planned : int or None
        How many there will be, if that is known.
    elapsed : float
        Seconds since the first was started.

    Examples
    --------
    >>> done, runs = Job(record={"status": "failed"}, name="a", share=1.0), {"status": "running"}
    >>> summary([done, Job(record=runs, name="b")], 4, elapsed=60)
    '1 of 4 jobs done (1 failed), 1 running, about 3:00 left'
    """
    ended = [job.record["status"] for job in jobs if job.ended]
    bad = ", ".join(f"{ended.count(how)} {how}" for how in _BAD if how in ended)
    total = f" of {planned}" if planned else ""
    left = time_left(jobs, planned, elapsed) if planned else None
    parts = [
        f"{len(ended)}{total} jobs done{f' ({bad})' if bad else ''}",
        f"{len(jobs) - len(ended)} running" if len(jobs) > len(ended) else "",
        f"about {clock(left)} left" if left else "",
    ]
    return ", ".join(filter(None, parts))


def clock(seconds: float) -> str:
    """Return a length of time as a clock shows it.

    Examples
    --------
    >>> clock(65.2), clock(3600)
    ('1:05', '1:00:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
