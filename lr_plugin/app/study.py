"""`lr-plugin study`: compare schedules, each at a learning rate of its own."""

from collections.abc import Sequence

import hydra
from omegaconf import DictConfig

from lr_plugin.app.job import run
from lr_plugin.app.train import command

__all__ = ["main", "study"]


@hydra.main(version_base="1.3", config_path="pkg://lr_plugin.conf.lr_app", config_name="study")
def study(cfg: DictConfig) -> float | None:
    """Run one job; a launcher may call it in another process."""
    return run(cfg)


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: not zero if a job failed.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin study`: Hydra's overrides and options.
    """
    return command("study", study, arguments)
