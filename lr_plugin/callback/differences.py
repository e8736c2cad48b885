"""Differences: where a run is not the one in the checkpoint that it goes on from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, final

import numpy as np

from lr_plugin.callback import state
from lr_plugin.callback.applied import EVENT
from lr_plugin.callback.naming import slot_place
from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.schedule import Curve, ScheduleError
from lr_plugin.trigger import dump_triggers

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from lr_plugin.callback.plan import Plan

_PROBES = 2**16


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

    def row(self) -> tuple[str, str, str]:
        """Give it as text."""
        return self.what, _written(self.checkpoint), _written(self.now)


def find(saved: state.State, now: "Plan", trainer: "Trainer") -> list[Difference]:
    """Find what would give a run other values than its checkpoint planned.

    Parameters
    ----------
    saved : dict
        State from the checkpoint.
    now : Plan
        What the run would do.
    trainer : Trainer
        Whose callbacks say whether the configured values can be trusted.

    Returns
    -------
    list of Difference
        Empty if the run just goes on.
    """
    plan = state.pack_plan(now.rules, now.ignore, now.curves)
    found = _rules(saved, plan)
    if not found:
        stops = {rule.name for rule in now.rules if rule.stop}
        moved = [
            f"{name}/{number}"
            for (name, number), curve in now.curves.items()
            if not _goes_on(saved, f"{name}/{number}", curve, stops=name in stops)
        ]
        found += [*_lengths(saved, plan, moved), *_triggers(saved, now)]
    return found + (_bases(saved, now.bases) if trusts_bases(trainer) else [])


def trusts_bases(trainer: "Trainer") -> bool:
    """Say whether the values found before the checkpoint was restored were configured.

    BaseFinetuning puts the checkpoint's groups back before anyone can see the configured ones.
    """
    return not any(is_lightnings(each, "BaseFinetuning") for each in callbacks_of(trainer))


def _rules(saved: state.State, plan: state.State) -> list[Difference]:
    """Find what is written differently, one for each field; the order of phases counts."""
    before, now = saved["rules"], plan["rules"]
    acts = [any(_follows(rule) for rule in rules.values()) for rules in (before, now)]
    if acts[0] != acts[1]:  # told as what its user has written
        before, now = _as_written(before), _as_written(now)
    found = [
        *([_ACT[acts[0]]] if acts[0] != acts[1] else []),
        *_unequal("rules", before, now),
        *_unequal("ignore", saved["ignore"], plan["ignore"]),
    ]
    # Equality of dictionaries does not see the order, and the order of phases is the schedule.
    if not found and json.dumps(before) != json.dumps(now):
        found.append(Difference("order of the rules' fields or phases", "another", "as configured"))
    return found


_ACT = [
    Difference("act of LearningRateAdvisor", "another or none", "apply"),
    Difference("act of LearningRateAdvisor", "apply", "another or none"),
]


def _follows(rule: state.State) -> bool:
    return [*rule["schedule"].get("factors", ())] == ["schedule", EVENT]


def _as_written(rules: state.State) -> state.State:
    return {
        name: rule | {"schedule": rule["schedule"]["factors"]["schedule"]}
        if _follows(rule)
        else rule
        for name, rule in rules.items()
    }


def _goes_on(saved: state.State, name: str, curve: Curve, *, stops: bool) -> bool:
    """Say whether a curve has the values it had in the checkpoint, as far as both plans reach."""
    span = curve.span
    if name not in saved["length"]:
        return False
    try:
        before = curve.schedule.over(state.unpack_span(saved, name, span.log, span.record))
    except ScheduleError:
        return False
    if before.span == span:
        return True
    shared = min(before.span.steps or _PROBES, span.steps or _PROBES)
    steps = np.unique(np.linspace(0, shared, _PROBES, endpoint=False).astype(np.int64))
    same = np.array_equal(before(steps), curve(steps))
    return same and (not stops or before.end() == curve.end())


def _triggers(saved: state.State, now: "Plan") -> Iterator[Difference]:
    before = {event: held["trigger"] for event, held in saved["triggers"].items()}
    return _unequal("triggers", before, dump_triggers(now.triggers))


def _lengths(saved: state.State, plan: state.State, names: Sequence[str]) -> list[Difference]:
    return [
        difference
        for name in names
        for difference in _unequal(
            f"length.{name}", saved["length"].get(name), plan["length"][name]
        )
    ]


def _bases(saved: state.State, bases: state.Bases) -> list[Difference]:
    before = state.unpack_bases(saved)
    return [
        Difference(f"configured {slot_place(slot)}", before[slot], base)
        for slot, base in bases.items()
        # A rate that is a Tensor has single precision.
        if not isclose(before.get(slot, base), base, rel_tol=1e-6)
    ]


def _unequal(key: str, saved: object, now: object) -> Iterator[Difference]:
    if isinstance(saved, dict) and isinstance(now, dict):
        for name in {**saved, **now}:
            yield from _unequal(f"{key}.{name}", saved.get(name), now.get(name))
    elif saved != now:
        yield Difference(key, saved, now)


def _written(value: object) -> str:
    return "-" if value is None else str(value)
