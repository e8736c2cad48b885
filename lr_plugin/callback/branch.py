"""Branch: a new run that begins at a checkpoint of another one.

It records the event ``branch`` at the step that it begins at, so a schedule that has waited for it
goes on to its next phase: ``{trunk: {kind: constant, until: branch}, cooldown: ...}``.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from math import isclose
from typing import TYPE_CHECKING

from lr_plugin.callback import notices
from lr_plugin.callback.naming import slot_name, slot_place
from lr_plugin.callback.plan import Groups, Moment, Plan
from lr_plugin.callback.state import Bases, Slot
from lr_plugin.rule import Rule
from lr_plugin.schedule import Curve, Firing, ScheduleError, Span
from lr_plugin.schedule.error import within

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

EVENT = "branch"
_MOST_SEGMENTS = 1000


def refuse_without_checkpoint(trainer: "Trainer") -> None:
    """Raise if there is nothing to branch from."""
    if trainer.ckpt_path is None:
        raise ScheduleError(
            "there is no checkpoint to branch from; give fit one with ckpt_path=..., or write "
            "branch: false for a run from the start",
            "branch",
        )


def refuse_unbegun(trainer: "Trainer") -> None:
    """Raise, because the Trainer has ended a branch before its first step."""
    raise ScheduleError(
        f"the branch made no step: at step {trainer.global_step} and epoch {trainer.current_epoch} "
        f"the checkpoint is where this Trainer ends (max_epochs={trainer.max_epochs}, "
        f"max_steps={trainer.max_steps}), and these count from the start of the trunk; write "
        "Trainer(max_epochs=-1) where the schedule has 'stop: true', else larger ones",
        "branch",
    )


def has_begun(span: Span) -> bool:
    """Say whether a run is a branch, by its log."""
    return bool(span.firings(EVENT))


def fired(spans: Sequence[Span], moment: Moment) -> list[tuple[Firing, ...]]:
    """Give the log of a branch for each optimizer: it begins here, and nothing has happened yet.

    Parameters
    ----------
    spans : sequence of Span
        One per optimizer.
    moment : Moment
        Where the branch begins.

    Returns
    -------
    list of tuple of Firing
        One firing each, which later phases see too.
    """
    return [
        (Firing(EVENT, moment.on(span, number), latched=True),) for number, span in enumerate(spans)
    ]


def lasting(rules: Sequence[Rule], spans: Sequence[Span]) -> tuple[Span, ...]:
    """Let a branch be as long as its schedule says, if that stops the run.

    The Trainer counts from the start of the trunk, so its length is none of the branch's.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    spans : sequence of Span
        One per optimizer, as the Trainer would have them.

    Returns
    -------
    tuple of Span
        As long as the first rule that stops the run; as they were if none does.

    Raises
    ------
    ScheduleError
        If such a rule needs a total, or if the Trainer would end the run before it.
    """
    return tuple(_lasting(rules, number, span) for number, span in enumerate(spans))


def _lasting(rules: Sequence[Rule], number: int, span: Span) -> Span:
    stopping = [rule for rule in rules if rule.stop and rule.covers(number)]
    ends = [_end(rule, span) for rule in stopping]
    return replace(span, steps=min(ends)) if ends else span


def _end(rule: Rule, span: Span) -> int:
    with within(rule.place):
        try:
            end = rule.schedule.over(replace(span, steps=None)).end()
        except ScheduleError as error:
            raise ScheduleError(f"{error.problem}. {_HOW}", error.key) from None
        if end is None:
            raise ScheduleError(f"nothing says when to stop. {_HOW}", "stop")
        if span.steps is not None and span.steps < end:
            raise ScheduleError(
                f"the branch ends at step {end}, counted from the start of its trunk, and the "
                f"Trainer at step {span.steps}; write Trainer(max_epochs=-1), without max_steps",
                "stop",
            )
        return end


_HOW = (
    "A branch with 'stop: true' lasts as long as its schedule says, so durations are in steps, "
    "epochs, samples or tokens; or give the callback total=..."
)


def begin(now: Plan, values: Bases, groups: Groups, moment: Moment) -> Plan:
    """Scale a plan so that what comes before the branch ends at the values in force.

    Parameters
    ----------
    now : Plan
        Of the config.
    values : dict
        Values in force in the checkpoint.
    groups : sequence of sequence of mapping
        Parameter groups of every optimizer.
    moment : Moment
        Where the branch begins.

    Returns
    -------
    Plan
        With the weights of the rules that scale; those that set a value set it.

    Raises
    ------
    ScheduleError
        If a value is 0 where the branch begins, so that nothing can be scaled from it.
    """
    weights = {
        slot: _weight(slot, values[slot], _trunk(now.curves[rule.name, slot[0]], slot[0], moment))
        for slot, rule in now.drives(groups)
        if rule.mode == "scale"
    }
    begun = replace(now, weights=weights)
    _tell(values, begun, groups, moment)
    return begun


def _weight(slot: Slot, value: float, factor: float) -> float:
    if value == 0 or factor == 0:
        what = "the checkpoint" if value == 0 else "the schedule before its branch"
        raise ScheduleError(
            f"{slot_place(slot)} is 0 in {what} at this step, and "
            "a branch goes on from there; choose an earlier checkpoint, or another schedule",
            EVENT,
        )
    return value / factor


def _trunk(curve: Curve, number: int, moment: Moment) -> float:
    """Give what a schedule would be here if the run had not branched off."""
    step = moment.on(curve.span, number)
    planned = Curve(curve.schedule, replace(curve.span, log=()))
    try:
        return curve.schedule.over(replace(planned.span, steps=None))(step)
    except ScheduleError:
        _refuse_late(planned, step)
        return planned(step)


def _refuse_late(planned: Curve, step: int) -> None:
    """Raise if what waits for the branch has come to its deadline before."""
    starts = (segment.start for segment in islice(planned.segments(), _MOST_SEGMENTS))
    if any(_waits(planned, start) for start in starts) and not _waits(planned, max(step - 1, 0)):
        raise ScheduleError(
            f"the phase that waits for {EVENT!r} has its deadline before step {step}, at which the "
            f"run branches off, in a run of {planned.span.steps} steps; give the Trainer more of "
            f"them. {_HOW}",
            EVENT,
        )


def _waits(curve: Curve, step: int) -> bool:
    return EVENT in dict(curve.schedule.listens(step, curve.span))


def _tell(values: Bases, begun: Plan, groups: Groups, moment: Moment) -> None:
    said, expected = [], True
    for slot, value in begun.values(groups, moment).items():
        base = begun.bases[slot]
        weight = (
            begun.weights[slot] / begun.shares.get(slot, 1.0) if slot in begun.weights else base
        )
        as_if = (
            "" if isclose(weight, base) else f", as if {weight:.6g} were configured, not {base:.6g}"
        )
        said.append(
            f"{slot_name(slot, groups)} goes on from {values[slot]:.6g} at {value:.6g}{as_if}"
        )
        expected = expected and not as_if and isclose(value, values[slot])
    notices.branched(moment.steps[0], said, aloud=not expected)
