"""Rules: which hyperparameter of which parameter groups a schedule drives, and how.

A rule reads parameter groups as plain dictionaries, so nothing here needs torch.
"""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias, final, get_args

from lr_plugin.schedule import Schedule, ScheduleError
from lr_plugin.schedule.error import did_you_mean

Group: TypeAlias = MutableMapping[str, Any]
Mode: TypeAlias = Literal["scale", "set"]
Selector: TypeAlias = tuple[int | str, ...]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One schedule, the hyperparameter it drives, and the parameter groups it drives it in.

    Parameters
    ----------
    name : str
        What the rule is called in configs, logs and errors.
    schedule : Schedule
        Gives one plain number per optimizer step.
    key : str
        Hyperparameter of the optimizer, such as ``lr``, ``weight_decay``, ``momentum`` or
        ``betas.0`` (entry 0 of ``betas``).
    mode : {"scale", "set"}
        Whether the number multiplies each group's configured value or replaces it.
    optimizer : int, optional
        Index of the optimizer; all optimizers if unset.
    groups : tuple of int or str
        Parameter groups by index, by ``name`` or by pattern (``encoder.*``); all if empty.
    stop : bool
        Whether the run stops where the schedule ends.
    place : str
        Key under which the user wrote the schedule, for errors.

    Raises
    ------
    ScheduleError
        If a field cannot be what was written.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear
    >>> rule = Rule(name="lr", schedule=Linear(), groups=("head*",))
    >>> groups = [{"lr": 0.1, "name": "body"}, {"lr": 1.0, "name": "head.out"}]
    >>> rule.picks(groups)
    [1]
    """

    name: str
    schedule: Schedule
    key: str = "lr"
    mode: Mode = "scale"
    optimizer: int | None = None
    groups: Selector = ()
    stop: bool = False
    place: str = field(default="schedule", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.schedule, Schedule):
            raise ScheduleError(f"{self.schedule!r} is not a Schedule", "schedule")
        if not self.key or not isinstance(self.key, str):
            raise ScheduleError(f"{self.key!r} is no hyperparameter; write for example 'lr'", "key")
        if self.mode not in get_args(Mode):
            words = did_you_mean(str(self.mode), get_args(Mode))
            raise ScheduleError(f"{self.mode!r} is no mode{words}", "mode")
        if self.optimizer is not None and not _is_index(self.optimizer):
            raise ScheduleError(f"{self.optimizer!r} is not an index such as 0", "optimizer")

    def covers(self, optimizer: int) -> bool:
        """Say whether the rule speaks of this optimizer at all."""
        return self.optimizer in (None, optimizer)

    def picks(self, groups: Sequence[Group], ignore: Selector = ()) -> list[int]:
        """Give the indices of the groups that the rule drives.

        Parameters
        ----------
        groups : sequence of mapping
            ``param_groups`` of one optimizer.
        ignore : tuple of int or str
            Groups that no rule may touch, selected like `groups`.

        Returns
        -------
        list of int
            Indices in ascending order.
        """
        return [
            index
            for index, group in enumerate(groups)
            if (not self.groups or _selected(index, group, self.groups))
            and not _selected(index, group, ignore)
        ]


def check(rules: Sequence[Rule], optimizers: Sequence[Sequence[Group]], ignore: Selector) -> None:
    """Raise unless every rule drives something and no slot is driven twice.

    Parameters
    ----------
    rules : sequence of Rule
        All rules of a run.
    optimizers : sequence of sequence of mapping
        ``param_groups`` of every optimizer.
    ignore : tuple of int or str
        Groups that no rule may touch.

    Raises
    ------
    ScheduleError
        With the name of the rule and the groups there are.
    """
    owner: dict[tuple[int, int, str], str] = {}
    for rule in rules:
        slots = list(_slots(rule, optimizers, ignore))
        if not slots:
            raise ScheduleError(_no_match(rule, optimizers), f"rules.{rule.name}")
        for slot in slots:
            if slot in owner:
                raise ScheduleError(
                    f"{rule.key!r} of group {slot[1]} of optimizer {slot[0]} is already driven by "
                    f"rule {owner[slot]!r}; drop one of them, or give each its own 'groups:'",
                    f"rules.{rule.name}",
                )
            owner[slot] = rule.name


def _slots(
    rule: Rule, optimizers: Sequence[Sequence[Group]], ignore: Selector
) -> Iterator[tuple[int, int, str]]:
    for number, groups in enumerate(optimizers):
        if rule.covers(number):
            yield from ((number, index, rule.key) for index in rule.picks(groups, ignore))


def _no_match(rule: Rule, optimizers: Sequence[Sequence[Group]]) -> str:
    listed = "; ".join(
        f"optimizer {number}: {', '.join(map(_shown, range(len(groups)), groups)) or 'no groups'}"
        for number, groups in enumerate(optimizers)
    )
    where = "" if rule.optimizer is None else f" of optimizer {rule.optimizer}"
    wanted = f"groups {list(rule.groups)!r}{where}" if rule.groups else f"no groups{where}"
    return f"{wanted} match no parameter group; there are: {listed or 'no optimizers'}"


def _shown(index: int, group: Group) -> str:
    return f"{index} ({group['name']!r})" if "name" in group else str(index)


def _selected(index: int, group: Group, selector: Iterable[int | str]) -> bool:
    name = group.get("name")
    return any(
        index == wanted
        if isinstance(wanted, int)
        else isinstance(name, str) and (name == wanted or fnmatchcase(name, wanted))
        for wanted in selector
    )


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
