"""Measure one problem: its network and its data in memory, range tests, grid probes."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from truth_sizes import JUDGED, PROBE, PROBE_NEXT, PROBE_STEPS, PROBED, REPEATS
from truth_stack import Batches, Stack, train, trained
from truth_tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor
    from truth_problems import Problem


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
    rows = trained(bench.stack, bench.problem.update, start, rates, batches)
    after, unseen = (
        array(bench.stack.evaluate(rows, bench.data.first(PROBED, val=val)))
        for val in (False, True)
    )
    with torch.no_grad():
        following = [
            array(bench.stack.losses(rows, batches.at(PROBE_STEPS + step)))[: len(PROBE)]
            for step in range(PROBE_NEXT)
        ]
    return {
        "after": after.reshape(REPEATS, -1),
        "unseen": unseen.reshape(REPEATS, -1),
        "next": following,
    }
