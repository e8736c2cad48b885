"""Rules: which groups they select, and what they refuse."""

from typing import Any

import pytest

from lr_plugin.rule import MODULE, Group, Rule, check
from lr_plugin.schedule import Linear, ScheduleError

GROUPS: list[Group] = [
    {"lr": 0.1, "name": "encoder.0"},
    {"lr": 0.2, "name": "encoder.1"},
    {"lr": 0.3, "name": "head"},
    {"lr": 0.4},
]


def rule(**fields: Any) -> Rule:  # noqa: ANN401 - any field of a rule
    written: dict[str, Any] = {"name": "lr", "schedule": Linear(), **fields}
    return Rule(**written)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ((), [0, 1, 2, 3]),
        ((1,), [1]),
        (("head",), [2]),
        (("encoder.*",), [0, 1]),
        (("*",), [0, 1, 2]),
        ((3, "head"), [2, 3]),
        (("HEAD",), []),
        (("3",), []),
    ],
)
def test_groups_are_selected_by_index_name_or_pattern(
    selector: tuple[int | str, ...], expected: list[int]
) -> None:
    assert rule(groups=selector).picks(GROUPS) == expected


def test_a_name_with_the_letters_of_a_pattern_is_still_a_name() -> None:
    assert rule(groups=("a[0]",)).picks([{"lr": 1.0, "name": "a[0]"}]) == [0]


def test_ignored_groups_are_never_selected() -> None:
    assert rule().picks(GROUPS, ignore=("encoder.*", 3)) == [2]


def test_a_rule_without_an_optimizer_covers_all() -> None:
    assert [rule().covers(0), rule().covers(7)] == [True, True]
    assert [rule(optimizer=1).covers(0), rule(optimizer=1).covers(1)] == [False, True]


def test_two_rules_may_share_a_key_if_they_share_no_group() -> None:
    check([rule(groups=(0,)), rule(name="rest", groups=(1, 2, 3))], [GROUPS], ())


def test_two_rules_may_drive_two_entries_of_one_tuple() -> None:
    groups: list[Group] = [{"betas": (0.9, 0.99)}]
    check([rule(key="betas.0"), rule(name="b1", key="betas.1")], [groups], ())


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            [rule(groups=("haed",))],
            r"there are: optimizer 0: 0 \('encoder.0'\), 1 \('encoder.1'\), 2 \('head'\), 3$",
        ),
        ([rule(optimizer=2)], "rules.lr: there is no optimizer 2; there are: optimizer 0: 0"),
        (
            [rule(groups=(0, 1)), rule(name="b", groups=("encoder.1",))],
            "rules.b: 'lr' of group 1 of optimizer 0 is already driven by rule 'lr'",
        ),
    ],
)
def test_rules_that_cannot_all_hold_are_refused(rules: list[Rule], message: str) -> None:
    with pytest.raises(ScheduleError, match=message):
        check(rules, [GROUPS], ())


@pytest.mark.parametrize(("optimizer", "where"), [(None, "group"), (0, "group of optimizer 0")])
def test_ignoring_all_groups_is_refused(optimizer: int | None, where: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        check([rule(optimizer=optimizer)], [[{"name": "head"}]], (0,))

    assert str(raised.value) == (
        f"rules.lr: 'ignore' leaves no parameter {where}; take one out of it, or remove the rule; "
        "there are: optimizer 0: 0 ('head')"
    )


def test_a_run_without_optimizers_is_refused() -> None:
    with pytest.raises(ScheduleError, match="there are: no optimizers"):
        check([rule()], [], ())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"schedule": "cosine"}, "schedule: 'cosine' is not a Schedule"),
        ({"key": ""}, "key: '' is no hyperparameter"),
        ({"key": 3}, "key: 3 is no hyperparameter"),
        ({"mode": "scael"}, "mode: 'scael' is no mode; did you mean 'scale'"),
        ({"optimizer": True}, "optimizer: True is not an index"),
        ({"optimizer": -1}, "optimizer: -1 is not an index"),
    ],
)
def test_a_field_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ScheduleError, match=message):
        rule(**fields)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ((), {0: 0.125, 1: 0.25, 2: 0.5, 3: 1.0}),
        (("encoder.*",), {0: 0.5, 1: 1.0}),
        ((0, 2), {0: 0.5, 2: 1.0}),
        ((2,), {2: 1.0}),
    ],
)
def test_the_last_of_the_groups_that_a_rule_drives_keeps_its_value_and_each_lower_one_less(
    selector: tuple[int | str, ...], expected: dict[int, float]
) -> None:
    assert rule(groups=selector, layer_decay=0.5).shares(GROUPS) == expected


