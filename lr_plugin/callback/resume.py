"""Resume: what to do where a run differs from the checkpoint it goes on from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lr_plugin.callback import state
from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.rule import Rule
from lr_plugin.schedule import Curve, ScheduleError

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

_PROBES = 2**16


def check(
    saved: state.State,
    rules: Sequence[Rule],
    curves: state.Curves,
    bases: state.Bases,
    trainer: "Trainer",
) -> None:
    """Raise if the run would go on with other values than the checkpoint planned.

    Parameters
    ----------
    saved : dict
        State from the checkpoint.
    rules : sequence of Rule
        Rules of the run that starts.
    curves : dict of (str, int) to Curve
        Its plan.
    bases : dict
        Values configured now.
    trainer : Trainer
        Whose callbacks say whether `bases` can be trusted.

    Raises
    ------
    ScheduleError
        With a table of what differs.
    """
    state.check_version(saved)
    plan = state.pack_plan(rules, curves)
    found = state.changed_rules(saved, plan)
    if not found:
        stops = {rule.name for rule in rules if rule.stop}
        moved = [
            f"{name}/{number}"
            for (name, number), curve in curves.items()
            if not _goes_on(saved, f"{name}/{number}", curve, stops=name in stops)
        ]
        found += state.changed_length(saved, plan, moved)
    # BaseFinetuning puts the checkpoint's groups back before we can see the configured ones.
    if not any(is_lightnings(each, "BaseFinetuning") for each in callbacks_of(trainer)):
        found += state.changed_bases(saved, bases)
    if found:
        raise ScheduleError(
            "this run is not the one in the checkpoint:\n"
            f"{state.table(found)}\n"
            "Put these back as they were to go on with that run; to start another one from its "
            "weights, load them without ckpt_path",
        )


def _goes_on(saved: state.State, name: str, curve: Curve, *, stops: bool) -> bool:
    """Say whether a curve has the values it had in the checkpoint, as far as both plans reach."""
    try:
        before = curve.schedule.over(
            state.unpack_span(saved, name, curve.span.log, curve.span.record)
        )
    except ScheduleError:
        return False
    if before.span == curve.span:
        return True
    shared = min(before.span.steps or _PROBES, curve.span.steps or _PROBES)
    steps = np.unique(np.linspace(0, shared, _PROBES, endpoint=False).astype(np.int64))
    same = np.array_equal(before(steps), curve(steps))
    return same and (not stops or before.end() == curve.end())
