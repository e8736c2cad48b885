"""Time several things in turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from time import thread_time
from typing import TYPE_CHECKING

from lr_plugin.app.garbage import paused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Case:
    """Something to time.

    Parameters
    ----------
    run
        Does as many steps as it is told.
    steps
        How many it is told in each turn.
    """

    run: Callable[[int], object]
    steps: int = 1


@dataclass(frozen=True)
class Spread:
    """Median and quartiles, and the least: of times, what the code takes where nothing disturbs it.

    Parameters
    ----------
    least
        The smallest value.
    lower, median, upper
        The three quartiles.
    """

    least: float
    lower: float
    median: float
    upper: float


def spread(values: Iterable[float]) -> Spread:
    """Return the least and the quartiles; of a single value, all are that value."""
    known = list(values)
    several = known * 2 if len(known) == 1 else known
    return Spread(min(known), *quantiles(several, n=4, method="inclusive"))


def in_turns(
    cases: Mapping[str, Case], turns: int, clock: Callable[[], float] = thread_time
) -> dict[str, list[float]]:
    """Return the seconds per step of every case in every turn.

    Each turn runs every case once, every other turn in reverse; one turn before is not counted. The
    clock counts this thread's time on the processor, so waiting for a core does not count.
    """
    for case in cases.values():
        case.run(case.steps)
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    with collected():
        for turn in range(turns):
            for name in list(cases)[:: -1 if turn % 2 else 1]:
                seconds[name].append(timed(cases[name], clock))
    return seconds


def timed(case: Case, clock: Callable[[], float]) -> float:
    """Return the seconds per step of one turn."""
    begin = clock()
    case.run(case.steps)
    return (clock() - begin) / case.steps


@contextmanager
def collected() -> Iterator[None]:
    """Keep the garbage collector out, as timeit does."""
    gc.collect()
    with paused():
        yield


def ratios(other: Iterable[float], ours: Iterable[float]) -> Spread:
    """Return how many times more the other one took, turn by turn."""
    return spread(one / two for one, two in zip(other, ours, strict=True))


def differences(other: Iterable[float], base: Iterable[float]) -> list[float]:
    """Return how much more the other one took, turn by turn."""
    return [one - two for one, two in zip(other, base, strict=True)]


def scaled(values: Iterable[float], factor: float) -> Spread:
    """Return median and quartiles in another unit."""
    return spread(value * factor for value in values)