def test_ignored_groups_are_no_layers() -> None:
    assert rule(layer_decay=0.5).shares(GROUPS, ignore=("encoder.*",)) == {2: 0.5, 3: 1.0}


def test_groups_of_one_name_are_one_layer() -> None:
    names = ["embed", "block", "embed", "block", "head"]
    groups: list[Group] = [{"lr": 1.0, "name": name} for name in names]

    assert rule(layer_decay=0.5).shares(groups) == {0: 0.25, 1: 0.5, 2: 0.25, 3: 0.5, 4: 1.0}


def test_a_rule_without_layers_gives_no_shares() -> None:
    assert rule().shares(GROUPS) == {}


def beit_scales(blocks: int, decay: float) -> list[float]:
    """Bao et al. 2022: the embedding is layer 0, the blocks 1 to n, and the head n + 1."""
    return [decay ** (blocks + 1 - layer) for layer in range(blocks + 2)]


@pytest.mark.parametrize(("blocks", "decay"), [(1, 0.9), (12, 0.65), (24, 0.75)])
def test_layers_decay_as_in_beit(blocks: int, decay: float) -> None:
    groups: list[Group] = [{"lr": 1.0}] * (blocks + 2)

    assert [*rule(layer_decay=decay).shares(groups).values()] == beit_scales(blocks, decay)


def test_a_single_layer_is_refused() -> None:
    with pytest.raises(ScheduleError, match=r"^rules.lr.layer_decay: there is one layer only"):
        check([rule(groups=("head",), layer_decay=0.5)], [GROUPS], ())


def test_an_attribute_of_the_module_is_one_number_whatever_the_groups() -> None:
    driven = rule(name="kl", key="module.kl_weight")

    assert driven.is_of_module
    assert driven.picks(GROUPS) == [MODULE]
    assert [driven.covers(0), driven.covers(1)] == [True, False]
    check([driven, rule()], [GROUPS, GROUPS], (0,))


def test_two_rules_on_one_attribute_are_refused() -> None:
    rules = [rule(name=name, key="module.kl_weight") for name in ("a", "b")]

    with pytest.raises(ScheduleError, match=r"rules.b: .*already driven by rule 'a'; drop one"):
        check(rules, [GROUPS], ())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"layer_decay": 0}, "layer_decay: 0 is no layer decay; write a number above 0"),
        ({"layer_decay": 1.5}, "layer_decay: 1.5 is no"),
        ({"layer_decay": True}, "layer_decay: True is no"),
        ({"layer_decay": "75%"}, "layer_decay: '75%' is no"),
        ({"layer_decay": float("nan")}, "layer_decay: nan is no"),
        ({"key": "module.a", "layer_decay": 0.5}, "layer_decay: 'module.a' is a number of the"),
        ({"key": "module.a", "groups": (0,)}, "groups: .*of no parameter group; remove 'groups'"),
        ({"key": "module.a", "optimizer": 0}, "optimizer: .*remove 'optimizer'"),
        ({"key": "module."}, "key: 'module.' names no attribute"),
        ({"key": "module.a..b"}, "key: 'module.a..b' names no attribute"),
    ],
)
def test_layers_and_attributes_that_cannot_be_are_refused(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScheduleError, match=message):
        rule(**fields)
