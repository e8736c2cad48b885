"""One question, answered: every schedule at its own learning rate, and every pair of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from lr_plugin.compare.candidate import Candidate, candidate
from lr_plugin.compare.family import families
from lr_plugin.compare.holm import holm
from lr_plugin.compare.naming import is_named
from lr_plugin.compare.paired import Paired, paired
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.scale import Scale

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What runs that measure the same say of their schedules.

    Parameters
    ----------
    task : str, optional
        Name of the task.
    metric : str
        What was measured.
    scale : Scale
        How it is compared.
    runs : tuple of RunRecord
        All runs, those without a result too.
    candidates : tuple of Candidate
        The best first; only schedules with results.
    baseline : str, optional
        What the others are compared to, if that was declared; otherwise all pairs are compared.
    absent : str, optional
        What was declared, if no result is of it.
    budgets : tuple of int
        The numbers of optimizer steps that runs were given, as far as known.
    times : tuple of float
        The seconds that runs were given which were to end by the clock.
    taken : tuple of int
        The numbers of optimizer steps that the other runs took, of which nobody knows the budget.
    pairs : tuple of Paired
        The comparisons; none with different budgets, without shared seeds, or if all diverged.
    """

    task: str | None
    metric: str
    scale: Scale
    runs: tuple[RunRecord, ...]
    candidates: tuple[Candidate, ...]
    baseline: str | None
    absent: str | None
    budgets: tuple[int, ...]
    times: tuple[float, ...]
    taken: tuple[int, ...]
    pairs: tuple[Paired, ...]

    @property
    def fair(self) -> bool:
        """Whether no two runs are known to have had different budgets."""
        return len(self.budgets) + len(self.times) <= 1

    @property
    def reference(self) -> str | None:
        """What differences are shown to: the baseline, or the best that is compared to any."""
        compared = {name for pair in self.pairs for name in (pair.first, pair.second)}
        names = [one.name for one in self.candidates]
        best = next((name for name in names if name in compared), None)
        return self.baseline or best or next(iter(names), None)

    def against(self, first: str, second: str | None) -> Paired | None:
        """Return how the first does beside the second; None if they were not compared."""
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair
            if (pair.second, pair.first) == (first, second):
                return pair.mirrored()
        return None


def compare(records: Sequence[RunRecord], baseline: str | None = None) -> Comparison:
    """Compare the schedules of runs that measure the same.

    Parameters
    ----------
    records : sequence of RunRecord
        At least one; of one task, metric and direction, in the order of the run directories.
    baseline : str, optional
        Compare the others to this schedule only, instead of all pairs: fewer comparisons need
        fewer seeds. It has to be chosen before the results are seen. If no result is of it, all
        pairs are compared.
    """
    found = families(records)
    results = [record for record in records if record.is_result]
    finals = [record.final for record in results if not record.diverged]
    scale = Scale.of(records[0].mode, [final for final in finals if final is not None])
    chosen = [candidate(family, scale) for family in found if family.cells]
    ordered = tuple(sorted(chosen, key=lambda one: one.order))
    declared = _declared(baseline, ordered)
    found_any = any(one.diverged < len(one.report) for one in ordered)
    without = Comparison(
        task=records[0].task,
        metric=records[0].metric,
        scale=scale,
        runs=tuple(records),
        candidates=ordered,
        baseline=declared,
        absent=None if declared else baseline,
        **_budgets(results),
        pairs=(),
    )
    pairs = _pairs(ordered, declared) if without.fair and found_any else ()
    return replace(without, pairs=pairs)


def _declared(baseline: str | None, candidates: Sequence[Candidate]) -> str | None:
    names = (one.name for one in candidates)
    return next((name for name in names if baseline and is_named(baseline, name)), None)


def _budgets(results: Sequence[RunRecord]) -> dict[str, Any]:
    others = [one for one in results if not one.planned_steps]
    # a run that diverged was stopped: how far it came says nothing of what it was given
    ended = [one for one in others if not one.planned_seconds and not one.diverged]
    return {
        "budgets": _each(one.planned_steps for one in results),
        "times": _each(one.planned_seconds for one in others),
        "taken": _each(one.steps for one in ended),
    }


def _each(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(sorted({value for value in values if value}))


def _pairs(candidates: Sequence[Candidate], baseline: str | None) -> tuple[Paired, ...]:
    costs = {one.name: one.costs for one in candidates}
    names = [(first, second) for first, second in combinations(costs, 2)]
    if baseline is not None:
        names = [(name, baseline) for name in costs if name != baseline]
    compared = (paired(first, second, costs) for first, second in names)
    return tuple(holm([pair for pair in compared if pair is not None]))
