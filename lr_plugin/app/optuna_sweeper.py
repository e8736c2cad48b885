"""Hydra's Optuna sweeper, with studies that the same command goes on with."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra_plugins.hydra_optuna_sweeper.optuna_sweeper import OptunaSweeper
from typing_extensions import override

from lr_plugin.app.compose import ComposeOnce
from lr_plugin.app.live import live
from lr_plugin.app.lock import locked
from lr_plugin.app.sweeper import register

__all__ = ["StudySweeper"]


class StudySweeper(OptunaSweeper):
    """Count the trials of earlier commands, where Hydra's own sweeper would run all once more.

    Raises
    ------
    ValueError
        If there is no `storage`.
    """

    @override
    def sweep(self, arguments: Sequence[str]) -> None:
        inner = self.sweeper
        if inner.storage is None:
            raise ValueError(
                "hydra.sweeper.storage: null keeps no study to go on with; write "
                "sqlite:///FILE, which is a file in the directory of the sweep by default"
            )
        folder = Path(inner.sweep_dir)
        folder.mkdir(parents=True, exist_ok=True)
        _keep_no_configs(inner)
        with locked(folder, wait=False):
            study = _study(inner)
            wanted, before = inner.n_trials, len(study.get_trials(deepcopy=False))
            inner.n_trials = max(wanted - _done(study), 0)
            if before:
                _say(f"study            {wanted - inner.n_trials} of {wanted} trials were there")
                inner.sampler.reseed_rng()  # else it would draw the first ones again
            elsewhere = "submitit" in type(inner.launcher).__module__
            with live(folder, inner.n_trials, prints=not elsewhere):
                inner.sweep(list(arguments))
        _say(f"best trial       {study.best_value:.4f} with {_words(study.best_params)}")


def _keep_no_configs(inner: Any) -> None:  # noqa: ANN401 - it has no types
    """Take back `compose_once`: no trial is composed twice, so it would keep them all."""
    loader = inner.hydra_context.config_loader
    if isinstance(loader.load_sweep_config, ComposeOnce):
        loader.load_sweep_config = loader.load_sweep_config.compose


def _study(inner: Any) -> Any:  # noqa: ANN401 - neither has types
    import optuna

    optuna.logging.disable_default_handler()  # what it says, we say shorter
    return optuna.create_study(
        study_name=inner.study_name,
        storage=inner.storage,
        directions=inner._get_directions(),  # noqa: SLF001 - the only way to read them
        load_if_exists=True,
    )


def _done(study: Any) -> int:  # noqa: ANN401 - it has no types
    """Count the trials with a result, and end those whose command was stopped."""
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False)
    for trial in trials:
        if trial.state == TrialState.RUNNING:
            study.tell(trial.number, state=TrialState.FAIL)
    return sum(trial.state == TrialState.COMPLETE for trial in trials)


def _words(parameters: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in parameters.items())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


register(StudySweeper)
