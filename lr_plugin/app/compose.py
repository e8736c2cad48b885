"""Compose each job of a sweep once: Hydra does it twice, to check them all and then to run them."""

from collections.abc import Sequence
from typing import Any, Protocol

from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

__all__ = ["ComposeOnce", "compose_once"]


class _Compose(Protocol):
    def __call__(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig: ...


class ComposeOnce:
    """Keep what was composed for a job until it is asked for again.

    It halves the time that a sweep spends beside training, and a YAML file that is edited while
    the sweep runs no longer changes the jobs to come.

    Parameters
    ----------
    compose : callable
        Composes a job from the config of the sweep and the job's overrides.

    Examples
    --------
    >>> from omegaconf import OmegaConf
    >>> once = ComposeOnce(lambda config, overrides: OmegaConf.from_dotlist(overrides))
    >>> checked = once(OmegaConf.create(), ["seed=1"])
    >>> once(OmegaConf.create(), ["seed=1"]) is checked
    True
    """

    def __init__(self, compose: _Compose) -> None:
        self.compose = compose
        self.kept: dict[tuple[str, ...], DictConfig] = {}

    def __call__(self, master_config: DictConfig, sweep_overrides: Sequence[str]) -> DictConfig:
        """Return the config of a job: the kept one if there is one, which is then let go."""
        job = tuple(sweep_overrides)
        if job in self.kept:
            return self.kept.pop(job)
        self.kept[job] = self.compose(master_config, list(sweep_overrides))
        return self.kept[job]

    def __getstate__(self) -> dict[str, Any]:
        # a worker process is sent one job, not the configs of all
        return {"compose": self.compose, "kept": {}}


def compose_once() -> None:
    """Have the sweep that is starting compose each of its jobs once."""
    loader = GlobalHydra.instance().config_loader()
    loader.load_sweep_config = ComposeOnce(loader.load_sweep_config)  # type: ignore[method-assign] # Hydra has no setting for it
