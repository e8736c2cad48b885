"""What is written of a search under `hydra.sweeper`, checked before there is a study."""

from collections.abc import Sequence
from typing import Any, Final

from hydra_plugins.hydra_optuna_sweeper._impl import create_params_from_overrides

from lr_plugin.app.protocol import StudyError

__all__ = ["check_settings"]

_COUNTS: Final = {"n_trials": 20, "n_jobs": 1}
_DIRECTIONS: Final = ("minimize", "maximize")


def check_settings(sweeper: Any, arguments: Sequence[str]) -> None:  # noqa: ANN401 - it has no types
    """Raise unless a search can be run as it is written.

    Parameters
    ----------
    sweeper : object
        Hydra's own Optuna sweeper.
    arguments : sequence of str
        Overrides, with a space or a value.

    Raises
    ------
    StudyError
        With the full key, what was written, and what to write.
    """
    for name, example in _COUNTS.items():
        count = getattr(sweeper, name)
        if type(count) is not int or count < 1:
            raise StudyError(
                f"hydra.sweeper.{name}: {count!r} is no whole number above 0; write "
                f"hydra.sweeper.{name}={example}"
            )
    for direction in _listed(sweeper.direction):
        if str(getattr(direction, "name", direction)).lower() not in _DIRECTIONS:
            raise StudyError(
                f"hydra.sweeper.direction: {direction!r} is not minimize or maximize; leave it "
                "out, since task.mode says it"
            )
    for word in [*(f"{key}={value}" for key, value in (sweeper.params or {}).items()), *arguments]:
        _check_range(word)


def _listed(written: Any) -> Sequence[Any]:  # noqa: ANN401 - it is checked where it is read
    return [written] if isinstance(written, str) or not isinstance(written, Sequence) else written


def _check_range(word: str) -> None:
    try:
        create_params_from_overrides([word])
    except ValueError as error:
        key = word.partition("=")[0]
        why = " ".join(str(error).split()).rstrip(".")
        raise StudyError(
            f"{word}: Optuna cannot search it: {why}; write {key}=interval(0.01,1.0), with "
            f"tag(log,interval(0.01,1.0)) for a logarithmic scale, or {key}=choice(1,2)"
        ) from error
