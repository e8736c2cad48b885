"""Plan: every rule's schedule, bound to the length of the run for each optimizer it drives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, final

from lr_plugin.callback import notices
from lr_plugin.callback.length import why_unknown
from lr_plugin.callback.state import Bases, Curves, Slot
from lr_plugin.callback.triggers import Triggers
from lr_plugin.rule import Group, Rule, Selector
from lr_plugin.schedule import Curve, ScheduleError, Span, least_span
from lr_plugin.schedule.error import within
from lr_plugin.schedule.reads import reads

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

Groups: TypeAlias = Sequence[Sequence[Group]]
"""Parameter groups of every optimizer."""


@final
@dataclass(frozen=True, slots=True)
class Moment:
    """Where a run is.

    Parameters
    ----------
    steps : sequence of int
        Steps done by each optimizer.
    milliseconds : int
        Training time, where it is measured.
    """

    steps: Sequence[int]
    milliseconds: int = 0

    def on(self, span: Span, number: int) -> int:
        """Give the position of an optimizer on the clock of a span."""
        return self.milliseconds if span.clock == "time" else self.steps[number]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will write.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    ignore : tuple of int or str
        Groups that no rule touches.
    curves : dict of (str, int) to Curve
        By rule and optimizer.
    bases : dict
        Configured values.
    weights : dict
        What a schedule's number is multiplied by, where that is not the configured value (or 1 in
        mode ``set``).
    shares : dict
        What a group gets of a rule's value for its layer, where that is not all of it.
    resets : dict
        Values to write once, into what no rule drives any more.
    triggers : dict of str to trigger
        What records the events that the rules read.
    """

    rules: Sequence[Rule]
    ignore: Selector
    curves: Curves
    bases: Bases
    weights: Bases = field(default_factory=dict)
    shares: Bases = field(default_factory=dict)
    resets: Bases = field(default_factory=dict)
    triggers: Triggers = field(default_factory=dict)

    def weight(self, rule: Rule, slot: Slot) -> float:
        """Give what a rule's number is multiplied by."""
        return weight(rule, slot, self.bases, self.weights, self.shares)

    def spans(self, otherwise: Sequence[Span]) -> list[Span]:
        """Give what the curves of every optimizer are bound to."""
        bound = {number: curve.span for (_, number), curve in self.curves.items()}
        return [bound.get(number, span) for number, span in enumerate(otherwise)]

    def drives(self, groups: Groups) -> Iterator[tuple[Slot, Rule]]:
        """Give every slot that is driven, and by which rule."""
        for rule in self.rules:
            for number, each in enumerate(groups):
                if (rule.name, number) in self.curves:
                    picked = rule.picks(each, self.ignore)
                    yield from (((number, index, rule.key), rule) for index in picked)

    def factors(self, groups: Groups, moment: Moment) -> Bases:
        """Give the number of the schedule in force for every slot."""
        found: Bases = {}
        for slot, rule in self.drives(groups):
            curve = self.curves[rule.name, slot[0]]
            found[slot] = curve(moment.on(curve.span, slot[0]))
        return found

    def values(self, groups: Groups, moment: Moment) -> Bases:
        """Give what would be written into every slot that has a configured value."""
        factors = self.factors(groups, moment)
        driven = {s: rule for s, rule in self.drives(groups) if s in self.bases}
        return self.resets | {s: self.weight(rule, s) * factors[s] for s, rule in driven.items()}


def weight(rule: Rule, slot: Slot, bases: Bases, weights: Bases, shares: Bases) -> float:
    """Give what a rule's number is multiplied by; see `Plan` for what the dictionaries hold."""
    base = bases[slot] if rule.mode == "scale" else 1.0
    return weights.get(slot, base * shares.get(slot, 1.0))


def shares(rules: Sequence[Rule], ignore: Selector, groups: Groups) -> Bases:
    """Give what every group gets of a rule's value for its layer, where rules have layers.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    ignore : tuple of int or str
        Groups that no rule touches.
    groups : sequence of sequence of mapping
        Parameter groups of every optimizer.

    Returns
    -------
    dict
        By slot.
    """
    return {
        (number, index, rule.key): share
        for rule in rules
        for number, each in enumerate(groups)
        if rule.covers(number)
        for index, share in rule.shares(each, ignore).items()
    }


def plan(
    rules: Sequence[Rule], ignore: Selector, trainer: "Trainer", spans: Sequence[Span]
) -> Curves:
    """Bind every rule's schedule, running all checks before the first batch.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    ignore : tuple of int or str
        Groups that no rule touches.
    trainer : Trainer
        Which is about to train.
    spans : sequence of Span
        One per optimizer.

    Returns
    -------
    dict of (str, int) to Curve
        By rule and optimizer.

    Raises
    ------
    ScheduleError
        With the full key, if a schedule cannot run over this length.
    """
    return {
        (rule.name, number): _bind(rule, spans[number], trainer)
        for rule in rules
        for number, optimizer in enumerate(trainer.optimizers)
        if rule.covers(number) and rule.picks(optimizer.param_groups, ignore)
    }


def _bind(rule: Rule, span: Span, trainer: "Trainer") -> Curve:
    with within(rule.place):
        try:
            curve = rule.schedule.over(_long_enough(rule, span, trainer))
        except ScheduleError as error:
            if span.steps is None:
                problem = f"{error.problem}. Here {why_unknown(trainer)}"
                raise ScheduleError(problem, error.key) from None
            raise
        if rule.stop and curve.end() is None and not reads(rule.schedule):
            raise ScheduleError(f"nothing says when to stop. Here {why_unknown(trainer)}", "stop")
        return curve


def _long_enough(rule: Rule, span: Span, trainer: "Trainer") -> Span:
    if not trainer.fast_dev_run:  # type: ignore[attr-defined] # Lightning sets it outside __init__
        return span
    least = least_span(rule.schedule, span)
    if least != span:
        notices.too_short(rule.place, span.steps, least.steps)
    return least
