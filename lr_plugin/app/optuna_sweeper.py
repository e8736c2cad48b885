"""Hydra's Optuna sweeper, with studies that the same command goes on with."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hydra_plugins.hydra_optuna_sweeper.optuna_sweeper import OptunaSweeper
from typing_extensions import override

from lr_plugin.app.again import ENDED, set_aside
from lr_plugin.app.compose import ComposeOnce
from lr_plugin.app.live import live
from lr_plugin.app.lock import LockedError, holder, is_locked, locked
from lr_plugin.app.place import forget_place
from lr_plugin.app.protocol import StudyError
from lr_plugin.app.search_space import check_space
from lr_plugin.app.sweeper import register
from lr_plugin.app.where import message
from lr_plugin.compare.records import read_all

__all__ = ["StudySweeper"]

_SHARED: Final = "config"
_REPLACED: Final = "replaced"
_FAILED: Final = "failed"
_WAYS_OUT: Final = (
    "write what it was to go on, or another hydra.sweep.dir to begin a new search (and "
    "another hydra.sweeper.study_name, if the storage is not in that directory)"
)


class StudySweeper(OptunaSweeper):
    """Count the trials of earlier commands, where Hydra's own sweeper would run all once more.

    Raises
    ------
    StudyError
        If there is no `storage`, or if the study in it is of another config.
    """

    @override
    def sweep(self, arguments: Sequence[str]) -> None:
        from lr_plugin.app.search_settings import check_settings  # it loads Optuna

        inner: Any = self.sweeper
        folder = Path(inner.sweep_dir)
        folder.mkdir(parents=True, exist_ok=True)
        _keep_no_configs(inner)
        try:
            check_settings(inner, arguments)
            check_space(inner.config)
            with locked(folder, wait=False):
                study = _study(inner)
                _refuse_changed(study, inner, arguments)
                _go_on(study, inner, arguments)
        except (LockedError, StudyError):
            forget_place()  # nothing was run, so there is nothing to sum up
            raise
        _say(f"best trial       {study.best_value:.4f} with {_words(study.best_params)}")


def _keep_no_configs(inner: Any) -> None:  # noqa: ANN401 - it has no types
    """Take back `compose_once`: no trial is composed twice, so it would keep them all."""
    loader = inner.hydra_context.config_loader
    if isinstance(loader.load_sweep_config, ComposeOnce):
        loader.load_sweep_config = loader.load_sweep_config.compose


def _study(inner: Any) -> Any:  # noqa: ANN401 - neither has types
    import optuna

    if inner.storage is None:
        raise StudyError(
            "hydra.sweeper.storage: null keeps no study to go on with; write sqlite:///FILE, which "
            "is a file in the directory of the sweep by default"
        )
    optuna.logging.disable_default_handler()  # what it says, we say shorter
    directions = inner._get_directions()  # noqa: SLF001 - the only way to read them
    try:
        return optuna.create_study(
            study_name=inner.study_name,
            storage=inner.storage,
            directions=directions,
            load_if_exists=True,
        )
    except ValueError as error:
        raise StudyError(
            f"hydra.sweeper.direction: {' '.join(directions)!r} is not that of the study "
            f"{inner.study_name!r} in {inner.storage}; {_WAYS_OUT}"
        ) from error
    except Exception as error:
        raise StudyError(
            f"hydra.sweeper.storage: {inner.storage!r} cannot be opened ({message(error)}); write "
            "sqlite:///FILE, or an address that SQLAlchemy knows"
        ) from error


def _refuse_changed(study: Any, inner: Any, arguments: Sequence[str]) -> None:  # noqa: ANN401 - neither has types
    """Keep what the trials share, and raise if those that are there share something else."""
    from lr_plugin.app.shared_part import differences, shared_part  # it loads Optuna

    params = [f"{key}={value}" for key, value in (inner.params or {}).items()]
    loader = inner.hydra_context.config_loader
    now = shared_part(inner.config, loader, [*params, *arguments])
    before = study.user_attrs.get(_SHARED, now)
    changed = differences(before, now)
    if changed and _completed(study):
        raise StudyError(
            f"hydra.sweeper.study_name: {study.study_name!r} in {inner.storage} has trials of "
            f"another config: {changed}; {_WAYS_OUT}"
        )
    study.set_user_attr(_SHARED, now)


def _go_on(study: Any, inner: Any, arguments: Sequence[str]) -> None:  # noqa: ANN401 - neither has types
    """Run the trials that are missing."""
    folder = Path(inner.sweep_dir)
    wanted, before = inner.n_trials, len(study.get_trials(deepcopy=False))
    _replace(study, folder)
    inner.n_trials = max(wanted - _done(study), 0)
    if before:
        _say(f"study            {wanted - inner.n_trials} of {wanted} trials were there")
        inner.sampler.reseed_rng()  # else it would draw the first ones again
    elsewhere = "submitit" in type(inner.launcher).__module__
    with live(folder, inner.n_trials, prints=not elsewhere):
        inner.sweep(list(arguments))


def _completed(study: Any) -> int:  # noqa: ANN401 - it has no types
    from optuna.trial import TrialState

    return len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]))


def _done(study: Any) -> int:  # noqa: ANN401 - it has no types
    """Return how many trials are not to be replaced: one that failed is complete to Optuna."""
    return _completed(study) - int(study.user_attrs.get(_REPLACED, 0))


def _replace(study: Any, folder: Path) -> None:  # noqa: ANN401 - it has no types
    """End the trials whose command was stopped, and put their runs where nobody counts them.

    So are the runs put aside that failed. What such a trial said, the worst of all, stays in the
    study: it may have been the place.
    """
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)
    found = read_all([folder])
    left = {run.folder: run.status for run in found.records if run.status not in ENDED}
    for run in [*found.broken, *left]:
        if is_locked(run):  # on a cluster, a job outlives its command
            _say(f"{run.name}  is still being run by {holder(run)}, for a trial that was replaced")
            continue
        if left.get(run) == _FAILED:
            study.set_user_attr(_REPLACED, study.user_attrs.get(_REPLACED, 0) + 1)
        _say(
            f"{run.name}  {_FAILED if left.get(run) == _FAILED else 'was stopped half-way'}: what "
            f"was there is now in {set_aside(run, folder)}, and another trial takes its place"
        )


def _words(parameters: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in parameters.items())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


register(StudySweeper)
