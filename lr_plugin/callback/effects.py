"""Effects: what differs from a checkpoint, and the values that each policy would give."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from lr_plugin.callback.differences import Difference
from lr_plugin.callback.naming import slot_name
from lr_plugin.callback.plan import Groups, Moment, Plan
from lr_plugin.callback.state import Bases, Slot
from lr_plugin.callback.table import table
from lr_plugin.schedule import ScheduleError

Plans: TypeAlias = Mapping[str, Plan | ScheduleError]

_MOST_SLOTS = 6


def tell(
    found: Sequence[Difference],
    values: Bases,
    plans: Plans,
    groups: Groups,
    moment: Moment,
) -> str:
    """Say what differs and what each policy would do about it, as two small tables.

    Parameters
    ----------
    found : sequence of Difference
        What differs.
    values : dict
        Values in force in the checkpoint.
    plans : mapping of str to Plan or ScheduleError
        What each policy comes to, or why it cannot be had; the first one can.
    groups : sequence of sequence of mapping
        Parameter groups of every optimizer.
    moment : Moment
        Where the run is.

    Returns
    -------
    str
        Several lines.
    """
    shown = list(values)[:_MOST_SLOTS]
    moments = [each for each in (moment, _last(plans, moment)) if each is not None]
    rows = [_row(slot, values, plans, groups, each) for each in moments for slot in shown]
    hidden = len(values) - len(shown)
    return "\n".join(
        [
            "This run is not the one in the checkpoint:",
            table(("what", "checkpoint", "now"), *(each.row() for each in found)),
            "",
            table(("value", *plans), *rows),
            *([f"(and {hidden} more values)"] if hidden else []),
            *_impossible(plans),
        ]
    )


def advice(choice: str) -> str:
    """Say what can be written where a run was refused."""
    first = "" if choice == "error" else f"{choice!r} cannot be had here. "
    return (
        f"{first}Choose with on_change: 'recompute' follows the new plan from here, 'keep' the "
        "checkpoint's, 'continue' the new one scaled to begin at the value here. Or put back what "
        "differs; to start another run from these weights, load them without ckpt_path"
    )


def _row(
    slot: Slot, values: Bases, plans: Plans, groups: Groups, moment: Moment
) -> tuple[str, ...]:
    name = f"{slot_name(slot, groups)} at step {moment.steps[slot[0]]}"
    # What no rule drives stays as it is.
    given = (
        plan.values(groups, moment).get(slot, values[slot]) if isinstance(plan, Plan) else None
        for plan in plans.values()
    )
    return name, *map(_number, given)


def _last(plans: Plans, moment: Moment) -> Moment | None:
    """Give the last step of the run, where it is known and still to come."""
    had = [plan for plan in plans.values() if isinstance(plan, Plan)]
    if any(curve.span.clock == "time" for plan in had for curve in plan.curves.values()):
        return None
    ends = list(moment.steps)
    for (_, number), curve in had[0].curves.items():
        ends[number] = max(ends[number], (curve.span.steps or 0) - 1)
    return Moment(ends) if ends != list(moment.steps) else None


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _impossible(plans: Plans) -> Iterator[str]:
    for name, plan in plans.items():
        if isinstance(plan, ScheduleError):
            yield f"{name!r} cannot be had: {plan}"
