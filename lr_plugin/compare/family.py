"""Gather runs: by what they measure, by what they compare, and by learning rate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lr_plugin.compare.naming import names, tells
from lr_plugin.compare.record import RunRecord

__all__ = ["Cell", "Family", "families", "questions"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Runs that differ in nothing but their seed.

    Parameters
    ----------
    rate : float, optional
        Their learning rate.
    runs : mapping of int to RunRecord
        By seed, those that finished or diverged.
    """

    rate: float | None
    runs: Mapping[int, RunRecord]

    def outcome(self, seed: int) -> float | None:
        """Return the metric at the end of the run with this seed; None if it diverged."""
        run = self.runs[seed]
        return None if run.diverged else run.final

    def outcomes(self, seeds: Iterable[int] | None = None) -> dict[int, float | None]:
        """Return the outcome of each seed, of all by default, in ascending order of seeds."""
        wanted = self.runs if seeds is None else seeds
        return {seed: self.outcome(seed) for seed in sorted(wanted)}


@dataclass(frozen=True, kw_only=True)
class Family:
    """What is compared: runs that differ in nothing but their seed and learning rate.

    Parameters
    ----------
    name : str
        The schedule, and what else sets these runs apart.
    cells : tuple of Cell
        In ascending order of their learning rates.
    repeated : tuple of RunRecord
        Runs of a seed that there is already at their learning rate; the first is used.
    unfinished : tuple of RunRecord
        Runs without a result.
    """

    name: str
    cells: tuple[Cell, ...]
    repeated: tuple[RunRecord, ...]
    unfinished: tuple[RunRecord, ...]


def questions(records: Iterable[RunRecord]) -> list[list[RunRecord]]:
    """Separate records that measure different things: task, metric or direction.

    Parameters
    ----------
    records : iterable of RunRecord
        In any order; the groups and what is in them are in the order of the run directories. Those
        that failed without a metric come last in the first group of their task.
    """
    found: dict[Any, list[RunRecord]] = {}
    for record in sorted(records, key=lambda record: (_is_mute(record), str(record.folder))):
        own = (record.task, record.metric, record.mode)
        first = next((key for key in found if key[0] == record.task), own)
        found.setdefault(first if _is_mute(record) else own, []).append(record)
    return list(found.values())


def _is_mute(record: RunRecord) -> bool:
    return not record.metric and not record.is_result


def families(records: Sequence[RunRecord]) -> list[Family]:
    """Gather the runs of one question by what they compare; only results count.

    Parameters
    ----------
    records : sequence of RunRecord
        In the order of the run directories.
    """
    groups: dict[Any, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(_key(record), []).append(record)
    named = names(groups)
    return [_family(named[key], group) for key, group in groups.items()]


def _key(record: RunRecord) -> Any:  # noqa: ANN401 - what tells families apart, hashable
    if record.family_hash:
        return record.family_hash
    return (record.schedule, *sorted(filter(tells, record.overrides)))


def _family(name: str, group: Sequence[RunRecord]) -> Family:
    cells: dict[float | None, dict[int, RunRecord]] = {}
    repeated = []
    for record in filter(lambda record: record.is_result, group):
        runs = cells.setdefault(record.learning_rate, {})
        if runs.setdefault(record.seed, record) is not record:
            repeated.append(record)
    ordered = sorted(cells, key=lambda rate: rate or 0)
    return Family(
        name=name,
        cells=tuple(Cell(rate=rate, runs=cells[rate]) for rate in ordered),
        repeated=tuple(repeated),
        unfinished=tuple(record for record in group if not record.is_result),
    )
