"""What the numbers decide, and what they do not, in plain sentences."""

from collections.abc import Iterator, Sequence
from typing import Final

from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.flips import least_p
from lr_plugin.compare.holm import can_decide, least_seeds
from lr_plugin.compare.paired import LEVEL, Paired
from lr_plugin.compare.words import counted, extent, listed

__all__ = ["verdict"]

_MOST_BUDGETS: Final = 4  # that are listed


def verdict(comparison: Comparison) -> list[str]:
    """Say which schedules are separable, or why nothing can be said.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    why_not = _nothing(comparison) or _incomparable(comparison)
    if why_not:
        return [why_not]
    if not can_decide(comparison.pairs):
        return [_undecided(comparison), *_left_out(comparison)]
    told = _to_baseline if comparison.baseline else _to_each_other
    return [*told(comparison), *_left_out(comparison)]


def _nothing(comparison: Comparison) -> str | None:
    candidates = comparison.candidates
    if not candidates:
        return "No run has a result: there is nothing to compare."
    if all(one.diverged == len(one.report) for one in candidates):
        return "Every run that reports diverged: there is nothing to compare."
    if len(candidates) == 1:
        return _alone(comparison)
    return None


def _alone(comparison: Comparison) -> str:
    said = f"One schedule, {comparison.candidates[0].name}: there is nothing to compare it with."
    if comparison.fair:
        return said
    return f"{said} Its runs were not given the same budget{_budgets(comparison)}."


def _budgets(comparison: Comparison) -> str:
    units = {"optimizer steps": comparison.budgets, "seconds": comparison.times}
    return f" ({listed([f'{_shown(each)} {unit}' for unit, each in units.items() if each])})"


def _shown(numbers: Sequence[float]) -> str:
    if len(numbers) <= _MOST_BUDGETS:
        return listed([f"{each:g}" for each in numbers])
    return f"{numbers[0]:g} to {numbers[-1]:g}"


def _incomparable(comparison: Comparison) -> str | None:
    if not comparison.fair:
        return (
            f"The runs were not given the same budget{_budgets(comparison)}: a difference "
            f"would be one of the budget too, so no schedules are compared."
        )
    if all(len(one.report) == 1 for one in comparison.candidates):
        return (
            "One seed each: nothing tells a difference between schedules from one between seeds, "
            f"so no schedules are compared. {_needed(comparison)}"
        )
    if not comparison.pairs:
        return (
            f"Too few seeds are paired: {_unpaired(comparison)}, so none are compared. Run all of "
            "them with the same seeds."
        )
    return None


def _unpaired(comparison: Comparison) -> str:
    if comparison.baseline:
        return f"no other schedule has two in common with {comparison.baseline}"
    return "no two schedules have two in common"


def _needed(comparison: Comparison) -> str:
    schedules = len(comparison.candidates)
    pairs = schedules * (schedules - 1) // 2
    compared = schedules - 1 if comparison.baseline else pairs
    return f"{least_seeds(compared)} seeds could decide {counted(compared, 'comparison')}."


def _undecided(comparison: Comparison) -> str:
    made, most = len(comparison.pairs), max(len(pair.seeds) for pair in comparison.pairs)
    said = (
        f"{counted(most, 'seed')} cannot decide {counted(made, 'comparison')}, whatever the "
        f"numbers: the least p value of the exact test is {least_p(most):.2g}, and "
        f"{LEVEL / made:.2g} is needed (Holm). {least_seeds(made)} seeds could"
    )
    others = len(comparison.candidates) - 1
    if comparison.baseline or others == made:
        return f"{said}."
    return (
        f"{said}; {least_seeds(others)} could decide the {others} comparisons with a schedule "
        f"named before as --baseline."
    )


def _to_baseline(comparison: Comparison) -> Iterator[str]:
    baseline = comparison.baseline or ""
    pairs = comparison.pairs
    told = [pair for pair in pairs if pair.separable]
    for word, found in (
        ("better", [pair for pair in told if pair.better]),
        ("worse", [pair for pair in told if not pair.better]),
    ):
        if found:
            yield f"{_are([pair.first for pair in found])} {word} than {baseline}."
    rest = [pair for pair in pairs if not pair.separable]
    if rest:
        names = _are([pair.first for pair in rest])
        yield f"{names} not separable from {baseline} with {_seeds(rest)}."


def _to_each_other(comparison: Comparison) -> Iterator[str]:
    names = [one.name for one in comparison.candidates]
    open_pairs = {frozenset((p.first, p.second)): p for p in comparison.pairs if not p.separable}
    best = comparison.reference or ""
    top = [name for name in names if frozenset((best, name)) in open_pairs]
    if top:
        shown = {pair for pair in open_pairs if pair <= {best, *top}}
        mutual = len(shown) == len(top) * (len(top) + 1) // 2
        mentioned = [pair for pair in shown if mutual or best in pair]
        seeds = _seeds([open_pairs.pop(pair) for pair in mentioned])
        alike = _are([best, *top]) if mutual else f"{best} is"
        yield f"{alike} not separable {'' if mutual else f'from {listed(top)} '}with {seeds}."
    yield from _worse(comparison, names)
    if open_pairs:
        yield f"The other pairs are not separable with {_seeds([*open_pairs.values()])}."


def _worse(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    told = [pair for pair in comparison.pairs if pair.separable]
    lost = {(p.second, p.first) if p.better else (p.first, p.second) for p in told}
    for name in names:
        winners = [other for other in names if (name, other) in lost]
        everyone = {2: "both others"}.get(len(winners), "all others")
        if winners:
            all_of_them = 1 < len(winners) == len(names) - 1
            yield f"{name} is worse than {everyone if all_of_them else listed(winners)}."


def _left_out(comparison: Comparison) -> Iterator[str]:
    schedules, made = len(comparison.candidates), len(comparison.pairs)
    wanted = schedules - 1 if comparison.baseline else schedules * (schedules - 1) // 2
    if made < wanted:
        yield (
            f"{wanted - made} of {wanted} comparisons are left out: those schedules are unpaired, "
            f"they have fewer than two seeds in common."
        )


def _are(names: Sequence[str]) -> str:
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'}"


def _seeds(pairs: Sequence[Paired]) -> str:
    return f"{extent(len(pair.seeds) for pair in pairs)} seeds"
