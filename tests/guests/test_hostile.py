"""A schedule is data: what a stranger's mapping or file may try, and that nothing comes of it.

That a dotted `kind` imports nothing unless it is allowed is tried in tests/schedule/test_data.py.
"""

import dataclasses
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import Schedule, ScheduleError, load
from lr_plugin.schedule.kinds import KINDS

BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

# A stranger's file, and a part of what is said of it.
TEXTS = {
    "a call": (
        "!!python/object/apply:os.system [touch trace]",
        "no tag such as 'python/object/apply:os.system'",
    ),
    "a new object": (
        "!!python/object/new:os.system [touch trace]",
        "no tag such as 'python/object/new:os",
    ),
    "a name": ("kind: !!python/name:os.system", "plain data has no tag such as 'python/name"),
    "a module": ("kind: !!python/module:os", "has no tag such as 'python/module:os'; remove"),
    "a tag of its own": ("!evil {kind: linear}", "plain data has no tag such as '!evil'; remove"),
    "a target": ("kind: linear\n_target_: os.system", "'linear' has no field '_target_'"),
    "a target alone": ("_target_: os.system\ncommand: touch trace", "schedule.kind: has no kind"),
    "a partial": ("kind: linear\n_partial_: true", "'linear' has no field '_partial_'"),
    "arguments": ("kind: linear\n_args_: [1]", "'linear' has no field '_args_'"),
    "a defaults list": ("defaults: [os]\nkind: linear", "'linear' has no field 'defaults'"),
    "a resolver": ("kind: linear\nend_value: ${oc.env:HOME}", "'${oc.env:HOME}' is not a number"),
    "a resolver as the kind": ("kind: ${oc.env:HOME}", "'${oc.env:HOME}' "),
    "half a resolver": ("kind: ${", "cannot be read: no viable alternative"),
    "nested resolvers": ("kind: linear\nend_value: ${${${a}}}", "'${${${a}}}' is not a number"),
    "a value that is missing": ("kind: ???", "'???' is not a kind of schedule"),
    "a bomb of aliases": (f"{BOMB}kind: linear", "its aliases make more than 10000 values"),
    "an alias of itself": ("&a {kind: clamp, schedule: *a}", "its aliases make more than 10000"),
    "a list in itself": ("kind: &a [*a]", "its aliases make more than 10000 values"),
    "a deep list": (f"kind: {'[' * 700}", "is nested too deeply; write it flatter"),
    "a deep mapping": ("{kind: clamp, schedule: " * 700, "is nested too deeply"),
    "an endless number": (
        f"kind: linear\nend_value: {'9' * 5000}",
        "cannot be read: Exceeds the limit",
    ),
    "an endless exponent": ("kind: linear\nend_value: 1e999", "inf is not finite"),
    "no number": ("kind: linear\nend_value: .nan", "nan is not finite"),
    "a date": ("kind: linear\nend_value: 2020-13-45", "'2020-13-45' is not a number"),
    "a set": ("kind: !!set {a, b}", "cannot be read: Value 'set' is not a supported"),
    "bytes": ("kind: !!binary aGVsbG8=", "b'hello' is not the name of a kind"),
    "a merge": ("base: &b {kind: linear}\n<<: *b", "'linear' has no field 'base'"),
    "two documents": ("kind: linear\n---\nkind: cosine", "line 2, '---': '---' begins a second"),
    "two of one key": ("kind: linear\nkind: os.system", "the key 'kind' is there twice; remove"),
    "a null key": ("kind: linear\n~: 1", "cannot be read: Incompatible key type"),
    "a key of keys": ("? {a: b}\n: 1\nkind: linear", "a key is text or a number; write it"),
    "a null byte": ("kind: \0", "is not YAML: unacceptable character"),
    "a number alone": ("5", "is not a mapping"),
    "a sentence": ("run this for me, please", "is not a mapping"),
    "a list": ("- kind: linear", "is not a mapping"),
    "nothing": ("", "schedule.kind: has no kind"),
}
OVERRIDES = {
    "phases.main.kind=os.system": "'os.system' would import code",
    "phases.main.end_value=!!python/name:os.system": "no tag such as 'python/name:os.system'",
    "phases.main.end_value=${": "cannot be read: no viable alternative",
    "phases.main.end_value=${oc.env:HOME}": "'${oc.env:HOME}' is not a number",
    f"phases.main.end_value={'9' * 5000}": "cannot be read: Exceeds the limit",
    f"phases.main.end_value={'[' * 700}": "is nested too deeply",
    "+phases.main.x=&a [*a]": "its aliases make more than 10000 values",
    "+phases.main._target_=os.system": "'cosine' has no field '_target_'",
}


