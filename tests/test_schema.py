"""The JSON schema of recipes: every recipe is valid, and what it refuses the loader refuses too."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, get_type_hints

import pytest
import yaml
from jsonschema import Draft7Validator

from lr_plugin.recipe import recipe_names
from lr_plugin.schedule import ScheduleError, load
from lr_plugin.schedule.kinds import KINDS
from lr_plugin.schema import recipe_schema
from lr_plugin.trigger import load_triggers

SCHEMA = recipe_schema()
VALIDATOR = Draft7Validator(SCHEMA)
COSINE = {"kind": "cosine"}
# What a node needs beside its kind.
NEEDED: dict[str, dict[str, object]] = {
    "sequence": {"phases": {"main": {"kind": "constant"}}},
    "product": {"factors": {"main": {"kind": "constant"}}},
    "repeat": {"schedule": COSINE, "count": 2},
    "clamp": {"schedule": COSINE, "min_value": 0.1},
    "affine": {"schedule": COSINE},
    "stretch": {"schedule": COSINE, "factor": 2.0},
    "hold": {"schedule": COSINE},
    "skip": {"schedule": COSINE, "by": "5%"},
    "warp": {"schedule": COSINE},
    "drop": {"event": "plateau"},
    "scaled": {"event": "plateau"},
}


def is_valid(written: object) -> bool:
    return VALIDATOR.is_valid(written)


def loads(written: Mapping[str, Any]) -> bool:
    try:
        load({key: value for key, value in written.items() if key not in ("triggers", "stop")})
        load_triggers(written.get("triggers", {}))
    except ScheduleError:
        return False
    return True


def phase(**fields: object) -> dict[str, Any]:
    return {"kind": "sequence", "phases": {"main": {"kind": "linear", **fields}}}


def fields_of_text() -> Iterator[tuple[str, str]]:
    """Every field of every kind whose text means something: durations and choices."""
    for kind, node in KINDS.items():
        hints = get_type_hints(node)
        yield from ((kind, name) for name in hints if hints[name] is str and name != "event")


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)

    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("recipe", recipe_names())
def test_every_shipped_recipe_is_valid(recipe: str) -> None:
    text = (files("lr_plugin.conf") / "schedule" / f"{recipe}.yaml").read_text("utf-8")

    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_valid_as_it_is_first_written(kind: str) -> None:
    written = {"kind": kind, **NEEDED.get(kind, {})}

    assert (is_valid(written), loads(written)) == (True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_misspelt_key_is_refused_for_every_kind(kind: str) -> None:
    written = {"kind": kind, **NEEDED.get(kind, {}), "end_vlaue": 0.1}

    assert (is_valid(written), loads(written)) == (False, False)


@pytest.mark.parametrize("kind", NEEDED)
def test_what_a_kind_needs_must_be_there(kind: str) -> None:
    node = {"kind": kind, **NEEDED[kind]}
    required = {*SCHEMA["definitions"][f"node.{kind}"]["required"]} - {"kind"}
    without = [{k: v for k, v in node.items() if k != name} for name in required]

    assert required
    assert [(is_valid(each), loads(each)) for each in without] == [(False, False)] * len(required)


@pytest.mark.parametrize(("kind", "field"), [*fields_of_text()])
def test_text_is_a_duration_or_one_of_the_choices(kind: str, field: str) -> None:
    needed = {"kind": kind, **NEEDED.get(kind, {})}
    written = {**needed, field: "cosine" if field == "interpolation" else "2.5 epochs"}
    wrong = {**needed, field: "500"}

    assert (is_valid(written), loads(written)) == (True, True)
    assert (is_valid(wrong), loads(wrong)) == (False, False)


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "cosin"},
        {"end_value": 0.1},
        {"kind": 3},
        {"kind": "linear", "start_value": "high"},
        {"kind": "linear", "start_value": [1.0]},
        {"kind": "linear", "duration": "5%"},
        {"kind": "linear", "tiggers": {}},
        {"kind": "sequence", "phases": {}},
        {"kind": "sequence", "phases": [COSINE]},
        {"kind": "sequence", "phases": {"main": None}},
        {"kind": "sequence", "phases": {"main": {"kind": "linear", "stop": True}}},
        {"kind": "warp", "schedule": {"kind": "step"}},
        {"kind": "multistep", "milestones": "50%"},
        {"kind": "multistep", "milestones": [50]},
        phase(duration=5),
        phase(duration="5"),
        phase(duration="five steps"),
        phase(duration="5 stpes"),
        phase(relative="yes"),
        phase(until=3),
        {**COSINE, "triggers": {"stall": {"kind": "plato", "monitor": "val/loss"}}},
        {**COSINE, "triggers": {"stall": {"kind": "plateau"}}},
        {**COSINE, "triggers": {"stall": {"kind": "plateau", "monitor": "a", "mode": "least"}}},
        {**COSINE, "triggers": {"stall": {"kind": "plateau", "monitor": "a", "patienc": 3}}},
        {**COSINE, "triggers": {"now": {"kind": "time_left", "budget": "1 h", "left": "10"}}},
    ],
    ids=str,
)
def test_what_the_schema_refuses_the_loader_refuses(written: dict[str, Any]) -> None:
    assert (is_valid(written), loads(written)) == (False, False)


@pytest.mark.parametrize(
    "written",
    [
        phase(duration="5%"),
        phase(duration=" 5 Steps "),
        phase(duration="1e3 steps", until="plateau", relative=True),
        phase(duration=None, ends_at="30%"),
        {"kind": "repeat", "schedule": COSINE, "period": None, "count": 2},
        {**COSINE, "stop": True, "triggers": {"now": {"kind": "file", "path": "cooldown"}}},
    ],
    ids=str,
)
def test_what_the_loader_takes_the_schema_takes(written: dict[str, Any]) -> None:
    assert (is_valid(written), loads(written)) == (True, True)


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "my_pkg.Shape", "anything": 1},
        phase(duration="${trainer.max_epochs} epochs", end_value="${floor}"),
        {"kind": "sequence", "phases": {"a": COSINE, "b": {**COSINE, "before": "a"}}},
    ],
    ids=str,
)
def test_what_only_the_users_config_can_tell_is_taken(written: dict[str, Any]) -> None:
    assert is_valid(written)


def test_a_mistake_is_one_error_that_names_it() -> None:
    def errors(written: object) -> list[str]:
        return [error.message for error in VALIDATOR.iter_errors(written)]

    assert errors({"end_value": 0.1}) == ["'kind' is a required property"]
    assert errors({"kind": "cosine", "end_vlaue": 0.1}) == [
        "Additional properties are not allowed ('end_vlaue' was unexpected)"
    ]
    assert errors(phase(duration=5)) == ["5 is not valid under any of the given schemas"]


def test_every_field_says_what_it_is() -> None:
    nodes = [node for name, node in SCHEMA["definitions"].items() if "." in name]
    fields = [
        field for node in nodes for name, field in node["properties"].items() if name != "kind"
    ]
    silent = [field for field in fields if not field.get("description") and "type" not in field]

    assert len(fields) > 100
    assert silent == []
