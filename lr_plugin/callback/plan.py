"""Plan: every rule's schedule, bound to the length of the run for each optimizer it drives."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lr_plugin.callback import notices
from lr_plugin.callback.length import why_unknown
from lr_plugin.callback.state import Curves
from lr_plugin.rule import Rule, Selector
from lr_plugin.schedule import Curve, ScheduleError, Span, least_span
from lr_plugin.schedule.error import within

if TYPE_CHECKING:
    from pytorch_lightning import Trainer


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
        if rule.stop and curve.end() is None:
            raise ScheduleError(f"nothing says when to stop. Here {why_unknown(trainer)}", "stop")
        return curve


def _long_enough(rule: Rule, span: Span, trainer: "Trainer") -> Span:
    if not trainer.fast_dev_run:  # type: ignore[attr-defined] # Lightning sets it outside __init__
        return span
    least = least_span(rule.schedule, span)
    if least != span:
        notices.too_short(rule.place, span.steps, least.steps)
    return least
