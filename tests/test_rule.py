"""Rules: which groups they select, and what they refuse."""

from typing import Any

import pytest

from lr_plugin.rule import Group, Rule, check
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
        ([rule(optimizer=2)], "rules.lr: no groups of optimizer 2 match"),
        (
            [rule(groups=(0, 1)), rule(name="b", groups=("encoder.1",))],
            "rules.b: 'lr' of group 1 of optimizer 0 is already driven by rule 'lr'",
        ),
    ],
)
def test_rules_that_cannot_all_hold_are_refused(rules: list[Rule], message: str) -> None:
    with pytest.raises(ScheduleError, match=message):
        check(rules, [GROUPS], ())


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
