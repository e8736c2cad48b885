"""`lr-plugin train`: one run, or a sweep with a table at its end."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

import hydra
from omegaconf import DictConfig

import lr_plugin.app.run_name
import lr_plugin.app.study_sweeper
import lr_plugin.searchpath  # noqa: F401 - importing these is what makes them known to Hydra
from lr_plugin.app import front
from lr_plugin.app.finish import finish
from lr_plugin.app.job import run
from lr_plugin.app.place import Place, forget_place, last_place
from lr_plugin.app.ranks import is_first
from lr_plugin.app.sweep_file import not_ended, note_interruption

__all__ = ["command", "main", "train"]

with suppress(ModuleNotFoundError):  # it comes with the extra `optuna`
    import_module("hydra_plugins.hydra_optuna_sweeper")
    import_module("lr_plugin.app.optuna_sweeper")


@hydra.main(version_base="1.3", config_path="pkg://lr_plugin.conf.lr_app", config_name="train")
def train(cfg: DictConfig) -> float | None:
    """Run one job; a launcher may call it in another process."""
    return run(cfg)


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: not zero if a job failed.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin train`: Hydra's overrides and options.
    """
    return command("train", train, arguments)


def command(name: str, app: Callable[[], object], arguments: Sequence[str]) -> int:
    """Run a Hydra app of ours, sum up what its jobs came to, and return the exit code.

    Parameters
    ----------
    name : str
        Of the command.
    app : callable
        What `hydra.main` has made.
    arguments : sequence of str
        Hydra's overrides and options.
    """
    forget_place()
    code = front.command(name, app, arguments)
    place = last_place()
    return _summed_up(place, code) if place is not None and is_first() else code


def _summed_up(place: Place, code: int) -> int:
    if place.sweep and code == front.INTERRUPTED:
        note_interruption(place.folder)
    code = max(code, finish(place))
    left = not_ended(place.folder) if place.sweep else []
    sys.stdout.writelines(f"{line}\n" for line in left)
    return max(code, int(bool(left)))
