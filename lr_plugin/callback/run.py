"""Run: the state of one fit, from its configured values to the positions of its optimizers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, final

from lr_plugin.callback import notices
from lr_plugin.callback.attributes import Attributes, Reach
from lr_plugin.callback.conflict import Guard, OnConflict
from lr_plugin.callback.lane import Found, Lane
from lr_plugin.callback.plan import Moment, Plan, weight
from lr_plugin.callback.slots import configured, reset
from lr_plugin.callback.state import Bases, Curves, Slot, State, pack, pack_plan, unpack_logs
from lr_plugin.callback.timing import Timing, needs_time, stopwatch, unpack_records
from lr_plugin.rule import MODULE, Group, Rule, Selector, check
from lr_plugin.schedule import Curve, Firing, ScheduleError, Span
from lr_plugin.schedule.error import within

if TYPE_CHECKING:
    from pytorch_lightning import Trainer
    from torch.optim import Optimizer


@final
class Run:
    """What the callback knows during one fit. It holds no optimizer and no parameter group.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    ignore : tuple of int or str
        Groups that no rule touches.
    optimizers : sequence of Optimizer
        As configured, before a checkpoint is restored into them.
    on_conflict : {"warn", "error", "adopt"}
        What to do if something else has written a scheduled value.
    attributes : Attributes, optional
        Of the module, where a rule may drive one.

    Raises
    ------
    ScheduleError
        If a rule does not fit the optimizers.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        ignore: Selector,
        optimizers: Sequence["Optimizer"],
        on_conflict: OnConflict = "warn",
        attributes: Attributes | None = None,
    ) -> None:
        self._attributes = attributes
        groups = [Reach(optimizer.param_groups, attributes) for optimizer in optimizers]
        check(rules, groups, ignore)
        self.rules = rules
        self.ignore = ignore
        self.bases: Bases = {}
        self.weights: Bases = {}
        self.shares: Bases = {}
        self.configured = [Reach([_plain(group) for group in each], attributes) for each in groups]
        for number, each in enumerate(groups):
            self._read_bases(number, each)
        self.counts = [0] * len(groups)
        self.manual = False
        self._announced: list[int | None] = [None] * len(groups)
        self.logs: list[tuple[Firing, ...]] = [()] * len(groups)
        self.curves: Curves = {}
        self.ends: list[tuple[int, int]] = []
        self._plan: State = {}
        self._lanes: list[list[Lane]] = []
        self._sizes: list[int] = []
        self._spans: Sequence[Span] = ()
        self._saved: State = {}
        self._timing: Timing | None = None
        self._guard = Guard(on_conflict)

    def go_on(self, saved: State) -> None:
        """Go on from the positions and events of a checkpoint, or of an earlier fit.

        Parameters
        ----------
        saved : dict
            State of the run before.
        """
        self.counts, self.logs, self._saved = list(saved["counts"]), unpack_logs(saved), saved

    def recorded(self, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Give spans with what is on record from before a resume: events, and when steps began.

        Parameters
        ----------
        spans : sequence of Span
            One per optimizer.

        Returns
        -------
        tuple of Span
            The same, each with its log and its record.
        """
        records = unpack_records(self._saved, len(spans))
        each = zip(spans, self.logs, records, strict=True)
        return tuple(replace(span, log=log, record=record) for span, log, record in each)

    def record(self, event: str, value: float, position: int, *, latched: bool = False) -> None:
        """Record that an event has happened, and let every schedule see it.

        Parameters
        ----------
        event : str
            Its name.
        value : float
            What its trigger has to say.
        position : int
            Steps done by all optimizers; it acts from the next step of each on.
        latched : bool
            Whether phases that begin later see it too.
        """
        for number, step in enumerate(self.steps(position)):
            self.logs[number] += (Firing(event, step, value, latched),)
            self.bind(number, log=self.logs[number])
        self._find_ends()

    def follow(self, plan: Plan, optimizers: Sequence["Optimizer"]) -> None:
        """Follow a plan that is not the one of the config, or not from its configured values.

        Parameters
        ----------
        plan : Plan
            What to write from here on.
        optimizers : sequence of Optimizer
            Restored.
        """
        self.rules, self.ignore = plan.rules, plan.ignore
        self.bases, self.weights, self.shares = plan.bases, plan.weights, plan.shares
        for (number, index, key), value in plan.resets.items():
            reset(key, Reach(optimizers[number].param_groups, self._attributes)[index], value)

    def keep_time(self, trainer: "Trainer", spans: Sequence[Span], curves: Curves) -> None:
        """Start the clock of training time if any schedule needs it.

        Parameters
        ----------
        trainer : Trainer
            Whose processes have to agree on the time.
        spans : sequence of Span
            One per optimizer.
        curves : dict of (str, int) to Curve
            The plan.
        """
        if needs_time(curves):
            records = [span.record for span in spans]
            self._timing = Timing(stopwatch(trainer, self._saved), records, spans)

    def bind(self, number: int, **changes: Any) -> None:  # noqa: ANN401 - fields of a span
        """Bind the curves of one optimizer anew: the same schedules, with more on record.

        Parameters
        ----------
        number : int
            Index of the optimizer.
        **changes
            Fields of its span that are other ones now: `log` or `record`.
        """
        for lane in self._lanes[number]:
            span = replace(lane.curve.span, **changes)
            lane.follow(Curve(lane.curve.schedule, span))
            self.curves[lane.rule.name, number] = lane.curve

    def start(
        self,
        optimizers: Sequence["Optimizer"],
        curves: Curves,
        spans: Sequence[Span],
        *,
        manual: bool,
    ) -> None:
        """Take over the groups of every optimizer.

        Parameters
        ----------
        optimizers : sequence of Optimizer
            Restored, if the run is resumed.
        curves : dict of (str, int) to Curve
            By rule and optimizer.
        spans : sequence of Span
            The length of the run for every optimizer.
        manual : bool
            Whether the module steps its optimizers itself, so that each has its own position.
        """
        self._spans = spans
        self.curves, self.manual, self._plan = (
            curves,
            manual,
            pack_plan(self.rules, self.ignore, curves),
        )
        self._find_ends()
        self._sizes = [len(optimizer.param_groups) for optimizer in optimizers]
        for number, optimizer in enumerate(optimizers):
            # Nothing was scaled yet, so groups that other callbacks added are as configured.
            groups = Reach(optimizer.param_groups, self._attributes)
            self._read_bases(number, groups)
            self._lanes.append(
                [
                    self._lane(rule, number, groups)
                    for rule in self.rules
                    if (rule.name, number) in curves
                ]
            )

    def write_all(self, optimizers: Sequence["Optimizer"], position: int) -> None:
        """Write the values of the next step of every optimizer.

        Parameters
        ----------
        optimizers : sequence of Optimizer
            All of them.
        position : int
            Steps done by all optimizers.
        """
        for number, optimizer in enumerate(optimizers):
            step = self.counts[number] if self.manual else position
            self.write(number, optimizer.param_groups, step)

    def write_next(self, number: int, groups: Sequence[Group], position: int) -> None:
        """Count a step that an optimizer is about to do, and write its values.

        Parameters
        ----------
        number : int
            Index of the optimizer.
        groups : sequence of mapping
            Its groups.
        position : int
            Steps done by all optimizers; one that evaluates several times within a step announces
            it several times at the same position, and it counts once.
        """
        if self._announced[number] != position:
            self._announced[number] = position
            self.counts[number] += 1
        self.write(number, groups, self.counts[number] - 1)

    def write(self, number: int, groups: Sequence[Group], step: int) -> None:
        """Write every rule's value of one step into the groups of one optimizer.

        Parameters
        ----------
        number : int
            Index of the optimizer.
        groups : sequence of mapping
            Its groups.
        step : int
            Index of its step.
        """
        if len(groups) != self._sizes[number]:
            self._adopt(number, groups)
        if self._timing is not None:
            step = self._on_the_clock(self._timing, number, step)
        for lane in self._lanes[number]:
            lane.write(groups, step)

    def look(self, optimizers: Sequence["Optimizer"]) -> None:
        """Deal with what something else has written since the last step, before it is saved.

        Parameters
        ----------
        optimizers : sequence of Optimizer
            All of them.
        """
        for lanes, optimizer in zip(self._lanes, optimizers, strict=False):
            for lane in lanes:
                lane.look(optimizer.param_groups)

    def steps(self, position: int) -> list[int]:
        """Give the index of every optimizer's next step, or its time where that is its clock.

        Parameters
        ----------
        position : int
            Steps done by all optimizers.

        Returns
        -------
        list of int
            One per optimizer: positions on the clock that its curves are bound to.
        """
        steps = list(self.counts) if self.manual else [position] * len(self.counts)
        if self._timing is None:
            return steps
        return [self._timing.position(number, step) for number, step in enumerate(steps)]

    def moment(self, trainer: "Trainer") -> Moment:
        """Give where a run is that goes on, before it does.

        Parameters
        ----------
        trainer : Trainer
            Which is about to train.

        Returns
        -------
        Moment
            Steps and time, as saved.
        """
        manual = not trainer.lightning_module.automatic_optimization
        steps = self.counts if manual else [trainer.global_step] * len(self.counts)
        return Moment(list(steps), (self._saved.get("time") or {}).get("milliseconds", 0))

    def pack(self, position: int) -> State:
        """Give the state; a step that was announced and not done does not count.

        Parameters
        ----------
        position : int
            Steps done by all optimizers.

        Returns
        -------
        dict
            Primitives only.
        """
        counts = [
            count - (announced == position)
            for count, announced in zip(self.counts, self._announced, strict=True)
        ]
        time = self._timing.pack() if self._timing is not None else None
        values = {"bases": self.bases, "weights": self.weights, "shares": self.shares}
        return {**pack(self._plan, values, counts, self.logs), "time": time}

    def ended(self, position: int) -> bool:
        """Say whether a rule that stops the run has reached its end.

        Parameters
        ----------
        position : int
            Steps done by all optimizers.

        Returns
        -------
        bool
            True from the end on.
        """
        steps = self.steps(position)
        return any(steps[number] >= end for number, end in self.ends)

    def compare_length(self, spans: Sequence[Span]) -> None:
        """Say so if the run has turned out to be shorter or longer than planned.

        Parameters
        ----------
        spans : sequence of Span
            As they look now.
        """
        planned, now = ([span.steps for span in each] for each in (self._spans, spans))
        if planned != now:
            self._spans = spans
            notices.other_length(planned[0], now[0])

    def _find_ends(self) -> None:
        """Find where rules that stop the run end, by what is on record."""
        stops = {rule.name for rule in self.rules if rule.stop}
        ends = ((n, curve.end()) for (name, n), curve in self.curves.items() if name in stops)
        self.ends = [(number, end) for number, end in ends if end is not None]

    def _on_the_clock(self, timing: Timing, number: int, step: int) -> int:
        """Note that a step begins, let its schedules see it, and give its place on their clock."""
        if timing.note(number, step):
            self.bind(number, record=timing.records[number])
            curves = [lane.curve for lane in self._lanes[number]]
            if all(curve.schedule.is_settled(curve.span) for curve in curves):
                timing.settle(number)
        return timing.position(number, step)

    def _lane(self, rule: Rule, number: int, groups: Sequence[Group]) -> Lane:
        lane = Lane(rule, self.curves[rule.name, number], partial(self._conflict, rule, number))
        picked = rule.picks(groups, self.ignore)
        weights = {index: self._weight(rule, (number, index, rule.key)) for index in picked}
        if rule.is_of_module and self._attributes is not None:
            base = self.bases[number, MODULE, rule.key]
            lane.take_module(self._attributes, base, weights[MODULE])
        else:
            lane.take(groups, weights)
        return lane

    def _weight(self, rule: Rule, slot: Slot) -> float:
        return weight(rule, slot, self.bases, self.weights, self.shares)

    def _read_bases(self, number: int, groups: Sequence[Group]) -> None:
        for rule in (rule for rule in self.rules if rule.covers(number)):
            with within(f"rules.{rule.name}"):
                for index in rule.picks(groups, self.ignore):
                    if (number, index, rule.key) not in self.bases:
                        self.bases[number, index, rule.key] = configured(rule, groups[index])

    def _adopt(self, number: int, groups: Sequence[Group]) -> None:
        if len(groups) < self._sizes[number]:
            raise ScheduleError(
                f"optimizer {number} has {len(groups)} parameter groups now and had "
                f"{self._sizes[number]}; groups can be added during a run, not removed",
            )
        for lane in self._lanes[number]:
            lane.take(groups, {})
            for index in lane.rule.picks(groups, self.ignore):
                if index not in lane.indices:
                    base = self.bases[number, index, lane.rule.key] = lane.adopt(groups, index)
                    notices.adopted(lane.rule, number, index, base, lane.factor)
        self._sizes[number] = len(groups)

    def _conflict(self, rule: Rule, number: int, found: Found) -> float | None:
        taken = self._guard.meet(rule, number, found)
        if taken is not None:
            self.weights[number, found.group, rule.key] = taken
        return taken


def _plain(group: Group) -> Group:
    """Give what a group configures, without its weights."""
    return {key: value for key, value in group.items() if key != "params"}
