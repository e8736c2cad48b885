"""Findings about rules: what follows, several parameter groups, and names that are no findings."""

import pytest

from lr_plugin.lint import lint_rules, read_silence
from lr_plugin.rule import Rule
from lr_plugin.schedule import Affine, Constant, Linear, Schedule, ScheduleError, Span

RUN = Span(1000)
RISING = Linear(start_value=0.0, end_value=1.0)
LOW = Linear(start_value=0.01, end_value=0.001)


def rule(name: str, schedule: Schedule, **fields: str) -> Rule:
    return Rule(name=name, schedule=schedule, place=f"rules.{name}.schedule", **fields)  # type: ignore[arg-type] # all are words


def test_a_rule_that_follows_another_adds_nothing_of_its_own() -> None:
    leader = rule("lr", RISING)
    moved = rule("body", Affine(schedule=RISING, scale=0.5), key="lr")
    same = rule("head", RISING, key="lr")
    rules = (leader, moved, same)
    found = lint_rules(rules, dict.fromkeys(("lr", "body", "head"), RUN))

    assert [each.key for each in found] == ["rules.lr.schedule"]


def test_a_schedule_of_its_own_is_looked_at_for_every_rule() -> None:
    rules = rule("body", RISING, key="lr"), rule("head", Linear(start_value=0.0), key="lr")
    found = lint_rules(rules, {"body": RUN, "head": RUN})

    assert [(each.name, each.key) for each in found] == [
        ("first_step_zero", "rules.body.schedule"),
        ("never_changes", "rules.head.schedule"),
    ]


def test_a_rule_that_drives_nothing_here_is_left_alone() -> None:
    assert lint_rules([rule("lr", RISING)], {}) == ()


def test_a_floor_above_the_configured_value_of_a_group_is_found() -> None:
    configured = {"lr": {0: 0.1, 1: 1e-5, 2: 0.1}}
    found = lint_rules([rule("lr", LOW, mode="set")], {"lr": RUN}, configured)

    assert [str(each) for each in found] == [
        (
            "rules.lr: mode 'set' gives group 1 at least 0.001009, and it is configured at 1e-05; "
            "to "
            "mend it, write '++rules.lr.groups=[0,2]' [floor_above_peak]"
        )
    ]


def test_where_every_group_is_below_the_floor_none_can_be_left_out() -> None:
    configured = {"lr": {0: 1e-4, 1: 1e-5}}
    found = lint_rules([rule("lr", LOW, mode="set")], {"lr": RUN}, configured)

    assert [each.fix for each in found] == ["++rules.lr.mode=scale"] * 2


@pytest.mark.parametrize(
    ("key", "mode", "configured"),
    [
        ("lr", "scale", {0: 0.1, 1: 1e-5}),
        ("lr", "set", {0: 1e-5, 1: 1e-5}),
        ("lr", "set", {0: 0.1, 1: 0.01}),
        ("weight_decay", "set", {0: 0.1, 1: 1e-5}),
    ],
)
def test_one_value_for_all_groups_is_not_found_where_it_may_be_meant(
    key: str, mode: str, configured: dict[int, float]
) -> None:
    rules = [rule("lr", LOW, key=key, mode=mode)]

    assert lint_rules(rules, {"lr": RUN}, {"lr": configured}) == ()


def test_a_finding_about_groups_can_be_silenced_too() -> None:
    configured = {"lr": {0: 0.1, 1: 1e-5}}
    rules = [rule("lr", LOW, mode="set")]

    assert lint_rules(rules, {"lr": RUN}, configured, ("floor_above_peak",)) == ()


def test_a_rule_that_stops_the_run_does_not_end_early() -> None:
    assert lint_rules([Rule(name="lr", schedule=Constant(), stop=True)], {"lr": RUN}) == ()


@pytest.mark.parametrize(
    ("written", "names"),
    [(None, ()), ("jump", ("jump",)), ([], ()), (["jump", "cycle_cut"], ("jump", "cycle_cut"))],
)
def test_names_to_silence_can_be_one_or_several(
    written: str | list[str] | None, names: tuple[str, ...]
) -> None:
    assert read_silence(written) == names


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScheduleError) as caught:
        read_silence(["jumps"])

    assert str(caught.value) == "silence: 'jumps' is no finding; did you mean 'jump'?"
