"""Start: the plan that a run begins with, be it new, resumed or a branch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from lr_plugin.callback import branch, notices
from lr_plugin.callback.applied import written
from lr_plugin.callback.plan import Plan, plan, shares
from lr_plugin.callback.resume import Restored, reconcile
from lr_plugin.callback.run import Run
from lr_plugin.callback.state import State
from lr_plugin.callback.triggers import wanted as watched
from lr_plugin.callback.view import View
from lr_plugin.lint import lint_rules
from lr_plugin.schedule import Span

if TYPE_CHECKING:
    from pytorch_lightning import Trainer


_TRIAL = 20  # steps: in fewer, rounding alone makes findings that say nothing of the real run


@final
@dataclass(frozen=True, slots=True)
class Known:
    """What is known when training starts.

    Parameters
    ----------
    saved : dict
        State from a checkpoint; empty if there is none.
    trainer : Trainer
        Which is about to train.
    run : Run
        With the configured values, and the positions and events of the checkpoint.
    spans : sequence of Span
        One per optimizer, with what is on record.
    """

    saved: State
    trainer: "Trainer"
    run: Run
    spans: Sequence[Span]

    def restored(self, allow: Sequence[str]) -> Restored:
        """Give what is known of the checkpoint."""
        return Restored(
            saved=self.saved,
            trainer=self.trainer,
            configured=self.run.configured,
            spans=self.spans,
            moment=self.run.moment(self.trainer),
            allow=allow,
        )


def planned(wanted: View, known: Known) -> Plan:
    """Give the plan to begin with.

    Parameters
    ----------
    wanted : View
        The callback, with what its user has written.
    known : Known
        What the trainer and the checkpoint say.

    Returns
    -------
    Plan
        What to write from here on.

    Raises
    ------
    ScheduleError
        If a schedule does not fit the run, or the run its checkpoint.
    """
    at = known.restored(wanted.allow)
    if wanted.branch:
        known.run.logs = branch.fired(known.spans, at.moment)
        now = _now(wanted, known, known.run.recorded(known.spans))
        return branch.begin(now, at.values(now), at.groups, at.moment)
    now = _now(wanted, known, known.spans)
    return reconcile(wanted.on_change, now, at) if known.saved else now


def look_over(wanted: View, planned: Plan, known: Known) -> None:
    """Warn of what is legal in a plan but probably not meant; a trial of a few steps is no plan.

    Parameters
    ----------
    wanted : View
        The callback, with what its user wants silenced.
    planned : Plan
        What will be written.
    known : Known
        What the trainer says.
    """
    if known.trainer.fast_dev_run or known.saved:  # type: ignore[attr-defined] # set outside __init__
        return
    bound = {rule: curve.span for (rule, _), curve in reversed(planned.curves.items())}
    spans = {rule: span for rule, span in bound.items() if not _is_trial(span)}
    configured: dict[str, dict[int, float]] = {}
    for slot, rule in planned.drives(known.restored(()).groups):
        if slot in planned.bases and slot[0] == 0:
            configured.setdefault(rule.name, {})[slot[1]] = planned.bases[slot]
    for finding in lint_rules(written(planned.rules), spans, configured, wanted.silence):
        notices.probably_not_meant(finding)


def _is_trial(span: Span) -> bool:
    return span.steps is not None and span.steps < _TRIAL


def _now(wanted: View, known: Known, spans: Sequence[Span]) -> Plan:
    """Bind what is configured to the length of the run."""
    if not wanted.total.lengths and all(map(branch.has_begun, spans)):
        spans = branch.lasting(wanted.rules, spans)
    rules, ignore = wanted.rules, wanted.ignore
    plan(written(rules), ignore, known.trainer, spans)  # what cannot be, where it was written
    return Plan(
        rules=rules,
        ignore=ignore,
        curves=plan(rules, ignore, known.trainer, spans),
        bases=known.run.bases,
        shares=shares(rules, ignore, known.restored(()).groups),
        triggers=watched(rules, wanted.triggers),
    )
