"""What the advisor said of the runs that report, schedule by schedule."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lr_plugin.compare.candidate import Candidate
from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.said import changes, summed
from lr_plugin.compare.table import Table
from lr_plugin.compare.words import listed, rate

__all__ = ["ABOUT_SIGNS", "HEADING", "Advised", "advised", "changed"]

_END: Final = 100  # percent; it has a column of its own
HEADING: Final = "What the advisor said"
ABOUT_SIGNS: Final = """\
The signs that people look at have no vote: a loss falls slowly below the best learning rate and \
above it, and the noise of small batches looks like oscillation."""


@dataclass(frozen=True, kw_only=True)
class Advised:
    """A section of the report.

    Parameters
    ----------
    content : sequence of sequence of str
        How verdicts went over the runs: a header, and a row for each schedule.
    sentences : tuple of str
        Of each schedule, the last verdict of one run, in full.
    """

    content: Table
    sentences: tuple[str, ...]


def advised(comparison: Comparison) -> Advised | None:
    """Gather what the advisor said; None if it was silent.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    told = [one for one in comparison.candidates if one.advised]
    if not told:
        return None
    percents = _percents([run for one in told for run in one.advised])
    header = ("schedule", "learning rate", "runs", *(f"{each}%" for each in percents), "at the end")
    return Advised(
        content=[header, *(_row(one, percents) for one in told)],
        sentences=tuple(filter(None, map(_sentence, told))),
    )


def changed(comparison: Comparison) -> Iterator[str]:
    """Say of how many runs, at any learning rate, the advisor changed that rate.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    told = [said for one in comparison.candidates if (said := _changed(one))]
    if told:
        yield (
            f"! The advisor changed the learning rate of {listed(told)} during training: tables "
            "name the one at the start."
        )


def _changed(one: Candidate) -> str:
    runs = [run for cell in one.family.cells for run in cell.runs.values()]
    told = sum(bool(changes(run.advice)) for run in runs)
    every = "the run" if len(runs) == 1 else f"all {len(runs)} runs"
    who = every if told == len(runs) else f"{told} of {len(runs)} runs"
    return f"{who} of {one.name}" if told else ""


def _percents(runs: Sequence[RunRecord]) -> list[int]:
    # a divergence is told at once: a column for each would have a single verdict in it
    spoken = Counter(percent for run in runs for percent in {each.percent for each in run.advice})
    usual = (percent for percent, count in spoken.items() if 2 * count >= len(runs))
    return sorted(percent for percent in usual if percent < _END)


def _row(one: Candidate, percents: Sequence[int]) -> Sequence[str]:
    every = [{said.percent: said for said in run.advice} for run in one.advised]
    on_the_way = [[run[percent] for run in every if percent in run] for percent in percents]
    ends = [run.advice[-1] for run in one.advised]
    return (
        one.name,
        rate(one.cell.rate),
        str(len(ends)),
        *(summed(said) for said in (*on_the_way, ends)),
    )


def _sentence(one: Candidate) -> str:
    """Quote a run that was told what most were told."""
    ends = Counter(run.advice[-1].word for run in one.advised)
    ((most, _),) = ends.most_common(1)
    run = next(run for run in one.advised if run.advice[-1].word == most)
    said = run.advice[-1]
    signs = f" Signs: {'; '.join(said.signs)}." if said.signs else ""
    where = f"{one.name} at {rate(one.cell.rate)}, seed {run.seed}"
    done = changes(run.advice)
    in_all = f" Applied in all: {done}." if done else ""
    return f"{where}: {said.sentence}{in_all}{signs}" if said.sentence else ""
