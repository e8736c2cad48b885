"""Resume: what to do where a run differs from the checkpoint that it goes on from."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from lr_plugin.callback import differences, effects, notices, policy, state
from lr_plugin.callback.attributes import reach
from lr_plugin.callback.plan import Groups, Moment, Plan
from lr_plugin.callback.slots import number as read_number
from lr_plugin.schedule import ScheduleError, Span

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

Choice: TypeAlias = Literal["error", "recompute", "keep", "continue"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What is known where a run goes on.

    Parameters
    ----------
    saved : dict
        State from the checkpoint; empty if it holds none of ours.
    trainer : Trainer
        Whose optimizers are restored.
    configured : sequence of sequence of mapping
        Their groups as configured, before they were restored.
    spans : sequence of Span
        One per optimizer, with what is on record.
    moment : Moment
        Where the run is.
    allow : sequence of str
        Prefixes of dotted kinds that may be imported.
    """

    saved: state.State
    trainer: "Trainer"
    configured: Groups
    spans: Sequence[Span]
    moment: Moment
    allow: Sequence[str]

    @property
    def groups(self) -> Groups:
        """Groups of every optimizer now, with the module within reach."""
        return reach(self.trainer)

    def before(self, now: Plan) -> Plan | ScheduleError:
        """Give the checkpoint's plan, or why it cannot be had."""
        try:
            return policy.restore(self.saved, now, self.spans, self.allow)
        except ScheduleError as error:
            return error

    def values(self, now: Plan) -> state.Bases:
        """Give the value in force of every slot that the checkpoint or the config drives."""
        driven = [slot for slot, _ in now.drives(self.groups)]
        if not self.saved:
            return dict(read(self.groups, driven))
        before = self.before(now)
        if isinstance(before, ScheduleError):
            return dict(read(self.groups, [*driven, *state.unpack_bases(self.saved)]))
        # What was not scheduled is in the optimizer, and so is what the checkpoint last wrote.
        return dict(read(self.groups, driven)) | before.values(self.groups, self.moment)


def read(groups: Groups, slots: Sequence[state.Slot]) -> Iterator[tuple[state.Slot, float]]:
    """Read the values of slots, and leave out those that are not there."""
    for number, index, key in slots:
        with suppress(ScheduleError, IndexError):
            yield (number, index, key), read_number(key, groups[number][index])


def reconcile(choice: Choice, now: Plan, at: Restored) -> Plan:
    """Give the plan to go on with.

    Parameters
    ----------
    choice : {"error", "recompute", "keep", "continue"}
        What to do if the run is not the one in the checkpoint.
    now : Plan
        The plan of the config.
    at : Restored
        What is known.

    Returns
    -------
    Plan
        As in the checkpoint, if nothing differs.

    Raises
    ------
    ScheduleError
        With a table of what differs and of what each policy would do, if `choice` is ``error`` or
        cannot be had.
    """
    state.check_version(at.saved)
    found = differences.find(at.saved, now, at.trainer)
    saved = state.unpack_bases(at.saved)
    if not found:
        weights, shares = state.unpack_weights(at.saved), state.unpack_shares(at.saved)
        return replace(now, bases=now.bases | saved, weights=weights, shares=shares)
    driven = {slot for slot, _ in now.drives(at.groups)}
    joined = {slot: base for slot, base in saved.items() if slot in driven}
    trusted = differences.trusts_bases(at.trainer)
    bases = joined | now.bases if trusted else now.bases | joined
    return _choose(choice, found, replace(now, bases=bases), at)


def _choose(
    choice: Choice, found: Sequence[differences.Difference], now: Plan, at: Restored
) -> Plan:
    before = at.before(now)
    values = at.values(now)
    plans: dict[str, Plan | ScheduleError] = {
        "recompute": policy.recompute(now, at.groups, dict(read(at.configured, list(values)))),
        "keep": policy.keep(before, at.groups),
        "continue": policy.continue_(now, values, at.groups, at.moment),
    }
    told = effects.tell(found, values, plans, at.groups, at.moment)
    chosen = plans.get(choice)
    if not isinstance(chosen, Plan):
        raise ScheduleError(f"{told}\n{effects.advice(choice)}", "on_change")
    notices.policy(choice, told)
    return chosen
