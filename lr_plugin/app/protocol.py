"""The protocol of a study: how many runs, at which learning rates, with which seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from hydra.errors import CompactHydraException

__all__ = ["Settings", "StudyError", "around", "grown"]

_FACTORS: Final = (0.1, 0.3, 1, 3, 10)


class StudyError(CompactHydraException, ValueError):
    """The study cannot be run as it is written."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the config says of a study.

    Parameters
    ----------
    rates : tuple of float, optional
        Learning rates to try first; unset for those around the configured one.
    growth : int
        By how many rates the grid of a schedule may grow.
    tuning_seeds, report_seeds : tuple of int
        Those that choose the rate, and those that report.
    baseline : str, optional
        The schedule that the others are compared to.
    """

    rates: tuple[float, ...] | None
    growth: int
    tuning_seeds: tuple[int, ...]
    report_seeds: tuple[int, ...]
    baseline: str | None

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Settings":
        """Check what is written under `study`.

        Parameters
        ----------
        written : mapping
            Plain values.

        Raises
        ------
        StudyError
            If it cannot be run.

        Examples
        --------
        >>> Settings.read({"tuning_seeds": [0, 1], "report_seeds": [1, 2]})
        Traceback (most recent call last):
        ...
        lr_plugin.app.protocol.StudyError: study.report_seeds: 1 is a tuning seed too; only fresh
        seeds can report
        """
        tuning = _seeds("tuning_seeds", written.get("tuning_seeds"))
        report = _seeds("report_seeds", written.get("report_seeds"))
        shared = sorted({*tuning} & {*report})
        if shared:
            raise StudyError(
                f"study.report_seeds: {shared[0]} is a tuning seed too; only fresh seeds can report"
            )
        return cls(
            rates=_rates(written.get("rates")),
            growth=_growth(written.get("growth", 0)),
            tuning_seeds=tuning,
            report_seeds=report,
            baseline=_baseline(written.get("baseline")),
        )


def _seeds(name: str, written: object) -> tuple[int, ...]:
    numbers = written if isinstance(written, list) else []
    if not numbers or not all(type(seed) is int and seed >= 0 for seed in numbers):
        raise StudyError(
            f"study.{name}: {written!r} is no list of seeds; write study.{name}=[0,1,2]"
        )
    if len({*numbers}) < len(numbers):
        raise StudyError(f"study.{name}: {written!r} has a seed twice; one run of it is enough")
    return tuple(numbers)


def _rates(written: object) -> tuple[float, ...] | None:
    if written is None:
        return None
    numbers = written if isinstance(written, list) else []
    if not numbers or not all(_is_positive(rate) for rate in numbers):
        raise StudyError(
            f"study.rates: {written!r} is no list of numbers above 0; write "
            "study.rates=[0.01,0.03,0.1], or null for those around optimizer.lr"
        )
    return tuple(sorted({float(rate) for rate in numbers}))


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _baseline(written: object) -> str | None:
    if written is None or isinstance(written, str):
        return written
    raise StudyError(
        f"study.baseline: {written!r} is no name of a schedule; write study.baseline=constant"
    )


def _growth(written: object) -> int:
    if type(written) is not int or written < 0:
        raise StudyError(f"study.growth: {written!r} is no count of rates; write study.growth=3")
    return written


def around(rate: float) -> tuple[float, ...]:
    """Return learning rates from a tenth to ten times one, by factors of about 3.

    Examples
    --------
    >>> around(0.1)
    (0.01, 0.03, 0.1, 0.3, 1.0)
    """
    return tuple(_rounded(rate * factor) for factor in _FACTORS)


def grown(rates: Sequence[float], edge: Literal["lowest", "highest"]) -> tuple[float, ...]:
    """Return a grid with one more learning rate beyond an end, in the grid's own steps.

    Parameters
    ----------
    rates : sequence of float
        At least two, in ascending order.
    edge : {'lowest', 'highest'}
        The end.

    Examples
    --------
    >>> grown((0.01, 0.03, 0.1), "highest"), grown((0.01, 0.03, 0.1), "lowest")
    ((0.01, 0.03, 0.1, 0.3), (0.003, 0.01, 0.03, 0.1))
    >>> grown((1.0, 2.0), "highest")
    (1.0, 2.0, 4.0)
    """
    # the step before the last one: a grid of 1, 3, 10 goes on with 30, 100
    if edge == "highest":
        left, right = rates[-3:-1] if len(rates) > 2 else rates  # noqa: PLR2004
        return (*rates, _rounded(rates[-1] * right / left))
    left, right = rates[1:3] if len(rates) > 2 else rates  # noqa: PLR2004
    return (_rounded(rates[0] * left / right), *rates)


def _rounded(rate: float) -> float:
    return float(f"{rate:.6g}")
