"""Names: what a scheduled value is called where people read it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from lr_plugin.callback.slots import number as read_number
from lr_plugin.callback.state import Slot
from lr_plugin.rule import MODULE, Group, Rule, Selector
from lr_plugin.schedule import Curve


def named_values(
    rules: Sequence[Rule], ignore: Selector, optimizers: Sequence[Sequence[Group]]
) -> dict[str, float]:
    """Read every scheduled value of every parameter group, by a readable name.

    Parameters
    ----------
    rules : sequence of Rule
        All rules.
    ignore : tuple of int or str
        Groups that no rule touches.
    optimizers : sequence of sequence of mapping
        ``param_groups`` of every optimizer, with the module within `Reach` if a rule drives it.

    Returns
    -------
    dict of str to float
        The key alone where it is unique; else the optimizer and the group's name (or its index)
        after it.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear
    >>> rules = [Rule(name="lr", schedule=Linear())]
    >>> named_values(rules, (), [[{"lr": 0.1}]])
    {'lr': 0.1}
    >>> named_values(rules, (), [[{"lr": 0.1, "name": "body"}, {"lr": 1.0}]])
    {'lr/body': 0.1, 'lr/group1': 1.0}
    """
    return {
        slot_name((optimizer, index, rule.key), optimizers): read_number(rule.key, groups[index])
        for rule in rules
        for optimizer, groups in enumerate(optimizers)
        if rule.covers(optimizer)
        for index in rule.picks(groups, ignore)
    }


def named_curves(curves: Mapping[tuple[str, int], Curve]) -> dict[str, tuple[Curve, int]]:
    """Give every curve and the optimizer it is for, by a readable name.

    Parameters
    ----------
    curves : mapping of (str, int) to Curve
        By rule and optimizer.

    Returns
    -------
    dict of str to (Curve, int)
        The rule's name, with the optimizer in it (``lr/optimizer1``) where the rule drives several.
    """
    rules = Counter(name for name, _ in curves)
    return {
        name if rules[name] == 1 else f"{name}/optimizer{number}": (curve, number)
        for (name, number), curve in curves.items()
    }


def slot_name(slot: Slot, optimizers: Sequence[Sequence[Group]]) -> str:
    """Name one value: its key, with the optimizer and the group after it where there are several.

    Parameters
    ----------
    slot : (int, int, str)
        Optimizer, group and key.
    optimizers : sequence of sequence of mapping
        ``param_groups`` of every optimizer.

    Returns
    -------
    str
        Such as ``lr``, ``betas.0/optimizer1/head`` or ``module.kl_weight``.
    """
    number, index, key = slot
    if index == MODULE:
        return key
    parts = [key]
    if len(optimizers) > 1:
        parts.append(f"optimizer{number}")
    if len(optimizers[number]) > 1:
        parts.append(group_names(optimizers[number])[index])
    return "/".join(parts)


def slot_place(slot: Slot) -> str:
    """Say where one value is, for errors.

    Parameters
    ----------
    slot : (int, int, str)
        Optimizer, group and key.

    Returns
    -------
    str
        Such as ``lr of group 1 of optimizer 0``.
    """
    number, index, key = slot
    return key if index == MODULE else f"{key} of group {index} of optimizer {number}"


def group_names(groups: Sequence[Group], taken: Sequence[str] = ()) -> list[str]:
    """Name the parameter groups of an optimizer, each by its own name if that tells which it is.

    Parameters
    ----------
    groups : sequence of mapping
        All of them.
    taken : sequence of str
        Names of something else.

    Examples
    --------
    >>> group_names([{"name": "body"}, {"name": "all"}, {}, {"name": "group2"}], taken=["all"])
    ['body', 'group1', 'group2', 'group3']
    """
    places = [f"group{index}" for index in range(len(groups))]
    names = [group.get("name") for group in groups]
    counts = Counter([*names, *places, *taken])
    return [
        name if isinstance(name, str) and counts[name] == 1 else place
        for name, place in zip(names, places, strict=True)
    ]
