"""The node as data: what may be written, and what is equal."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest

from lr_plugin.interop import Torch
from lr_plugin.schedule import ScheduleError, Span, dump, identity, load

TORCH = "torch.optim.lr_scheduler"
HALVES = Torch(scheduler=f"{TORCH}.ExponentialLR", arguments={"gamma": 0.5})
ALLOW = ["lr_plugin.interop"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"scheduler": 3}, "scheduler: 3 is no name; write for example 'torch.optim."),
        ({"arguments": [1]}, "arguments: [1] is no mapping; write {gamma: 0.5}"),
        ({"arguments": {"optimizer": 1}}, "arguments.optimizer: the optimizer is given; remove it"),
        ({"arguments": {"f": print}}, "arguments.f: <built-in function print> is not plain data;"),
        ({"arguments": {"f": [1, {2: 3}]}}, "arguments.f.1: 2 is not text; write it in quotes"),
        (
            {"arguments": {"T_max": 9}, "total_argument": "T_max"},
            "total_argument: 'T_max' is among",
        ),
        ({"total_argument": 9}, "total_argument: 9 is no name; write for example 'T_max'"),
        ({"every": "epoch"}, "every: 'epoch' is not a duration; write"),
        ({"key": "beta.0"}, "key: 'beta.0' is not a choice; did you mean 'betas.0'?"),
        ({"base": 0}, "base: 0 must be above 0"),
        ({"absolute": "yes"}, "absolute: 'yes' is not true or false"),
    ],
)
def test_a_wrong_field_is_an_error_where_it_is_written(
    fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ScheduleError) as caught:
        Torch(**{"scheduler": f"{TORCH}.StepLR", **fields})

    assert str(caught.value).startswith(problem)


def test_it_is_data() -> None:
    written = {"schedulers": [{"scheduler": "a.b"}], "milestones": (1, 2), "x": {"y": None}}
    node = Torch(scheduler="some.Scheduler", arguments=written, every="2 epochs", key="betas.1")

    assert load(json.loads(json.dumps(dump(node))), allow=ALLOW) == node
    assert dump(node)["kind"] == "lr_plugin.interop.Torch"
    assert eval(repr(node)) == node  # noqa: S307 - that is what a repr promises
    assert pickle.loads(pickle.dumps(node)) == node  # noqa: S301 - our own
    assert len({node, replace(node)}) == 1
    assert node != HALVES
    assert node != "Torch"


@pytest.mark.parametrize(
    "other",
    [
        {"scheduler": "some.Other"},
        {"arguments": {"gamma": 1}},
        {"total_argument": "T_max"},
        {"every": "2 steps"},
        {"key": "momentum"},
        {"base": 2.0},
        {"absolute": True},
    ],
)
def test_nodes_that_differ_anywhere_are_not_equal(other: dict[str, Any]) -> None:
    node = Torch(scheduler="some.Scheduler", arguments={"gamma": 1.0})

    assert replace(node, **other) != node


def test_its_identity_covers_arguments_and_length() -> None:
    curves = [
        HALVES.over(Span(9)),
        HALVES.over(Span(8)),
        replace(HALVES, arguments={"gamma": 0.25}).over(Span(8)),
    ]

    assert len({identity(curve) for curve in curves}) == 3
