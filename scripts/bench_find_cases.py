"""What is asked of finders: one case for each problem, length and schedule in the fixtures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from truth_best import Best, best_rate
from truth_file import numbers, read
from truth_problems import Budget, Problem, factors
from truth_sizes import SWEEPS

from lr_plugin.finder.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bench_find_rules import Values


@dataclass(frozen=True, kw_only=True)
class Case:
    """A configuration: what it is, and its best rates.

    Parameters
    ----------
    problem, index, schedule
        What is trained, for which of its budgets, under what.
    best
        The rate with the least validation loss.
    best_fit
        The rate with the least training loss.
    """

    problem: Problem
    index: int
    schedule: str
    best: Best
    best_fit: Best

    @property
    def budget(self) -> Budget:
        """How long it is trained."""
        return self.problem.budgets[self.index]

    @property
    def name(self) -> str:
        """Problem, steps and schedule."""
        return f"{self.problem.name} {self.budget.steps} {self.schedule}"

    @property
    def factors(self) -> Values:
        """The schedule's value at each step."""
        return factors(self.schedule, self.budget)


@cache
def stored(problem: Problem) -> dict[str, Any]:
    """Return a problem's fixtures, read once."""
    return read(problem)


def cases(problems: Iterable[Problem]) -> Iterator[Case]:
    """Return the configurations of problems."""
    for problem in problems:
        for index, budget in enumerate(problem.budgets):
            for schedule in budget.schedules:
                found = stored(problem)["budgets"][str(index)][schedule]
                first = found["untrained"]
                val, fit = (
                    best_rate(problem.rates, numbers(found[k]), first) for k in ("val", "train")
                )
                yield Case(problem=problem, index=index, schedule=schedule, best=val, best_fit=fit)


def by_sweep(case: Case) -> float | None:
    """Return our answer from three range tests."""
    losses = numbers(stored(case.problem)["sweeps"]["ours"])
    return Plan(mode="sweep").answer(losses, case.factors).learning_rate


def by_grid(case: Case) -> float | None:
    """Return our answer from a grid of short runs."""
    plan, losses = Plan(mode="grid"), numbers(stored(case.problem)["probe"]["next"])
    runs = np.pad(losses.T, ((0, 0), (plan.length, 0)))  # the losses while they were trained
    return plan.answer(plan.losses(list(runs)), case.factors).learning_rate


def by_rule(
    rule: Callable[[Values, Values], float | None], library: str, case: Case
) -> float | None:
    """Return the median of a rule's answers to the range tests that its library makes."""
    tests = numbers(stored(case.problem)["sweeps"][library])
    found = [rate for losses in tests if (rate := rule(swept(library), losses)) is not None]
    return float(np.exp(np.median(np.log(found)))) if found else None


def swept(library: str) -> Values:
    """Return the rates of a range test."""
    steps, least, greatest = SWEEPS[library]
    return np.geomspace(least, greatest, steps)


def errors(cases: Iterable[Case], method: Callable[[Case], float | None]) -> Values:
    """Return decades above the best rates; NaN where there is no answer."""
    found = [(method(case), case.best.rate) for case in cases]
    return np.array([np.nan if rate is None else np.log10(rate / best) for rate, best in found])
