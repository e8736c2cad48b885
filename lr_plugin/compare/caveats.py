"""What a reader has to know before believing a table, in plain sentences."""

from collections.abc import Iterator, Sequence
from typing import Final

from lr_plugin.compare.advised import changed
from lr_plugin.compare.candidate import Candidate
from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.expected import expected_rates
from lr_plugin.compare.words import counted, extent, listed

__all__ = ["caveats"]

_GRID: Final = 2  # learning rates that all tried, below which nothing is a grid that went on
_FEW: Final = 10  # seeds; below, a bootstrap interval is narrower than it says


def caveats(comparison: Comparison) -> list[str]:
    """Say how far the learning rates and the seeds can be trusted.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    several = len(comparison.candidates) > 1
    return [
        *(_absent(comparison) if several else ()),
        *(_lengths(comparison) if several else ()),
        *(_rates(comparison) if several else ()),
        *_edges(comparison),
        *changed(comparison),
        *_choosing(comparison),
        *_seeds(comparison),
        *_divergences(comparison),
        *_repeated(comparison),
    ]


def _absent(comparison: Comparison) -> Iterator[str]:
    if comparison.absent is not None:
        instead = ", so all pairs are compared" if comparison.pairs else ""
        yield f"! No result is of {comparison.absent!r}, the baseline{instead}."


def _lengths(comparison: Comparison) -> Iterator[str]:
    taken = comparison.taken
    if taken and comparison.fair and (comparison.times or len({*taken, *comparison.budgets}) > 1):
        yield (
            f"! Of some runs it is not known what budget they were given; they took "
            f"{extent(taken)} optimizer steps, and a difference may be one of that too."
        )


def _rates(comparison: Comparison) -> Iterator[str]:
    tried = {len(one.family.cells) for one in comparison.candidates}
    rates = {one.cell.rate for one in comparison.candidates}
    if len(tried) > 1:
        yield _unequal(comparison.candidates, extent(tried))
    elif tried == {1} and len(rates) == 1:
        yield from _shared(comparison)
    elif tried == {1}:
        yield "Each schedule ran at one learning rate: nothing here says that it is near its best."


def _unequal(candidates: Sequence[Candidate], numbers: str) -> str:
    said = f"Not all schedules chose among the same number of learning rates: {numbers}."
    grids = {one.name: [cell.rate or 0.0 for cell in one.family.cells] for one in candidates}
    common = sorted(set.intersection(*map(set, grids.values())))
    wider = [one for one in candidates if len(grids[one.name]) > len(common)]
    if len(common) < _GRID or not all(_went_on(one, grids[one.name], common) for one in wider):
        return said
    names = listed([one.name for one in wider])
    return f"{said} More were tried beyond the end where the best was, as a study does: {names}."


def _went_on(one: Candidate, grid: Sequence[float], common: Sequence[float]) -> bool:
    lowest, highest = common[0], common[-1]
    beyond = [rate for rate in grid if rate not in common]
    outside = all(not lowest < rate < highest for rate in beyond)
    return outside and one.choice is not None and not lowest < one.choice.best < highest


def _shared(comparison: Comparison) -> Iterator[str]:
    rate = comparison.candidates[0].cell.rate
    at = "one shared learning rate" + ("" if rate is None else f", {rate:g}")
    yield f"All ran at {at}: nothing here says that it is near the best of any."
    # with another budget there is another batch size or task too, of which theory knows nothing
    alike = not comparison.times and len({*comparison.budgets, *comparison.taken}) <= 1
    expected = expected_rates(comparison.candidates) if alike else {}
    if expected and max(expected.values()) > 1.1:  # noqa: PLR2004 - below, nobody tunes as finely
        lowest, highest = (choose(expected, key=expected.__getitem__) for choose in (min, max))
        yield (
            f"By a bound of convex theory the best learning rate of {highest} is "
            f"{expected[highest]:.2g} times that of {lowest}."
        )


def _edges(comparison: Comparison) -> Iterator[str]:
    ends = [
        f"{one.name} ({one.choice.best:g}, the {one.choice.edge})"
        for one in comparison.candidates
        if one.choice is not None and one.choice.edge is not None
    ]
    if ends:
        yield (
            f"! The best learning rate lies at an end of those tried for {listed(ends)}: what is "
            f"beyond may be better."
        )


def _choosing(comparison: Comparison) -> Iterator[str]:
    chosen = [one for one in comparison.candidates if one.choice is not None]
    if any(len(one.tuning) == 1 for one in chosen):
        yield "Learning rates were chosen on one seed, so the choice is partly luck."
    stale = [one.name for one in chosen if not one.fresh]
    if stale:
        yield (
            f"The runs that report chose the learning rate of {listed(stale)} too, which flatters "
            f"them; fresh seeds at the chosen rate would not."
        )
    unsaid = [one.name for one in chosen if any(cell.rate is None for cell in one.family.cells)]
    if unsaid:
        yield f"Some runs of {listed(unsaid)} do not say at which learning rate they ran."
    odd = [one.name for one in chosen if not _tuned_alike(one)]
    if odd:
        yield f"Not every learning rate of {listed(odd)} ran with the same seeds."


def _tuned_alike(one: Candidate) -> bool:
    return all(set(one.tuning) <= set(cell.runs) for cell in one.family.cells)


def _seeds(comparison: Comparison) -> Iterator[str]:
    pairs = comparison.pairs
    if pairs and len({one.report for one in comparison.candidates}) > 1:
        yield (
            f"Schedules report on different seeds; each comparison uses those that both ran "
            f"({extent(len(pair.seeds) for pair in pairs)})."
        )
    if any(pair.interval and len(pair.seeds) < _FEW for pair in pairs):
        yield f"With fewer than {_FEW} seeds intervals are narrower than they say: an indication."


def _divergences(comparison: Comparison) -> Iterator[str]:
    for one in comparison.candidates:
        if one.diverged:
            runs = counted(len(one.report), "run")
            yield f"{one.name}: {one.diverged} of {runs} diverged; they count as the worst."


def _repeated(comparison: Comparison) -> Iterator[str]:
    again = [run for one in comparison.candidates for run in one.family.repeated]
    if again:
        names = [run.folder.name for run in again]
        more = [f"{len(names) - _FEW} more"] if len(names) > _FEW else []
        shown = listed([*names[:_FEW], *more])
        yield f"Left aside, because their seed and learning rate were there already: {shown}."
