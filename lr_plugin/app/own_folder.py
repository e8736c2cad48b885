"""A run has a directory of its own: what stands there may be moved aside by a later command."""

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import get_original_cwd
from omegaconf import DictConfig

from lr_plugin.app.again import is_foreign
from lr_plugin.app.place import forget_place
from lr_plugin.app.record import UsedDirectoryError

__all__ = ["own_folder"]


def own_folder(cfg: DictConfig) -> Path:
    """Return the directory of the run that is about to start.

    Parameters
    ----------
    cfg : omegaconf.DictConfig
        The composed config of the run.

    Raises
    ------
    UsedDirectoryError
        If it is not where Hydra writes, if the command was written in it, or if it holds what looks
        like a run and is none of ours.
    """
    hydra = HydraConfig.get()
    folder = Path(hydra.runtime.output_dir)
    option = "hydra.run.dir" if hydra.mode == RunMode.RUN else "hydra.sweep.dir"
    problem = _problem(str(cfg.run_dir), folder, option)
    if problem:
        forget_place()  # what is there is not of this command, and not to be summed up
        raise UsedDirectoryError(problem)
    return folder


def _problem(written: str, folder: Path, option: str) -> str:
    if written != str(folder):
        return f"run_dir: {written!r} is not where Hydra writes; write {option}={written} instead"
    if Path(get_original_cwd()).resolve().is_relative_to(folder.resolve()):
        return (
            f"{option}: {str(folder)!r} is the working directory or above it, and a run has a "
            f"directory of its own; write {option}=outputs/mine"
        )
    if option == "hydra.run.dir" and is_foreign(folder):
        return (
            f"{option}: {str(folder)!r} holds checkpoints or metrics without the record of a run; "
            f"choose another directory, or move them"
        )
    return ""
