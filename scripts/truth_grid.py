"""Train one problem at all rates, schedules and seeds: final losses, and what was on the way."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from truth_best import best_rate
from truth_problems import factors
from truth_signals import Watch
from truth_sizes import FOLLOWED, FOLLOWED_FROM, KEPT, SEEDS, THIRDS, WATCHED
from truth_stack import Batches, train, trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor
    from truth_measure import Bench
    from truth_problems import Budget, Problem


class Copy(NamedTuple):
    """One run of a grid."""

    schedule: str
    seed: int
    rate: float


def copies_of(problem: Problem, budget: Budget, seeds: Sequence[int]) -> list[Copy]:
    """Return the runs of a grid: schedules, seeds and rates."""
    return [Copy(*each) for each in product(budget.schedules, seeds, problem.rates)]


def curves(copies: Sequence[Copy], budget: Budget) -> NDArray[np.float64]:
    """Return the learning rate of each run at each step."""
    shapes = {schedule: factors(schedule, budget) for schedule in budget.schedules}
    return np.array([copy.rate * shapes[copy.schedule] for copy in copies])


class Job(NamedTuple):
    """Runs that are trained together: where they begin, at which rates, on what."""

    start: Tensor
    rates: NDArray[np.float64]
    batches: Batches


def job(bench: Bench, budget: Budget, copies: Sequence[Copy]) -> Job:
    """Prepare runs; those of one seed have one start and one order of the samples."""
    seeds = sorted({copy.seed for copy in copies})
    owner = [seeds.index(copy.seed) for copy in copies]
    batches = bench.batches([100 + seed for seed in seeds], owner, budget.steps)
    return Job(bench.starts(seeds)[owner], curves(copies, budget), batches)


def grid(bench: Bench, budget: Budget) -> dict[str, dict[str, Any]]:
    """Return final losses by schedule, seed and rate, and the signals of some of the runs."""
    seen, unseen = (
        job(bench, budget, copies_of(bench.problem, budget, seeds))
        for seeds in (range(WATCHED), range(WATCHED, SEEDS))
    )
    rows, watch = watched(bench, budget, seen)
    others = trained(bench.stack, bench.problem.update, *unseen)
    val, fit = (
        np.concatenate([by_seed(bench.judged(each, val=val), budget) for each in (rows, others)], 1)
        for val in (True, False)
    )
    first = bench.judged(seen.start[:: len(bench.problem.rates)], val=True).mean()
    signals = by_seed(watch.found(), budget)
    return {
        name: {"untrained": first, "val": val[i], "train": fit[i]}
        | advised(bench, budget, name, first, val[i], signals[i])
        for i, name in enumerate(budget.schedules)
    }


def watched(bench: Bench, budget: Budget, runs: Job) -> tuple[Tensor, Watch]:
    """Return the parameters at the end, and what was seen on the way there."""
    rows, watch = runs.start, Watch(bench.stack, runs.batches, runs.start, budget.steps)
    for taken in train(bench.stack, bench.problem.update, *runs):
        watch.see(taken)
        rows = taken.after
    return rows, watch


def by_seed(values: NDArray[np.float64], budget: Budget) -> NDArray[np.float64]:
    """Return what was found in the order of `copies_of` by schedule, seed and rate."""
    return values.reshape(len(budget.schedules), -1, THIRDS, *values.shape[1:])


def advised(  # noqa: PLR0913, PLR0917 - all of one configuration
    bench: Bench,
    budget: Budget,
    schedule: str,
    untrained: float,
    val: NDArray[np.float64],
    signals: NDArray[np.float64],
) -> dict[str, Any]:
    """Return what an adviser saw at some rates, and what became of those who followed it."""
    rates, known = bench.problem.rates, val[:WATCHED]
    best = int(np.abs(np.log(rates / best_rate(rates, known, untrained).rate)).argmin())
    kept = [best + offset for offset in KEPT if 0 <= best + offset < len(rates)]
    seeds = [i % WATCHED for i, _ in enumerate(kept)]
    runs = [Copy(schedule, seed, rates[index]) for index, seed in zip(kept, seeds, strict=True)]
    return {
        "runs": [[index, seed] for index, seed in zip(kept, seeds, strict=True)],
        "signals": np.moveaxis(signals[seeds, kept], -1, 0),  # like beside like packs best
        "followed": followed(bench, budget, runs),
    }


def followed(bench: Bench, budget: Budget, runs: Sequence[Copy]) -> NDArray[np.float64]:
    """Return final losses of runs whose rate is multiplied on the way, one row for each run."""
    late = np.arange(budget.steps) >= round(FOLLOWED_FROM * budget.steps)
    change = np.array([np.where(late, factor, 1.0) for factor in FOLLOWED])
    start, rates, batches = job(bench, budget, [run for run in runs for _ in FOLLOWED])
    changed = rates * np.tile(change, (len(runs), 1))
    rows = trained(bench.stack, bench.problem.update, start, changed, batches)
    return bench.judged(rows, val=True).reshape(len(runs), -1)
