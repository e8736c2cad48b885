"""Rules: which number a schedule drives, and how.

The number is a hyperparameter of an optimizer's parameter groups, or an attribute of the module. A
rule reads parameter groups as plain dictionaries, so nothing here needs torch.
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

OF_MODULE = "module."
"""What the key of an attribute of the module begins with."""
MODULE = -1
"""Stands for the module where parameter groups have an index."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One schedule, the hyperparameter it drives, and the parameter groups it drives it in.

    With `layer_decay`, every group is one layer, in the order in which the optimizer has them, and
    the last of n keeps the rule's value: layer p, counted from 0, gets ``layer_decay ** (n - 1 -
    p)`` times it (Clark et al. 2020, "ELECTRA"; Bao et al. 2022, "BEiT"). So the head comes last.
    Groups of the same ``name`` are one layer, as where a layer has one group with weight decay and
    one without. Only the groups that the rule drives are counted. A group that joins during the run
    is no layer: it gets the rule's value whole, and the others go on as they were.

    A `key` such as ``module.kl_weight`` is a number of the module and of no optimizer:
    ``self.kl_weight``, set before every batch. Its path may go on through submodules,
    dictionaries and lists (``module.blocks.3.dropout.p``, ``module.weights.kl``). A Tensor with one
    entry is filled, which spares a compiled module another compilation; as a buffer it needs
    ``persistent=False``. The schedule's steps are those of the first optimizer.

    Parameters
    ----------
    name : str
        What the rule is called in configs, logs and errors.
    schedule : Schedule
        Gives one plain number per optimizer step.
    key : str
        Hyperparameter of the optimizer, such as ``lr``, ``weight_decay``, ``momentum`` or
        ``betas.0`` (entry 0 of ``betas``), or an attribute of the module: ``module.kl_weight``.
    mode : {"scale", "set"}
        Whether the number multiplies each group's configured value or replaces it.
    optimizer : int, optional
        Index of the optimizer; all optimizers if unset.
    groups : tuple of int or str
        Parameter groups by index, by ``name`` or by pattern (``encoder.*``); all if empty.
    layer_decay : float
        How much smaller the value is in each layer than in the next one, in (0, 1].
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

    A quarter less in every layer below the head, and a number of the module's loss:

    >>> rule = Rule(name="lr", schedule=Linear(), layer_decay=0.75)
    >>> rule.shares([{"lr": 0.1}, {"lr": 0.1}, {"lr": 0.1}])
    {0: 0.5625, 1: 0.75, 2: 1.0}
    >>> Rule(name="kl", schedule=Linear(), key="module.kl_weight").is_of_module
    True
    """

    name: str
    schedule: Schedule
    key: str = "lr"
    mode: Mode = "scale"
    optimizer: int | None = None
    groups: Selector = ()
    layer_decay: float = 1.0
    stop: bool = False
    place: str = field(default="schedule", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.schedule, Schedule):
            raise ScheduleError(
                f"{self.schedule!r} is not a Schedule; build it with lr_plugin.schedule.load",
                "schedule",
            )
        if not self.key or not isinstance(self.key, str):
            raise ScheduleError(f"{self.key!r} is no hyperparameter; write for example 'lr'", "key")
        if self.mode not in get_args(Mode):
            words = did_you_mean(str(self.mode), get_args(Mode))
            raise ScheduleError(f"{self.mode!r} is no mode{words}", "mode")
        if self.optimizer is not None and not _is_index(self.optimizer):
            raise ScheduleError(
                f"{self.optimizer!r} is not an index; write 0 for the first", "optimizer"
            )
        if not _is_share(self.layer_decay):
            raise ScheduleError(
                f"{self.layer_decay!r} is no layer decay; write a number above 0 and up to 1, such "
                "as 0.75",
                "layer_decay",
            )
        if self.is_of_module:
            self._check_attribute()

    def _check_attribute(self) -> None:
        if not all(self.key.split(".")):
            raise ScheduleError(
                f"{self.key!r} names no attribute; write for example 'module.kl_weight'", "key"
            )
        for name, without in (("optimizer", None), ("groups", ()), ("layer_decay", 1.0)):
            if getattr(self, name) != without:
                raise ScheduleError(
                    f"{self.key!r} is a number of the module and of no parameter group; remove "
                    f"{name!r}",
                    name,
                )

    @property
    def is_of_module(self) -> bool:
        """Whether the rule drives an attribute of the module."""
        return self.key.startswith(OF_MODULE)

    def covers(self, optimizer: int) -> bool:
        """Say whether the rule speaks of this optimizer at all."""
        return optimizer == 0 if self.is_of_module else self.optimizer in (None, optimizer)

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
            Indices in ascending order; `MODULE` alone for an attribute of the module.
        """
        if self.is_of_module:
            return [MODULE]
        return [
            index
            for index, group in enumerate(groups)
            if (not self.groups or _selected(index, group, self.groups))
            and not _selected(index, group, ignore)
        ]

    def shares(self, groups: Sequence[Group], ignore: Selector = ()) -> dict[int, float]:
        """Give what each group gets of the rule's value, for its layer.

        Parameters
        ----------
        groups : sequence of mapping
            ``param_groups`` of one optimizer.
        ignore : tuple of int or str
            Groups that no rule may touch, selected like `groups`.

        Returns
        -------
        dict of int to float
            By index of the group; empty without a `layer_decay`.
        """
        if self.layer_decay == 1.0:
            return {}
        layers = {index: _layer(index, groups[index]) for index in self.picks(groups, ignore)}
        ordered = list(dict.fromkeys(layers.values()))
        below = {layer: len(ordered) - 1 - place for place, layer in enumerate(ordered)}
        return {index: self.layer_decay ** below[layer] for index, layer in layers.items()}


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
        if rule.layer_decay != 1.0 and not _has_layers(rule, optimizers, ignore):
            raise ScheduleError(_NO_LAYERS, f"rules.{rule.name}.layer_decay")
        for slot in slots:
            if slot in owner:
                raise ScheduleError(_twice(slot, owner[slot]), f"rules.{rule.name}")
            owner[slot] = rule.name


_NO_LAYERS = (
    "there is one layer only, and the last one keeps its value; give the optimizer one parameter "
    "group per layer, the head last, or remove 'layer_decay'"
)


def _has_layers(rule: Rule, optimizers: Sequence[Sequence[Group]], ignore: Selector) -> bool:
    covered = (groups for number, groups in enumerate(optimizers) if rule.covers(number))
    return any(len({*rule.shares(groups, ignore).values()}) > 1 for groups in covered)


def _twice(slot: tuple[int, int, str], owner: str) -> str:
    number, index, key = slot
    if index == MODULE:
        return f"{key!r} is already driven by rule {owner!r}; drop one of them"
    return (
        f"{key!r} of group {index} of optimizer {number} is already driven by rule {owner!r}; drop "
        "one of them, or give each its own 'groups:'"
    )


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
    return f"{_reason(rule, len(optimizers))}; there are: {listed or 'no optimizers'}"


def _reason(rule: Rule, optimizers: int) -> str:
    if rule.optimizer is not None and rule.optimizer >= optimizers:
        return f"there is no optimizer {rule.optimizer}"
    where = "" if rule.optimizer is None else f" of optimizer {rule.optimizer}"
    if rule.groups:
        return f"groups {list(rule.groups)!r}{where} match no parameter group"
    return f"'ignore' leaves no parameter group{where}; take one out of it, or remove the rule"


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


def _layer(index: int, group: Group) -> int | str:
    name = group.get("name")
    return name if isinstance(name, str) else index


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
