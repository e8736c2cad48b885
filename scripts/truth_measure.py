"""Measure one problem: range tests, grid probes, final losses at all rates, signals."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from truth_best import best_rate
from truth_problems import factors
from truth_signals import NAMES, Watch
from truth_sizes import (
    FOLLOWED,
    FOLLOWED_FROM,
    JUDGED,
    KEPT,
    PROBE,
    PROBE_NEXT,
    PROBE_STEPS,
    PROBED,
    REPEATS,
    SEEDS,
)
from truth_stack import Batches, Stack, train
from truth_tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor
    from truth_problems import Budget, Problem


class Bench:
    """A problem with its network and its data in memory.

    Parameters
    ----------
    problem
        What is measured.
    """

    def __init__(self, problem: Problem) -> None:
        torch.manual_seed(0)
        self.problem, self.task = problem, TASKS[problem.task]
        self.data = self.task.data()
        self.stack = Stack(self.task.net(), self.task.loss)

    def starts(self, seeds: Sequence[int]) -> Tensor:
        """Return the parameters that each seed begins with."""
        rows = []
        for seed in seeds:
            torch.manual_seed(seed)
            rows.append(torch.cat([p.detach().flatten() for p in self.task.net().parameters()]))
        return torch.stack(rows)

    def batches(self, orders: Sequence[int], owner: Sequence[int], steps: int) -> Batches:
        """Return batches of shuffled epochs, one order of the samples for each number."""
        samples, batch = len(self.data.inputs), self.problem.batch
        found = np.stack([order_of(seed, samples, batch, steps) for seed in orders])
        inputs, targets = self.data.inputs, self.data.targets
        return Batches(inputs, targets, torch.tensor(found), torch.tensor(owner))

    def judged(self, rows: Tensor, *, val: bool) -> NDArray[np.float64]:
        """Return losses on the samples to judge by, or on those that were trained on."""
        return array(self.stack.evaluate(rows, self.data.first(JUDGED, val=val)))


def array(values: Tensor) -> NDArray[np.float64]:
    """Return values in double precision."""
    return np.asarray(values.double().numpy())


def order_of(seed: int, samples: int, batch: int, steps: int) -> NDArray[np.int64]:
    """Return indices of samples, a row for each step; an epoch's incomplete batch is left out."""
    generator, whole = np.random.default_rng(seed), samples // batch
    epochs = [generator.permutation(samples)[: whole * batch] for _ in range(-(-steps // whole))]
    return np.concatenate(epochs).reshape(-1, batch)[:steps]


def sweep(bench: Bench, steps: int, least: float, greatest: float) -> NDArray[np.float64]:
    """Return the losses of range tests from one start in several orders of the samples."""
    rates = np.tile(np.geomspace(least, greatest, steps), (REPEATS, 1))
    start = bench.starts([0]).expand(REPEATS, -1)
    batches = bench.batches(range(REPEATS), range(REPEATS), steps)
    taken = train(bench.stack, bench.problem.update, start, rates, batches)
    return array(torch.stack([each.losses for each in taken], dim=1))


def probe(bench: Bench) -> dict[str, Any]:
    """Return losses after short runs from one start at each rate, in several orders of the samples.

    On many training samples (`after`), on as many that nothing is trained on (`unseen`), and, for
    the first of the orders, on the batches that would have come next (`next`).
    """
    copies = list(product(range(REPEATS), PROBE))
    rates = np.array([[rate] * PROBE_STEPS for _, rate in copies])
    start = bench.starts([0]).expand(len(copies), -1)
    owner = [repeat for repeat, _ in copies]
    batches = bench.batches(range(REPEATS), owner, PROBE_STEPS + PROBE_NEXT)
    *_, last = train(bench.stack, bench.problem.update, start, rates, batches)
    after, unseen = (
        array(bench.stack.evaluate(last.after, bench.data.first(PROBED, val=val)))
        for val in (False, True)
    )
    with torch.no_grad():
        following = [
            array(bench.stack.losses(last.after, batches.at(PROBE_STEPS + step)))[: len(PROBE)]
            for step in range(PROBE_NEXT)
        ]
    return {
        "after": after.reshape(REPEATS, -1),
        "unseen": unseen.reshape(REPEATS, -1),
        "next": following,
    }


class Copy(NamedTuple):
    """One run of a grid."""

    schedule: str
    seed: int
    rate: float


def copies_of(problem: Problem, budget: Budget) -> list[Copy]:
    """Return the runs of a grid: schedules, seeds and rates."""
    return [Copy(*each) for each in product(budget.schedules, range(SEEDS), problem.rates)]


def curves(copies: Sequence[Copy], budget: Budget) -> NDArray[np.float64]:
    """Return the learning rate of each run at each step."""
    shapes = {schedule: factors(schedule, budget) for schedule in budget.schedules}
    return np.array([copy.rate * shapes[copy.schedule] for copy in copies])


def grid(bench: Bench, budget: Budget) -> dict[str, dict[str, Any]]:
    """Return final losses by schedule, seed and rate, and the signals of some of the runs."""
    copies = copies_of(bench.problem, budget)
    owner = [copy.seed for copy in copies]
    start = bench.starts(range(SEEDS))[owner]
    batches = bench.batches([100 + seed for seed in range(SEEDS)], owner, budget.steps)
    watch = Watch(bench.stack, batches, start, budget.steps)
    rows = start
    for taken in train(bench.stack, bench.problem.update, start, curves(copies, budget), batches):
        watch.see(taken)
        rows = taken.after
    shape = len(budget.schedules), SEEDS, -1
    val, fit = (bench.judged(rows, val=val).reshape(shape) for val in (True, False))
    first = bench.judged(start[:: len(bench.problem.rates)], val=True).mean()
    signals = watch.found().reshape(*shape[:2], -1, len(watch.ends), len(NAMES))
    return {
        name: {"untrained": first, "val": val[i], "train": fit[i]}
        | advised(bench, budget, name, first, val[i], signals[i])
        for i, name in enumerate(budget.schedules)
    }


def advised(  # noqa: PLR0913, PLR0917 - all of one configuration
    bench: Bench,
    budget: Budget,
    schedule: str,
    untrained: float,
    val: NDArray[np.float64],
    signals: NDArray[np.float64],
) -> dict[str, Any]:
    """Return what an adviser saw at some rates, and what became of those who followed it."""
    rates = bench.problem.rates
    best = int(np.abs(np.log(rates / best_rate(rates, val, untrained).rate)).argmin())
    kept = [best + offset for offset in KEPT if 0 <= best + offset < len(rates)]
    seeds = [i % SEEDS for i, _ in enumerate(kept)]
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
    rates = np.concatenate([curve * change for curve in curves(runs, budget)])
    owner = [run.seed for run in runs for _ in FOLLOWED]
    start = bench.starts(range(SEEDS))[owner]
    batches = bench.batches([100 + seed for seed in range(SEEDS)], owner, budget.steps)
    *_, last = train(bench.stack, bench.problem.update, start, rates, batches)
    return bench.judged(last.after, val=True).reshape(len(runs), -1)
