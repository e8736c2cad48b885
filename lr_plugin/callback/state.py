"""State: what a checkpoint holds of the callback."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from lr_plugin.rule import Rule, Selector
from lr_plugin.schedule import Curve, Firing, Record, ScheduleError, Span, dump, identity

VERSION = 1
State: TypeAlias = dict[str, Any]
Slot: TypeAlias = tuple[int, int, str]
"""Where one value is: optimizer, group and key."""
Bases: TypeAlias = dict[Slot, float]
"""Configured values."""
Curves: TypeAlias = dict[tuple[str, int], Curve]
"""Planned curves by rule and optimizer."""


def pack_plan(rules: Sequence[Rule], ignore: Selector, curves: Curves) -> State:
    """Describe what a run will do, as primitives.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    ignore : tuple of int or str
        Groups that no rule touches.
    curves : dict of (str, int) to Curve
        By rule and optimizer.

    Returns
    -------
    dict
        The rules as data, and per curve its identity and the length it is bound to.
    """
    bound = {f"{name}/{number}": curve for (name, number), curve in curves.items()}
    return {
        "rules": {rule.name: describe(rule) for rule in rules},
        "ignore": list(ignore),
        "identity": {name: identity(curve) for name, curve in bound.items()},
        "length": {name: _length(curve.span) for name, curve in bound.items()},
    }


def pack(
    plan: State,
    values: Mapping[str, Bases],
    counts: Sequence[int],
    logs: Sequence[Sequence[Firing]],
) -> State:
    """Give the state of a run as primitives, so that it loads with ``weights_only=True``.

    Parameters
    ----------
    plan : dict
        See `pack_plan`.
    values : mapping of str to dict
        ``bases`` (configured values), ``weights`` (what a schedule's number is multiplied by, where
        that is another value) and ``shares`` (what groups get for their layer).
    counts : sequence of int
        Steps done by each optimizer, where they are counted one by one.
    logs : sequence of sequence of Firing
        Events recorded so far, where each optimizer was when they happened.

    Returns
    -------
    dict
        Nested dictionaries and lists of numbers, text and None.
    """
    return {
        "version": VERSION,
        **plan,
        **{name: [[*slot, value] for slot, value in of.items()] for name, of in values.items()},
        "counts": list(counts),
        "logs": [[[f.event, f.step, f.value, f.latched] for f in log] for log in logs],
    }


def check_version(state: State) -> None:
    """Raise if the state was written by a later version that we cannot read."""
    if state["version"] > VERSION:
        raise ScheduleError(
            f"the checkpoint was written by a newer lr_plugin (state version {state['version']}, "
            f"this one reads {VERSION}); update lr_plugin",
        )


def unpack_bases(state: State) -> Bases:
    """Read the configured values back."""
    return {(number, index, key): base for number, index, key, base in state["bases"]}


def unpack_weights(state: State) -> Bases:
    """Read back what multiplies a schedule's number where that is not the configured value."""
    return {(number, index, key): weight for number, index, key, weight in state["weights"]}


def unpack_shares(state: State) -> Bases:
    """Read back what groups get of a rule's value for their layer."""
    return {(number, index, key): share for number, index, key, share in state["shares"]}


def unpack_logs(state: State) -> list[tuple[Firing, ...]]:
    """Read the events of every optimizer back."""
    return [tuple(Firing(*row) for row in log) for log in state["logs"]]


def unpack_span(state: State, name: str, log: tuple[Firing, ...], record: Record) -> Span:
    """Read back the length that a curve was bound to; the log and the record are of now."""
    held = state["length"][name]
    return Span(
        held["steps"],
        steps_per_epoch=_rate(held["steps_per_epoch"]),
        samples_per_step=_rate(held["samples_per_step"]),
        tokens_per_sample=_rate(held["tokens_per_sample"]),
        clock=held["clock"],
        log=log,
        record=record,
    )


def describe(rule: Rule) -> State:
    """Give a rule as primitives."""
    return {
        "key": rule.key,
        "mode": rule.mode,
        "optimizer": rule.optimizer,
        "groups": list(rule.groups),
        "layer_decay": rule.layer_decay,
        "stop": rule.stop,
        "schedule": dump(rule.schedule),
    }


def _length(span: Span) -> State:
    return {
        "steps": span.steps,
        "steps_per_epoch": _number(span.steps_per_epoch),
        "samples_per_step": _number(span.samples_per_step),
        "tokens_per_sample": _number(span.tokens_per_sample),
        "clock": span.clock,
    }


def _rate(written: str | None) -> Fraction | None:
    return None if written is None else Fraction(written)


def _number(rate: Fraction | int | None) -> str | None:
    return None if rate is None else str(rate)
