"""Launch jobs of a sweep: not those that have ended; again those that a dead worker has lost."""

import logging
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from lr_plugin.app.again import Before, before, set_aside
from lr_plugin.app.garbage import paused
from lr_plugin.app.hashes import config_hash
from lr_plugin.app.lock import LockedError, holder, is_locked
from lr_plugin.app.record import UsedDirectoryError

if TYPE_CHECKING:
    from hydra.conf import HydraConf

__all__ = ["Batch", "Job"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run of a sweep, before it is launched.

    Parameters
    ----------
    overrides : tuple of str
        What it is, in Hydra's words.
    folder : pathlib.Path
        Its run directory.
    config_hash : str, optional
        Of its config; unset if that can be known in the job alone.
    """

    overrides: tuple[str, ...]
    folder: Path
    config_hash: str | None

    def before(self) -> Before:
        """Look what its directory holds."""
        return before(self.folder, self.config_hash or "")


class Batch:
    """Launch jobs by the launcher of a sweep.

    Parameters
    ----------
    config : omegaconf.DictConfig
        Of the sweep.
    context : hydra.types.HydraContext
        What composes jobs.
    launcher : hydra.plugins.launcher.Launcher
        What runs them.
    size : int, optional
        How many jobs it is given at a time; all by default.
    """

    def __init__(
        self, config: DictConfig, context: HydraContext, launcher: Launcher, size: int | None
    ) -> None:
        self.config, self.context, self.launcher = config, context, launcher
        self.size, self.launched = size, 0
        self._planned: dict[tuple[str, ...], Job] = {}

    def plan(self, overrides: Sequence[Sequence[str]]) -> list[Job]:
        """Compose jobs, which checks their words before the first is run.

        Parameters
        ----------
        overrides : sequence of sequence of str
            Of each job.

        Raises
        ------
        UsedDirectoryError
            If two jobs would write into one directory.
        """
        taken: dict[Path, Job] = {}
        for job in map(self._job, map(tuple, overrides)):
            if job.folder in taken:
                raise UsedDirectoryError(
                    f"two jobs would write into {job.folder.name!r}: "
                    f"{' '.join(taken[job.folder].overrides)} and {' '.join(job.overrides)}; write "
                    "each once, and name what differs in hydra.sweep.subdir"
                )
            taken[job.folder] = job
        return list(taken.values())

    def composed(self, overrides: Sequence[str]) -> DictConfig:
        """Return the config of a job, the very one that it will be run with.

        Parameters
        ----------
        overrides : sequence of str
            Of the job.
        """
        return self.context.config_loader.load_sweep_config(self.config, list(overrides))

    def _job(self, overrides: tuple[str, ...]) -> Job:
        # a study asks for its jobs again and again, and Hydra takes a tenth of a second for each
        if overrides not in self._planned:
            self._planned[overrides] = self._compose(overrides)
        return self._planned[overrides]

    def _compose(self, overrides: tuple[str, ...]) -> Job:
        with paused():
            config = self.composed(overrides)
        folder = Path(config.hydra.sweep.dir) / _name(config)
        with open_dict(config):  # as Hydra does when it runs the job
            config.hydra.runtime.output_dir = str(folder.absolute())
        return Job(overrides=overrides, folder=folder, config_hash=_hash(config))

    def run(self, jobs: Sequence[Job]) -> None:
        """Run the jobs that have not ended, and say what becomes of each.

        Parameters
        ----------
        jobs : sequence of Job
            As `plan` has returned them.

        Raises
        ------
        LockedError
            If a directory that is to be made free is in use.
        """
        todo = _prepared(jobs, Path(self.config.hydra.sweep.dir))
        while todo and not self._launch(todo):
            states = {job: job.before().state for job in todo}
            for job in (job for job in todo if states[job] == "interrupted"):
                # one of them has killed its worker, and would take the others with it again
                _say(f"{job.folder.name}  was lost with a worker process that died: once more")
                self._launch([job])
            unstarted = [job for job in todo if states[job] == "new"]
            todo = unstarted if len(unstarted) < len(todo) else []

    def _launch(self, jobs: Sequence[Job]) -> bool:
        """Launch jobs; return False if a worker process has died, and jobs are lost with it."""
        step = self.size or len(jobs)
        try:
            for start in range(0, len(jobs), step):
                self._launch_chunk(jobs[start : start + step])
        except BrokenProcessPool:
            return False
        return True

    def _launch_chunk(self, jobs: Sequence[Job]) -> None:
        self.launched += len(jobs)
        words = [job.overrides for job in jobs]
        try:
            returned = self.launcher.launch(words, initial_job_idx=self.launched - len(jobs))
        except BrokenProcessPool:
            raise
        except Exception as error:  # noqa: BLE001 - other jobs may have come through: they are looked at
            _log.debug("the launcher failed", exc_info=True)
            _say(f"the launcher failed: {type(error).__name__}: {error}")
            return
        for job, result in zip(jobs, returned, strict=False):
            if result.status is JobStatus.FAILED:
                _say(f"{job.folder.name}  failed: {result._return_value}")  # noqa: SLF001 - asking for it in public would raise it


def _name(config: DictConfig) -> str:
    try:
        return str(config.hydra.sweep.subdir)
    except OmegaConfBaseException as error:
        raise UsedDirectoryError(
            "hydra.sweep.subdir depends on what only a running job has, such as its number: the "
            f"same command could not find its runs again; choose hydra/sweeper=basic. {error}"
        ) from error


def _hash(config: DictConfig) -> str | None:
    with _current(config):
        try:
            return config_hash(config)
        except OmegaConfBaseException:
            return None  # it needs what only a job has, such as its number


@contextmanager
def _current(config: DictConfig) -> Iterator[None]:
    """Let ``${hydra:...}`` speak of a job."""
    singleton = HydraConfig.instance()
    kept = singleton.cfg
    # its own way makes the config read-only, into which the launcher is to write the job's number
    singleton.cfg = cast("HydraConf", config)
    try:
        yield
    finally:
        singleton.cfg = kept


def _prepared(jobs: Sequence[Job], root: Path) -> list[Job]:
    """Make room where it must be made, and return the jobs that are to be run."""
    states = {job.folder: job.before().state for job in jobs}
    stale = [job for job in jobs if job.config_hash and _is_stale(states[job.folder])]
    for job in stale:
        if is_locked(job.folder):
            raise LockedError(
                f"{job.folder.name!r} is being run with another config by {holder(job.folder)}: "
                "stop that, or wait for its end"
            )
    for job in stale:
        aside = set_aside(job.folder, root)
        _say(f"{job.folder.name}  {states[job.folder]}: what was there is now in {aside}")
    ended = [job for job in jobs if states[job.folder] == "ended"]
    for job in ended:
        _say(f"{job.folder.name}  {job.before().record['status']} before")
    if any(state != "new" for state in states.values()):
        _say(_summary([states[job.folder] for job in jobs]))
    return [job for job in jobs if job not in ended]


def _is_stale(state: str) -> bool:
    return state in ("changed", "unreadable")


def _summary(states: Sequence[str]) -> str:
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"{len(states)} jobs: {counts}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
