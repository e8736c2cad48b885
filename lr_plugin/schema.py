"""A JSON schema of recipes, made from the dataclasses: editors then complete and check the YAML."""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from lr_plugin.schedule import Phase, Schedule, Shape
from lr_plugin.schedule.duration import NUMBER, UNITS
from lr_plugin.schedule.kinds import KINDS
from lr_plugin.trigger.data import KINDS as TRIGGERS

__all__ = ["recipe_schema"]

Json: TypeAlias = dict[str, Any]

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_PLAIN: Final = {float: "number", int: "integer", bool: "boolean", str: "string"}
# A field of one name means the same in every node, so what its text must be goes by its name.
_DURATIONS: Final = (
    *("duration", "ends_at", "every", "period", "timescale", "by", "milestones", "positions"),
    *("start_after", "budget", "left"),
)
_CHOICES: Final[Mapping[str, list[str]]] = {
    "interpolation": ["linear", "cosine", "step"],
    "mode": ["min", "max"],
    "threshold_mode": ["rel", "abs"],
    "best": ["significant", "any"],
    "missing": ["error", "skip"],
}
_ANCHORS: Final = ("before", "after")
_OWN_CLASS: Final = r"^[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)+$"
_FIELD: Final = re.compile(r"^(\w+(?:, \w+)*) : .*\n((?:    .*\n?|\n)+)", re.MULTILINE)


def recipe_schema() -> Json:
    """Give the JSON schema (draft 7) of a recipe.

    The loader knows more: that a factor is above 0, say. What the schema refuses, the loader
    refuses too.

    Returns
    -------
    dict
        In plain containers, for `json.dump`.

    Examples
    --------
    >>> schema = recipe_schema()
    >>> schema["definitions"]["node.linear"]["properties"]["start_value"]["default"]
    1.0
    """
    own = [field for field in dataclasses.fields(Phase) if field.name != "schedule"]
    anchor = {"type": "string", "description": "The phase that this one stands next to."}
    phase = _fields(Phase, own) | dict.fromkeys(_ANCHORS, anchor)
    root = {
        "triggers": {"type": "object", "additionalProperties": _ref("trigger")},
        "stop": {"type": "boolean", "description": "Whether the run stops where this ends."},
    }
    shapes = {kind: node for kind, node in KINDS.items() if issubclass(node, Shape)}
    return {
        "$schema": _DRAFT,
        "title": "A schedule of lr_plugin",
        **_ref("recipe"),
        "definitions": {
            **_family("node", KINDS, {}),
            **_family("phase", KINDS, phase),
            **_family("shape", shapes, {}),
            **_family("recipe", KINDS, root),
            **_family("trigger", TRIGGERS, {}, own_classes=False),
            "duration": {"type": "string", "pattern": _duration()},
            "interpolation": {"type": "string", "pattern": r"\$\{"},
        },
    }


def _ref(definition: str) -> Json:
    return {"$ref": f"#/definitions/{definition}"}


def _duration() -> str:
    letters = ("".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in unit) for unit in UNITS)
    return rf"^\s*{NUMBER}\s*({'|'.join(letters)})\s*$"


def _family(
    name: str, kinds: Mapping[str, type[Any]], beside: Json, *, own_classes: bool = True
) -> Json:
    """Define nodes of several kinds, with the same keys beside their own."""
    known: list[Json] = [{"enum": list(kinds)}]
    own: list[Json] = [{"type": "string", "pattern": _OWN_CLASS}]
    cases = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": _ref(f"{name}.{kind}"),
        }
        for kind in kinds
    ]
    choice: Json = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"anyOf": known + own * own_classes}},
        "allOf": cases,
    }
    return {name: choice} | {
        f"{name}.{kind}": _node(kind, node, beside) for kind, node in kinds.items()
    }


def _node(kind: str, node: type[Any], beside: Json) -> Json:
    fields = dataclasses.fields(node)
    required = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    return {
        "type": "object",
        "description": (inspect.getdoc(node) or "").partition("\n")[0],
        "required": ["kind", *required],
        "properties": {"kind": {"const": kind}, **_fields(node, fields), **beside},
        "additionalProperties": False,
    }


def _fields(node: type[Any], fields: Any) -> Json:  # noqa: ANN401 - of dataclasses, whatever type
    hints, told = typing.get_type_hints(node), _told(node)
    found: Json = {}
    for field in fields:
        found[field.name] = {
            **_value(field.name, hints[field.name]),
            "description": told[field.name],
        }
        if isinstance(field.default, bool | int | float | str):
            found[field.name]["default"] = field.default
    return found


def _told(node: type[Any]) -> dict[str, str]:
    """Give what the docstring says of each field."""
    section = (inspect.getdoc(node) or "").partition("Parameters\n----------\n")[2]
    return {
        name: " ".join(text.split())
        for names, text in _FIELD.findall(section)
        for name in names.split(", ")
    }


def _value(name: str, hint: Any) -> Json:  # noqa: ANN401 - any type
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        others = [_value(name, each) for each in inside if each is not types.NoneType]
        return {"anyOf": [*others, {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _value(name, inside[0]), "minItems": 1}
    if hint == Mapping[str, Phase]:
        return {"type": "object", "additionalProperties": _ref("phase"), "minProperties": 1}
    if hint == Mapping[str, Schedule]:
        return {"type": "object", "additionalProperties": _ref("node"), "minProperties": 1}
    if hint in (Schedule, Shape):
        return _only(_ref("shape" if hint is Shape else "node"))
    return {
        "anyOf": [_text(name) if hint is str else {"type": _PLAIN[hint]}, _ref("interpolation")]
    }


def _text(name: str) -> Json:
    if name in _DURATIONS:
        return _ref("duration")
    return {"enum": _CHOICES[name]} if name in _CHOICES else {"type": "string"}


def _only(reference: Json) -> Json:
    # In draft 7 nothing else is read beside a reference, descriptions too.
    return {"allOf": [reference]}
