"""Arguments: whatever a user may write becomes the same rules, or an error that helps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import Linear, Product, ScheduleError, Shape, Span
from lr_plugin.schedule.rounding import Values

LINEAR = {"kind": "linear"}


@pytest.mark.parametrize("written", [Linear(), LINEAR, OmegaConf.create(LINEAR)])
def test_a_schedule_is_an_object_or_data_of_any_container(written: Any) -> None:  # noqa: ANN401 - that is the point
    assert LearningRateScheduler(written).rules[0].schedule == Linear()


def test_a_schedule_is_a_recipe_by_name_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("kind: linear\n", encoding="utf-8")

    assert LearningRateScheduler("wsd").rules[0].schedule == load_schedule("wsd")
    assert LearningRateScheduler(file).rules[0].schedule == Linear()
    assert LearningRateScheduler(str(file)).rules[0].schedule == Linear()


def test_a_schedule_that_no_other_process_can_be_given_is_refused_at_once() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Local(Shape):
        @override
        def at(self, progress: Values) -> Values:
            return progress

    nested = Product(factors={"mine": Local()})
    with pytest.raises(ScheduleError, match=r"schedule: no checkpoint .*at the top of a module"):
        LearningRateScheduler(nested)


def test_rules_may_come_from_hydra_as_its_own_containers() -> None:
    rules = OmegaConf.create(
        {"wd": {"key": "weight_decay", "schedule": LINEAR, "groups": [0, "a*"]}}
    )
    (rule,) = LearningRateScheduler(rules=rules, ignore=OmegaConf.create([1])).rules

    assert (rule.name, rule.key, rule.groups) == ("wd", "weight_decay", (0, "a*"))


def test_a_rule_may_follow_one_that_follows_another() -> None:
    rules: dict[str, Any] = {
        "c": {"key": "c", "follow": "b", "map": [[0, 2], [10, 20]]},
        "b": {"key": "b", "follow": "lr", "map": [[0, 1], [0, 2]]},
    }
    by_name = {rule.name: rule for rule in LearningRateScheduler(LINEAR, rules=rules).rules}
    curve = by_name["c"].schedule.over(Span(4))
    assert [curve(step) for step in range(5)] == [20.0, 17.5, 15.0, 12.5, 10.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "nothing to schedule"),
        ({"schedule": {"kind": "liner"}}, "^schedule.*did you mean 'linear'"),
        ({"schedule": 3}, "^schedule: 3 is no schedule"),
        ({"schedule": "no_such_recipe"}, "^schedule: .*no_such_recipe"),
        ({"schedule": {**LINEAR, "triggers": {"p": {}}}}, "schedule.triggers.p.kind: has no kind"),
        ({"schedule": {**LINEAR, "stop": "yes"}}, "schedule.stop: 'yes'"),
        ({"schedule": LINEAR, "rules": {"lr": {"schedule": LINEAR}}}, "write one of them"),
        ({"rules": {"lr": 3}}, "rules.lr: 3 is no rule"),
        ({"rules": {"lr": {}}}, "rules.lr: .*exactly one"),
        ({"rules": {"lr": {"schedule": LINEAR, "follow": "x"}}}, "exactly one"),
        ({"rules": {"lr": {"shedule": LINEAR}}}, "no 'shedule'; did you mean 'schedule'"),
        ({"rules": {"lr": {"schedule": {"kind": "liner"}}}}, "^rules.lr.schedule"),
        ({"rules": {"lr": {"schedule": LINEAR, "mode": "ste"}}}, "did you mean 'set'"),
        ({"rules": {"lr": {"schedule": LINEAR, "key": ""}}}, "rules.lr.key: ''"),
        ({"rules": {"lr": {"schedule": LINEAR, "optimizer": -1}}}, "rules.lr.optimizer: -1"),
        ({"rules": {"lr": {"schedule": LINEAR, "groups": 1.5}}}, "rules.lr.groups: 1.5"),
        ({"rules": {"lr": {"schedule": LINEAR, "map": [[0, 1], [1, 0]]}}}, "rules.lr.map"),
        (
            {"schedule": LINEAR, "rules": {"wd": {"follow": "learn"}}},
            "no rule 'learn'; write one of lr",
        ),
        (
            {"rules": {"a": {"follow": "b"}, "b": {"follow": "a"}}},
            "b follows a follows b; give|a follows b follows a; give",
        ),
        ({"rules": {"a": {"follow": "a"}}}, "rules: a follows a; give"),
        (
            {"schedule": LINEAR, "rules": {"a": {"follow": "lr", "map": [0, 1]}}},
            "rules.a.map: .0, 1. is no map",
        ),
        ({"schedule": LINEAR, "rules": {"a": {"follow": "lr", "map": 1}}}, "rules.a.map: 1"),
        (
            {"schedule": LINEAR, "rules": {"a": {"follow": "lr", "map": [[1, 1], [0, 1]]}}},
            "rules.a.map: .*is no map",
        ),
        ({"schedule": LINEAR, "triggers": {"plateau": {}}}, "triggers.plateau.kind: has no kind"),
        ({"schedule": LINEAR, "on_change": "keeps"}, "on_change: 'keeps' .*mean 'keep'"),
        ({"schedule": LINEAR, "on_conflict": "yield"}, "on_conflict: 'yield' .*write one"),
        ({"schedule": LINEAR, "total": 0}, "total: 0"),
        ({"schedule": LINEAR, "total": "1000"}, "total: '1000'"),
        ({"schedule": LINEAR, "total": [10, True]}, "total: True"),
        ({"schedule": LINEAR, "ignore": [None]}, "ignore: None"),
    ],
)
def test_a_mistake_is_refused_where_it_is_written(arguments: Any, message: str) -> None:  # noqa: ANN401 - all kinds of mistakes
    with pytest.raises(ScheduleError, match=message):
        LearningRateScheduler(**arguments)