# Parts of them are loaded when they are needed.
PARSERS = ("antlr4", "omegaconf", "yaml", "lr_plugin.yaml_error")


@pytest.mark.parametrize("name", TEXTS)
def test_a_strangers_file_is_refused_in_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, problem = TEXTS[name]
    Path("recipe.yaml").write_bytes(text.encode())
    modules = set(sys.modules)
    with pytest.raises(ScheduleError) as raised:
        load_schedule("recipe.yaml")

    assert problem in str(raised.value)
    assert len(str(raised.value)) < 1000
    assert {n for n in set(sys.modules) - modules if not n.startswith(PARSERS)} == set()
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.yaml"]


def test_a_bomb_costs_no_time(tmp_path: Path) -> None:
    (tmp_path / "bomb.yaml").write_text(f"{BOMB}kind: linear")
    began = time.process_time()
    with pytest.raises(ScheduleError):
        load_schedule(tmp_path / "bomb.yaml")

    assert time.process_time() - began < 2


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(ScheduleError, match=r"is not text .*'utf-8' codec can't decode.*; save"):
        load_schedule(tmp_path / "recipe.yaml")


def test_an_alias_that_only_saves_typing_is_welcome(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("kind: linear\nstart_value: &x 0.5\nend_value: *x\n")

    assert load_schedule(tmp_path / "recipe.yaml") == load(
        {"kind": "linear", "start_value": 0.5, "end_value": 0.5}
    )


@pytest.mark.parametrize("override", OVERRIDES, ids=lambda text: text[:40])
def test_a_strangers_override_is_refused_in_a_sentence(override: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        load_schedule("cosine", [override])

    assert OVERRIDES[override] in str(raised.value)
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    ("allow", "problem"),
    [
        ("my_pkg", "'my_pkg' is not a list; write [my_pkg]"),
        (None, "None is not a list; write [my_pkg], or []"),
        (True, "True is not a list; write [my_pkg], or []"),
        ([""], "'' is not the name of a package; write for example my_pkg"),
        (["*"], "'*' is not the name of a package"),
        (["."], "'.' is not the name of a package"),
        (["my_pkg."], "'my_pkg.' is not the name of a package"),
        (["my_pkg.*"], "'my_pkg.*' is not the name of a package"),
        ([None], "None is not the name of a package"),
        ([["os"]], "['os'] is not the name of a package"),
    ],
)
def test_what_allows_nothing_that_can_be_named_is_refused(allow: Any, problem: str) -> None:  # noqa: ANN401 - wrong on purpose
    for make in (lambda: load({"kind": "linear"}, allow=allow), lambda: _callback(allow)):
        with pytest.raises(ScheduleError) as raised:
            make()
        assert str(raised.value).startswith(f"allow: {problem}")


def _callback(allow: Any) -> LearningRateScheduler:  # noqa: ANN401 - wrong on purpose
    return LearningRateScheduler({"kind": "linear"}, allow=allow)


# Mappings made at random from the words that mean something here.

WORDS = sorted(
    {*KINDS, "kind", "phases", "duration", "until", "before", "after", "_target_", "os.system"}
    | {field.name for node in KINDS.values() for field in dataclasses.fields(node)}  # type: ignore[arg-type] # every node is one
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([*WORDS, "5%", "10 steps", "rest", "my_pkg.Shape", "builtins.eval"]),
)
NODES = st.recursive(
    LEAVES,
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), parts, max_size=4)
        | st.builds(
            lambda kind, rest: {**rest, "kind": kind},
            st.sampled_from(sorted(KINDS)),
            st.dictionaries(st.sampled_from(WORDS), parts, max_size=3),
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(NODES)
def test_whatever_is_written_is_a_schedule_or_a_sentence(written: Any) -> None:  # noqa: ANN401 - anything
    modules = set(sys.modules)
    try:
        made: object = load(written)
    except ScheduleError as error:
        made = error

    assert isinstance(made, Schedule | ScheduleError)
    assert set(sys.modules) == modules
