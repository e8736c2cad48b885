"""Chosen: what the schedule of a run is called."""

from pathlib import PurePath

from omegaconf import DictConfig, OmegaConf

__all__ = ["schedule_of"]


def schedule_of(config: DictConfig, choice: str | None) -> str | None:
    """Return the name of a run's schedule: the recipe, or the file that the callback has instead.

    Parameters
    ----------
    config : omegaconf.DictConfig
        The composed config of the run.
    choice : str or None
        What Hydra chose from the group of recipes.

    Examples
    --------
    >>> own = OmegaConf.create({"callbacks": {"lr_scheduler": {"schedule": "conf/mine.yaml"}}})
    >>> schedule_of(own, "warmup_cosine"), schedule_of(OmegaConf.create({}), "wsd")
    ('mine', 'wsd')
    """
    key = "callbacks.lr_scheduler.schedule"
    written = OmegaConf.select(config, key, throw_on_resolution_failure=False)
    return PurePath(written).stem if isinstance(written, str) else choice
