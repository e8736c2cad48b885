"""State: what a checkpoint holds of the callback, and how a resumed run differs from it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isclose
from typing import Any, TypeAlias, final

from lr_plugin.rule import Rule
from lr_plugin.schedule import Curve, Firing, Record, ScheduleError, Span, dump, identity

VERSION = 1
State: TypeAlias = dict[str, Any]
Bases: TypeAlias = dict[tuple[int, int, str], float]
"""Configured values by optimizer, group and key."""
Curves: TypeAlias = dict[tuple[str, int], Curve]
"""Planned curves by rule and optimizer."""


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the checkpoint has it.

    Parameters
    ----------
    what : str
        Its full key.
    checkpoint, now : object
        What it was, and what it is.
    """

    what: str
    checkpoint: object
    now: object


def pack_plan(rules: Sequence[Rule], curves: Curves) -> State:
    """Describe what a run will do, as primitives.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    curves : dict of (str, int) to Curve
        By rule and optimizer.

    Returns
    -------
    dict
        The rules as data, and per curve its identity and the length it is bound to.
    """
    bound = {f"{name}/{number}": curve for (name, number), curve in curves.items()}
    return {
        "rules": {rule.name: _describe(rule) for rule in rules},
        "identity": {name: identity(curve) for name, curve in bound.items()},
        "length": {name: _length(curve.span) for name, curve in bound.items()},
    }


def pack(
    plan: State, bases: Bases, counts: Sequence[int], logs: Sequence[Sequence[Firing]]
) -> State:
    """Give the state of a run as primitives, so that it loads with ``weights_only=True``.

    Parameters
    ----------
    plan : dict
        See `pack_plan`.
    bases : dict
        Configured values.
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
        "bases": [[*slot, base] for slot, base in bases.items()],
        "counts": list(counts),
        "logs": [[[f.event, f.step, f.value, f.latched] for f in log] for log in logs],
        "triggers": {},
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


def changed_rules(saved: State, plan: State) -> list[Difference]:
    """Find what the rules of a resumed run say differently.

    Parameters
    ----------
    saved : dict
        State from the checkpoint.
    plan : dict
        Plan of the run that starts.

    Returns
    -------
    list of Difference
        One per field; the order of phases counts.
    """
    found = list(_unequal("rules", saved["rules"], plan["rules"]))
    # Equality of dictionaries does not see the order, and the order of phases is the schedule.
    if not found and json.dumps(saved["rules"]) != json.dumps(plan["rules"]):
        found.append(Difference("order of the rules' fields or phases", "another", "as configured"))
    return found


def changed_length(saved: State, plan: State, names: Sequence[str]) -> list[Difference]:
    """Find how the lengths of some curves differ from the checkpoint's."""
    return [
        difference
        for name in names
        for difference in _unequal(f"length.{name}", saved["length"][name], plan["length"][name])
    ]


def changed_bases(saved: State, bases: Bases) -> list[Difference]:
    """Find which values are configured otherwise than when the run began."""
    before = unpack_bases(saved)
    return [
        Difference(f"configured {key} of optimizer {n}, group {i}", before[n, i, key], base)
        for (n, i, key), base in bases.items()
        # A rate that is a Tensor has single precision.
        if not isclose(before.get((n, i, key), base), base, rel_tol=1e-6)
    ]


def table(found: Sequence[Difference]) -> str:
    """Print differences as a small table.

    Parameters
    ----------
    found : sequence of Difference
        What to print.

    Returns
    -------
    str
        One line each, under a heading.

    Examples
    --------
    >>> print(table([Difference("length.lr/0.steps", 100, 200)]))
    what               checkpoint  now
    length.lr/0.steps  100         200
    """
    rows = [("what", "checkpoint", "now")]
    rows += [(each.what, _written(each.checkpoint), _written(each.now)) for each in found]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, wide)).rstrip() for row in rows)


def _describe(rule: Rule) -> State:
    return {
        "key": rule.key,
        "mode": rule.mode,
        "optimizer": rule.optimizer,
        "groups": list(rule.groups),
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


def _unequal(key: str, saved: object, now: object) -> Iterator[Difference]:
    if isinstance(saved, dict) and isinstance(now, dict):
        for name in {**saved, **now}:
            yield from _unequal(f"{key}.{name}", saved.get(name), now.get(name))
    elif saved != now:
        yield Difference(key, saved, now)


def _written(value: object) -> str:
    return "-" if value is None else str(value)
