"""Applied advice: a factor that an advisor may change, as an event of the schedule."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod
from typing import TypeGuard

from lr_plugin.rule import Rule
from lr_plugin.schedule import Curve, Product, Scaled, Schedule

EVENT = "advice"
"""What the event is called whose values are multiplied."""


def applied(rules: Sequence[Rule], callbacks: Iterable[object]) -> tuple[Rule, ...]:
    """Let the learning rate follow an advisor, if there is one that acts.

    Parameters
    ----------
    rules : sequence of Rule
        As configured.
    callbacks : iterable of callbacks
        Of the trainer.

    Returns
    -------
    tuple of Rule
        The same; where an advisor acts, those of the learning rate with one factor more.
    """
    if not any(getattr(each, "applies", False) for each in callbacks):
        return tuple(rules)
    return tuple(_with_factor(rule) if rule.key == "lr" else rule for rule in rules)


def written(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return rules as they were before `applied`, with the places that their user knows.

    Parameters
    ----------
    rules : sequence of Rule
        With the factor of an advisor or without.
    """
    return tuple(_without_factor(rule) for rule in rules)


def factor(curve: Curve) -> float:
    """Return what an advisor has multiplied a curve by; 1 if the curve does not follow one.

    Parameters
    ----------
    curve : Curve
        With what is on record.
    """
    firings = curve.span.firings(EVENT) if _has_factor(curve.schedule) else ()
    return prod((each.value for each in firings), start=1.0)


def _has_factor(whole: Schedule) -> TypeGuard[Product]:
    return isinstance(whole, Product) and [*whole.factors] == ["schedule", EVENT]


def _without_factor(rule: Rule) -> Rule:
    whole = rule.schedule
    return replace(rule, schedule=whole.factors["schedule"]) if _has_factor(whole) else rule


def _with_factor(rule: Rule) -> Rule:
    factors = {"schedule": rule.schedule, EVENT: Scaled(event=EVENT)}
    return replace(rule, schedule=Product(factors=factors))
