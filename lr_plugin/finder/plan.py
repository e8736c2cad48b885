"""What a test does: at which rates it steps, and how its losses are read."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, final, get_args

import numpy as np
from numpy.typing import ArrayLike

from lr_plugin.finder.answer import Answer, answer_grid, answer_sweep
from lr_plugin.finder.error import FindError
from lr_plugin.finder.scale import schedule_ratio
from lr_plugin.finder.smoothing import Values

Mode: TypeAlias = Literal["sweep", "grid"]

_STEPS = {"sweep": 200, "grid": 40}
_GRID_RATES = 15
_PROBES = 3  # steps at a rate of 0, whose batches are one fixed batch for the loss after a run
_NARROW = 100  # the smoothing alone takes half a decade
_LEAST_STEPS = {"sweep": 50, "grid": 5}


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A test of learning rates.

    Parameters
    ----------
    mode : {'sweep', 'grid'}
        ``sweep``: the rate grows at each step, in several runs on different data. ``grid``: short
        runs at constant rates, all from one state and on the same data.
    lowest, highest : float
        Range of rates.
    steps : int, optional
        Optimizer steps of each run: 200 in a sweep, 40 in a grid.
    repeats : int
        Sweeps, or fixed batches that the runs of a grid are judged on.

    Raises
    ------
    FindError
        If the values make no test.

    Examples
    --------
    >>> plan = Plan(mode="grid", lowest=1e-4, highest=1.0)
    >>> plan.rates.size, len(plan.runs), plan.runs[0].size
    (15, 15, 49)
    """

    mode: Mode = "sweep"
    lowest: float = 1e-6
    highest: float = 10.0
    steps: int | None = None
    repeats: int = 3

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise FindError(f"mode: {self.mode!r} is not a mode; write 'sweep' or 'grid'")
        _check_number("lowest", self.lowest)
        _check_number("highest", self.highest)
        _check_range(self.lowest, self.highest)
        _check_count("steps", self.length, _LEAST_STEPS[self.mode], _STEPS[self.mode])
        _check_count("repeats", self.repeats, 1, 3)

    @property
    def length(self) -> int:
        """Steps of each run that train."""
        return _STEPS[self.mode] if self.steps is None else self.steps

    @property
    def rates(self) -> Values:
        """Learning rates that are tried, ascending."""
        count = self.length if self.mode == "sweep" else _GRID_RATES
        return np.geomspace(self.lowest, self.highest, count)

    @property
    def runs(self) -> list[Values]:
        """The learning rate of each step, for each run."""
        if self.mode == "sweep":
            return [self.rates] * self.repeats
        probe = np.zeros(_PROBES * self.repeats)
        return [np.concatenate([np.full(self.length, rate), probe]) for rate in self.rates]

    @property
    def same_data(self) -> bool:
        """Whether all runs see the same data: not where they are repeats of each other."""
        return self.mode == "grid"

    def losses(self, found: list[Values]) -> Values:
        """Arrange the losses of the runs' steps as `answer` reads them: a row for each repeat."""
        if self.mode == "sweep":
            return np.stack(found)
        judged = np.stack([run[self.length :] for run in found], axis=1)
        return np.asarray(judged.reshape(self.repeats, _PROBES, -1).mean(axis=1))

    def answer(self, losses: Values, factors: ArrayLike | None) -> Answer:
        """Say what the losses mean for a training under a schedule with these values."""
        read = answer_sweep if self.mode == "sweep" else answer_grid
        return read(self.rates, losses, ratio=schedule_ratio(factors))


def _check_number(name: str, value: object) -> None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 < cast("float", value) < np.inf:
        raise FindError(f"{name}: {value!r} is not a number above 0; write for example 1e-6")


def _check_range(lowest: float, highest: float) -> None:
    if lowest >= highest:
        low, high = (highest, lowest) if lowest >= _NARROW * highest else (1e-6, 10)
        raise FindError(
            f"lowest: {lowest:g} is not below highest, which is {highest:g}; write "
            f"lowest={low:g} highest={high:g}"
        )
    if highest < _NARROW * lowest:
        raise FindError(
            f"highest: {highest:g} is less than {_NARROW} times lowest, {lowest:g}, which is too "
            f"narrow to see a valley; write for example highest={1000 * lowest:g}"
        )


def _check_count(name: str, value: object, least: int, usual: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise FindError(
            f"{name}: {value!r} is not a whole number of at least {least}; write {name}={usual}"
        )
