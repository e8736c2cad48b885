"""Policies: the plan that a resumed run goes on with where its config is not the checkpoint's."""

from collections.abc import Sequence
from dataclasses import replace

from lr_plugin.callback import state
from lr_plugin.callback.naming import slot_place
from lr_plugin.callback.plan import Groups, Moment, Plan
from lr_plugin.callback.state import Bases, Slot
from lr_plugin.rule import MODULE, Rule, check
from lr_plugin.schedule import Curve, ScheduleError, Span, dump, load
from lr_plugin.schedule.error import within
from lr_plugin.trigger import load_triggers

_INSTEAD = "write on_change: recompute"


def restore(saved: state.State, now: Plan, spans: Sequence[Span], allow: Sequence[str]) -> Plan:
    """Build the plan of a checkpoint again.

    Parameters
    ----------
    saved : dict
        State from the checkpoint.
    now : Plan
        What the run would do; what did not change is taken from it and not loaded.
    spans : sequence of Span
        One per optimizer; they have the events and the record.
    allow : sequence of str
        Prefixes of dotted kinds that may be imported.

    Returns
    -------
    Plan
        With the curves, configured values and weights of the checkpoint.

    Raises
    ------
    ScheduleError
        If a schedule cannot be loaded, or does not run over the length it was bound to.
    """
    known = {rule.name: rule for rule in now.rules}
    rules = [_rule(name, data, known.get(name), allow) for name, data in saved["rules"].items()]
    bound = {
        f"{rule.name}/{number}": (rule, number) for rule in rules for number in range(len(spans))
    }
    return Plan(
        rules=tuple(rules),
        ignore=tuple(saved["ignore"]),
        curves={
            (rule.name, number): _curve(saved, name, rule, spans[number])
            for name, (rule, number) in bound.items()
            if name in saved["length"]
        },
        bases=state.unpack_bases(saved),
        weights=state.unpack_weights(saved),
        triggers=load_triggers(
            {event: held["trigger"] for event, held in saved["triggers"].items()},
            key="the checkpoint's triggers",
        ),
        shares=state.unpack_shares(saved),
    )


def keep(before: Plan | ScheduleError, groups: Groups) -> Plan | ScheduleError:
    """Go on with the plan of the checkpoint.

    Parameters
    ----------
    before : Plan or ScheduleError
        See `restore`.
    groups : sequence of sequence of mapping
        Parameter groups of every optimizer.

    Returns
    -------
    Plan or ScheduleError
        The same, or why it cannot be.
    """
    if isinstance(before, Plan):
        try:
            check(before.rules, groups, before.ignore)
        except ScheduleError as error:
            return error
    return before


def recompute(now: Plan, groups: Groups, configured: Bases) -> Plan:
    """Go on with the plan of the config, as if it had been so from the start.

    Parameters
    ----------
    now : Plan
        Of the config.
    groups : sequence of sequence of mapping
        Parameter groups of every optimizer.
    configured : dict
        Configured values of every slot that was driven or will be.

    Returns
    -------
    Plan
        Which gives what no rule drives any more its configured value back.
    """
    driven = {slot for slot, _ in now.drives(groups)}
    left = {slot: value for slot, value in configured.items() if slot not in driven}
    return replace(now, resets=left)


def continue_(now: Plan, values: Bases, groups: Groups, moment: Moment) -> Plan | ScheduleError:
    """Go on with the plan of the config, scaled to begin at the values in force.

    Parameters
    ----------
    now : Plan
        Of the config.
    values : dict
        Values in force.
    groups : sequence of sequence of mapping
        Parameter groups of every optimizer.
    moment : Moment
        Where the run is.

    Returns
    -------
    Plan or ScheduleError
        With the weights that keep every value at this step as it is; an error where one is 0.
    """
    factors = now.factors(groups, moment)
    try:
        weights = {slot: _weight(slot, values[slot], factors[slot]) for slot in factors}
    except ScheduleError as error:
        return error
    # An optimizer is restored with the values in force, and a module is not.
    left = {s: v for s, v in values.items() if s[1] == MODULE and s not in weights}
    return replace(now, weights=weights, resets=left)


def _weight(slot: Slot, value: float, factor: float) -> float:
    where = slot_place(slot)
    if factor == 0:
        raise ScheduleError(
            f"the new schedule of {where} is 0 at this step, whatever its scale; {_INSTEAD}, or a "
            "schedule that is above 0 here"
        )
    if value == 0:
        raise ScheduleError(f"{where} is 0 at this step, and scaled it would stay 0; {_INSTEAD}")
    return value / factor


def _rule(name: str, data: state.State, known: Rule | None, allow: Sequence[str]) -> Rule:
    if known is not None and state.describe(known) == data:
        return known
    place = f"the checkpoint's rules.{name}.schedule"
    fields = {**data, "groups": tuple(data["groups"]), "name": name, "place": place}
    if known is not None and dump(known.schedule) == data["schedule"]:
        return Rule(**{**fields, "schedule": known.schedule})
    return Rule(**{**fields, "schedule": load(data["schedule"], key=place, allow=allow)})


def _curve(saved: state.State, name: str, rule: Rule, span: Span) -> Curve:
    with within(rule.place):
        return rule.schedule.over(state.unpack_span(saved, name, span.log, span.record))
