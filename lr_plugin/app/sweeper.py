"""A Hydra sweeper over a grid, whose sweeps the same command goes on with."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydra._internal.core_plugins import basic_sweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from typing_extensions import override

from lr_plugin.app.batch import Batch, Job
from lr_plugin.app.live import live
from lr_plugin.app.lock import LockedError, locked
from lr_plugin.app.place import forget_place
from lr_plugin.app.protocol import StudyError
from lr_plugin.app.sweep_file import write_sweep

__all__ = ["GridSweeper", "register"]


class GridSweeper(Sweeper):
    """Every combination of values, as Hydra's own sweeper has it, but only what is missing is run.

    Parameters
    ----------
    max_batch_size : int, optional
        Jobs that the launcher is given at a time; all by default.
    params : mapping, optional
        Overrides with several values, as on the command line.
    """

    def __init__(
        self, max_batch_size: int | None = None, params: Mapping[str, str] | None = None
    ) -> None:
        self.max_batch_size, self.params = _batch_size(max_batch_size), dict(params or {})

    @override
    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
        self.config, self.hydra_context, self.launcher = config, hydra_context, launcher
        self.folder = Path(config.hydra.sweep.dir)
        self.batch = Batch(config, hydra_context, launcher, self.max_batch_size)

    @override
    def sweep(self, arguments: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with locked(self.folder, wait=False):
                OmegaConf.save(self.batch.config, self.folder / "multirun.yaml")
                self.run(_some(self.grid(arguments), arguments))
        except LockedError:
            forget_place()  # what is there is the other command's to sum up
            raise

    def run(self, grid: Sequence[Sequence[str]]) -> None:
        """Run the jobs of a grid.

        Parameters
        ----------
        grid : sequence of sequence of str
            The overrides of each job.
        """
        self.launch(self.batch.plan(grid))

    def launch(self, jobs: Sequence[Job], earlier: Sequence[Job] = ()) -> None:
        """Launch jobs under a table that shows how they are doing.

        Parameters
        ----------
        jobs : sequence of Job
            The jobs.
        earlier : sequence of Job
            Those that this command has launched before.
        """
        runs = [job.folder.name for job in [*earlier, *jobs]]
        baseline = OmegaConf.select(self.batch.config, "study.baseline")
        tuning = OmegaConf.select(self.batch.config, "study.tuning_seeds") or ()
        write_sweep(self.folder, _command(self.folder), runs, baseline, tuning)
        left = sum(job.before().state != "ended" for job in jobs)
        elsewhere = "submitit" in str(self.batch.config.hydra.launcher.get("_target_"))
        with live(self.folder, left, prints=not elsewhere):
            self.batch.run(jobs)

    def grid(self, arguments: Sequence[str]) -> list[list[str]]:
        """Return the overrides of each combination of values.

        Parameters
        ----------
        arguments : sequence of str
            Overrides, with one value or several.
        """
        parser = OverridesParser.create(config_loader=self.batch.context.config_loader)
        words = [*(f"{key}={value}" for key, value in self.params.items()), *arguments]
        split = basic_sweeper.BasicSweeper.split_arguments
        (jobs,) = split(parser.parse_overrides(words), None)
        return jobs


def _batch_size(written: object) -> int | None:
    if written is None or (type(written) is int and written > 0):
        return written
    raise StudyError(
        f"hydra.sweeper.max_batch_size: {written!r} is no whole number above 0; write null for all "
        "jobs at a time"
    )


def _some(grid: list[list[str]], arguments: Sequence[str]) -> list[list[str]]:
    if grid:
        return grid
    words = ", ".join(arguments)
    raise StudyError(f"a sweep of no job at all: one of {words} has no value; write seed=0,1")


def _command(folder: Path) -> str:
    """Return what goes on with the sweep."""
    words = [word for word in sys.argv[1:] if not word.startswith("hydra.sweep.dir=")]
    return f"{sys.argv[0]} {shlex.join([*words, f'hydra.sweep.dir={folder}'])}"


def register(sweeper: type[Sweeper]) -> None:
    """Make a sweeper known to Hydra, which takes none but its own and those of installed plugins.

    An installed plugin is imported by every Hydra app of the environment; this one is by ours.

    Parameters
    ----------
    sweeper : type
        The class; configs name it as if it stood beside Hydra's own sweeper.
    """
    sweeper.__module__ = basic_sweeper.__name__
    setattr(basic_sweeper, sweeper.__name__, sweeper)
    Plugins.instance().register(sweeper)


register(GridSweeper)
