"""How many threads a job may use: too many that wait for one another make it many times slower."""

import logging
import os
from collections.abc import Mapping
from functools import cache

from lr_plugin.app.values import ConfigError

__all__ = ["cores_of_a_job", "set_threads"]

_log = logging.getLogger(__name__)


def cores_of_a_job(cores: int, at_once: int, environment: Mapping[str, str]) -> int:
    """Return the share of the machine's cores that one of the jobs that run at once has.

    Parameters
    ----------
    cores : int
        Which this process may run on.
    at_once : int
        Jobs on this machine, as joblib counts them: -1 is one for each core, -2 one less.
    environment : mapping
        Of this process; Slurm says there what it has given to the job.

    Examples
    --------
    >>> cores_of_a_job(8, 2, {}), cores_of_a_job(8, -1, {})
    (4, 1)
    >>> cores_of_a_job(64, 1, {"SLURM_CPUS_PER_TASK": "4"})
    4
    """
    given = min(cores, int(environment.get("SLURM_CPUS_PER_TASK", cores)))
    jobs = at_once if at_once > 0 else max(given + 1 + at_once, 1)
    return max(given // jobs, 1)


def set_threads(threads: object, at_once: int) -> None:
    """Have torch use so many threads of the CPU, and warn where there are fewer cores.

    Parameters
    ----------
    threads : int or None
        None leaves it to torch, up to the cores of the job.
    at_once : int
        Jobs on this machine, as joblib counts them.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    import torch

    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads: {threads!r} is not a whole number above 0; write threads=1")
    cores = cores_of_a_job(_cores(), at_once, os.environ)
    if threads is not None and threads > cores:
        _warn(threads, cores)
    torch.set_num_threads(threads or min(torch.get_num_threads(), cores))


@cache
def _warn(threads: int, cores: int) -> None:  # once in a process, which may run many jobs
    _log.warning(
        "threads=%s, but each of the jobs that run at once has %s of the cores here: they will "
        "wait for one another; write threads=%s or fewer jobs at once (hydra.launcher.n_jobs)",
        *(threads, cores, cores),
    )


def _cores() -> int:
    # not all systems can say which cores a process may run on
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
