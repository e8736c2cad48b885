"""Mappings and back; and what mappings from strangers may not do."""

import builtins
import dataclasses
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import lr_plugin.schedule as algebra
from lr_plugin.schedule import (
    Cosine,
    Linear,
    Multistep,
    Phase,
    Repeat,
    Schedule,
    ScheduleError,
    Sequence,
    Span,
    dump,
    load,
)
from lr_plugin.schedule.kinds import KINDS

LINEAR = {"kind": "linear"}
THREE = {"a": LINEAR, "b": LINEAR, "c": LINEAR}


def refusal(mapping: object, **more: Any) -> str:  # noqa: ANN401 - any argument of load
    with pytest.raises(ScheduleError) as raised:
        load(mapping, **more)  # type: ignore[arg-type] # wrong on purpose
    return str(raised.value)


def order(phases: dict[Any, Any]) -> list[str]:
    loaded = load({"kind": "sequence", "phases": phases})
    assert isinstance(loaded, Sequence)
    return list(loaded.phases)


# There and back


def test_the_kind_of_a_node_is_its_name_in_snake_case() -> None:
    nodes = {name for name, node in vars(algebra).items() if _is_node(node)}
    assert {node.__name__ for node in KINDS.values()} == nodes
    assert KINDS["inverse_sqrt"] is algebra.InverseSqrt
    assert [kind.replace("_", "") for kind in KINDS] == [n.__name__.lower() for n in KINDS.values()]


def _is_node(node: object) -> bool:
    return isinstance(node, type) and issubclass(node, Schedule) and dataclasses.is_dataclass(node)


def test_every_node_without_a_required_field_loads_from_its_kind_alone() -> None:
    loaded = {}
    for kind, node in KINDS.items():
        fields = dataclasses.fields(node)  # type: ignore[arg-type] # every node is one
        if kind != "repeat" and all(f.default is not dataclasses.MISSING for f in fields):
            loaded[kind] = type(load({"kind": kind}))
    assert loaded == {kind: KINDS[kind] for kind in loaded}
    assert {"constant", "linear", "step", "knots"} <= set(loaded)


@pytest.mark.parametrize(
    "mapping",
    [
        {"kind": "multistep", "milestones": ["50%", "75%"], "factor": 0.1},
        {"kind": "exponential", "start_value": 1.0, "end_value": 0.1},
        {
            "kind": "clamp",
            "schedule": {"kind": "sqrt", "start_value": 1, "end_value": 0},
            "min_value": 0.1,
        },
        {
            "kind": "sequence",
            "phases": {
                "z": {"kind": "constant", "value": 1.0, "until": "plateau", "relative": False},
                "a": {
                    "kind": "drop",
                    "event": "e",
                    "factor": 0.1,
                    "ends_at": "9%",
                    "relative": True,
                },
            },
        },
    ],
)
def test_what_is_dumped_is_what_was_written(mapping: dict[str, Any]) -> None:
    assert dump(load(mapping)) == mapping
    assert list(dump(load(mapping))) == list(mapping)
    assert yaml.safe_load(yaml.safe_dump(dump(load(mapping)), sort_keys=False)) == mapping


def test_a_dump_has_plain_values_only() -> None:
    schedule = Sequence(phases={"a": Phase(schedule=Multistep()), "b": Phase(schedule=Linear())})
    plain = dump(Repeat(schedule=schedule, count=2))
    assert yaml.safe_load(yaml.safe_dump(plain)) == plain


def test_loading_leaves_the_mapping_as_it_was() -> None:
    mapping = {"kind": "sequence", "phases": {"b": {**LINEAR, "after": "a"}, "a": dict(LINEAR)}}
    before = yaml.safe_dump(mapping, sort_keys=False)
    load(mapping)
    assert yaml.safe_dump(mapping, sort_keys=False) == before


# Order


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "a b c"),
        ({"x": {"after": "a"}}, "a x b c"),
        ({"x": {"before": "a"}}, "x a b c"),
        ({"x": {"after": "c"}}, "a b c x"),
        ({"x": {"before": "c"}}, "a b x c"),
        ({"x": {"after": "y"}, "y": {"after": "a"}}, "a y x b c"),
        ({"x": {"before": "y"}, "y": {"before": "a"}}, "x y a b c"),
        ({"c": {"before": "a"}}, "c a b"),
        ({"a": {"after": "c"}}, "b c a"),
        ({"x": {"before": "b"}, "y": {"before": "b"}}, "a x y b c"),
    ],
)
def test_phases_stand_next_to_their_anchor(more: dict[str, Any], expected: str) -> None:
    phases = THREE | {name: {**LINEAR, **anchor} for name, anchor in more.items()}
    assert order(phases) == expected.split()


def test_anchors_are_not_part_of_the_schedule() -> None:
    phases = {"a": LINEAR, "b": {**LINEAR, "before": "a", "duration": "5%"}}
    plain = {"b": {**LINEAR, "duration": "5%"}, "a": LINEAR}
    assert load({"kind": "sequence", "phases": phases}) == load(
        {"kind": "sequence", "phases": plain}
    )


def test_names_may_be_numbers_in_yaml() -> None:
    assert order({1: LINEAR, 2: {**LINEAR, "before": 1}}) == ["2", "1"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"x": {"after": "aa"}}, "s.phases.x.after: there is no phase 'aa'; did you mean 'a'?"),
        (
            {"x": {"before": "warm"}},
            "s.phases.x.before: there is no phase 'warm'; write one of a, b",
        ),
        ({"x": {"before": None}}, "s.phases.x.before: there is no phase 'None'; write one of a, b"),
        ({"x": {"before": "a", "after": "b"}}, "s.phases.x: has both before and after; remove one"),
        ({"x": {"after": "x"}}, "s.phases: x are each placed by another"),
        (
            {"x": {"after": "y"}, "y": {"after": "x"}},
            "s.phases: x and y are each placed by another",
        ),
    ],
)
def test_an_anchor_that_is_not_there_is_refused(more: dict[str, Any], problem: str) -> None:
    phases = THREE | {name: {**LINEAR, **anchor} for name, anchor in more.items()}
    assert refusal({"kind": "sequence", "phases": phases}, key="s").startswith(problem)


# Bad input


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (None, "s: None is not a mapping; write {kind: cosine, ...}"),
        ("cosine", "s: 'cosine' is not a mapping; write {kind: cosine, ...}"),
        ([LINEAR], "s: [{'kind': 'linear'}] is not a mapping; write {kind: cosine, ...}"),
        (
            Linear(),
            "s: Linear(start_value=1.0, end_value=0.0) is not a mapping; write {kind: cosine",
        ),
        ({}, "s.kind: has no kind; write one of constant, linear, cosine, power, "),
        ({"kind": None}, "s.kind: has no kind; write one of constant, linear, cosine, power, "),
        ({"Kind": "linear"}, "s.kind: has no kind; write one of constant, linear, cosine, power, "),
        ({"_target_": "os.system"}, "s.kind: has no kind; write one of"),
        ({"kind": 3}, "s.kind: 3 is not the name of a kind"),
        ({"kind": ["linear"]}, "s.kind: ['linear'] is not the name of a kind"),
        ({"kind": LINEAR}, "s.kind: {'kind': 'linear'} is not the name of a kind"),
        (
            {"kind": Linear},
            "s.kind: <class 'lr_plugin.schedule.shapes.Linear'> is not the name of a",
        ),
        ({"kind": "cosin"}, "s.kind: 'cosin' is not a kind of schedule; did you mean 'cosine'?"),
        ({"kind": "Linear"}, "s.kind: 'Linear' is not a kind of schedule; did you mean 'linear'?"),
        ({"kind": "phase"}, "s.kind: 'phase' is not a kind of schedule; write one of constant, "),
        ({"kind": ""}, "s.kind: '' is not a kind of schedule; write one of constant, linear, "),
        (
            {"kind": "linear", "strat_value": 1},
            (
                "s.strat_value: 'linear' has no field 'strat_value'; did you mean 'start_value'? "
                "(to remove it: '~s.strat_value')"
            ),
        ),
        (
            {"kind": "linear", "gamma": 2.0},
            (
                "s.gamma: 'linear' has no field 'gamma'; write one of start_value, end_value (to "
                "remove it: '~s.gamma')"
            ),
        ),
        ({"kind": "linear", 3: 1}, "s.3: 'linear' has no field '3'; write one of"),
        ({"kind": "linear", "duration": "5%"}, "s.duration: 'linear' has no field 'duration'"),
        (
            {"kind": "linear", "_target_": "os.system"},
            "s._target_: 'linear' has no field '_target_'",
        ),
        ({"kind": "scaled"}, "s.event: 'scaled' needs event; add it with '+s.event=...'"),
        (
            {"kind": "sequence", "phases": {"a": {**LINEAR, "duratoin": "5%"}}},
            (
                "s.phases.a.duratoin: 'linear' has no field 'duratoin'; did you mean 'duration'? "
                "(to remove it: '~s.phases.a.duratoin')"
            ),
        ),
        (
            {"kind": "sequence", "phases": {"a": {**LINEAR, "schedule": LINEAR}}},
            "s.phases.a.schedule: 'linear' has no field 'schedule'; write one of start_value, ",
        ),
        (
            {
                "kind": "sequence",
                "phases": {
                    "a": {
                        "kind": "repeat",
                        "count": 2,
                        "schedule": {
                            "kind": "product",
                            "factors": {"b": {"kind": "clamp", "schedule": {"kind": "sin"}}},
                        },
                    }
                },
            },
            "s.phases.a.schedule.factors.b.schedule.kind: 'sin' is not a kind of schedule; did you",
        ),
    ],
)
def test_a_mapping_that_is_wrong_is_refused_with_its_key(mapping: object, message: str) -> None:
    assert refusal(mapping, key="s").startswith(message)


def test_the_key_begins_where_the_mapping_was_written() -> None:
    assert refusal({"kind": "sin"}).startswith("schedule.kind: ")
    assert refusal({"kind": "sin"}, key="rules.lr.schedule").startswith("rules.lr.schedule.kind: ")


def test_a_mapping_nested_too_deeply_is_refused() -> None:
    deep: dict[str, Any] = LINEAR
    for _ in range(5000):
        deep = {"kind": "clamp", "min_value": 0, "schedule": deep}
    assert refusal(deep) == "schedule: is nested too deeply; write it flatter"


def test_a_mapping_inside_itself_is_refused() -> None:
    ring: dict[str, Any] = {"kind": "clamp", "min_value": 0}
    ring["schedule"] = ring
    assert refusal(ring) == "schedule: is nested too deeply; write it flatter"


# What a stranger's mapping may not do

KINDS_OF_STRANGERS = """
os.system os.remove os._exit subprocess.run subprocess.Popen subprocess.getoutput builtins.eval
builtins.exec builtins.open builtins.__import__ builtins.compile builtins.breakpoint
importlib.import_module runpy.run_path runpy.run_module code.interact pdb.set_trace
shutil.rmtree pathlib.Path pickle.loads marshal.loads ctypes.CDLL socket.socket
urllib.request.urlopen http.server.HTTPServer webbrowser.open antigravity.geohash this.s
torch.load torch.hub.load numpy.load hydra.utils.instantiate hydra.utils.get_class
omegaconf.OmegaConf yaml.unsafe_load sys.exit sys.setrecursionlimit types.FunctionType
lr_plugin.schedule.Linear lr_plugin.schedule.shapes.Linear lr_plugin.interop.Torch __main__.x
__builtins__.eval .os.system ..os.system os..system os.system. . .. ... a. .a my_pkg my_pkg.
my_pkg.. .my_pkg my_pkg_evil.X my_pkgX.X my.pkg.X My_pkg.X MY_PKG.Shape xmy_pkg.X evil.my_pkg.X
my_pkg:Shape my_pkg/Shape my_pkg/../evil.X my_pkg\\X ../my_pkg.X evil_module.X evil_module.Shape
os.path.join os.system() eval('1').x lambda:0. linear.x cosine. constant.Constant kind.kind
schedule.Linear Linear. -m.x --help.x $(id).x ${oc.env:HOME}.x {}.x {0}.x %s.x ;rm.x tab.x
\x00null.x \xe9.x os\u2024system os\uff0esystem _posixsubprocess.fork_exec
multiprocessing.Process threading.Thread asyncio.run atexit.register signal.alarm gc.collect
logging.config.dictConfig unittest.main tkinter.Tk turtle.forward distutils.core
"""
HOSTILE = KINDS_OF_STRANGERS.split()


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Modules that leave a trace when they are imported or called."""
    trace = tmp_path / "trace"
    leave = f"open({str(trace)!r}, 'w').close()\n"
    (tmp_path / "evil_module.py").write_text(leave)
    (tmp_path / "my_pkg_evil.py").write_text(leave)
    (tmp_path / "my_pkg.py").write_text(
        "import os\nfrom dataclasses import dataclass\nfrom lr_plugin.schedule import Shape\n"
        "@dataclass(frozen=True, kw_only=True)\nclass Half(Shape):\n"
        "    of: float = 1.0\n    def at(self, progress): return progress * 0 + self.of / 2\n"
        "class Bare(Shape):\n    def at(self, progress): return progress\n"
        f"def call(*args, **kwargs): {leave}"
        f"class NotOne:\n    def __init__(self, **kwargs): {leave}"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield trace
    for name in ("my_pkg", "my_pkg_evil", "evil_module"):
        sys.modules.pop(name, None)


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of all modules that lr_plugin imports from here on, in either way."""
    asked: list[str] = []
    statement = builtins.__import__

    def noted(name: str, where: Any = None, *more: Any) -> ModuleType:  # noqa: ANN401 - passed on
        if where and where.get("__name__", "").startswith("lr_plugin"):
            asked.append(name)
        return statement(name, where, *more)

    monkeypatch.setattr(builtins, "__import__", noted)
    monkeypatch.setattr(importlib, "import_module", asked.append)
    return asked


def test_there_are_a_hundred_hostile_kinds() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_strangers_mapping_imports_nothing(kind: str, evil: Path, imports: list[str]) -> None:
    modules = set(sys.modules)
    for mapping in (
        {"kind": kind},
        {"kind": kind, "command": "true", "args": ["true"], "_args_": ["true"], "_target_": kind},
        {"kind": "clamp", "min_value": 0, "schedule": {"kind": kind}},
        {"kind": "sequence", "phases": {"a": {"kind": kind, "duration": "5%"}}},
        {"kind": "product", "factors": {"a": {"kind": kind}}},
    ):
        assert "kind: " in refusal(mapping)
    assert imports == []
    assert set(sys.modules) == modules
    assert not evil.exists()


@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if not kind.startswith("my_pkg.")])
def test_what_is_allowed_lets_nothing_else_in(kind: str, evil: Path, imports: list[str]) -> None:
    assert "kind: " in refusal({"kind": kind}, allow=["my_pkg", "my_pkg.sub"])
    assert imports == []
    assert not evil.exists()


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("my_pkg.", "'my_pkg.' cannot be imported"),
        ("my_pkg..", "'my_pkg..' cannot be imported"),
        ("my_pkg..Half", "'my_pkg..Half' cannot be imported"),
        ("my_pkg.missing", "'my_pkg.missing' cannot be imported"),
        ("my_pkg.sub.Half", "'my_pkg.sub.Half' cannot be imported"),
        ("my_pkg.os.system", "'my_pkg.os.system' cannot be imported"),
        ("my_pkg.os", "'my_pkg.os' is not a subclass of lr_plugin.schedule.Schedule"),
        ("my_pkg.call", "'my_pkg.call' is not a subclass of lr_plugin.schedule.Schedule"),
        ("my_pkg.NotOne", "'my_pkg.NotOne' is not a subclass of lr_plugin.schedule.Schedule"),
        ("my_pkg.Half.at", "'my_pkg.Half.at' cannot be imported"),
        ("my_pkg.dataclass", "'my_pkg.dataclass' is not a subclass of lr_plugin.schedule.Schedule"),
        ("my_pkg.Bare", "'my_pkg.Bare' is not a dataclass; decorate it with @dataclass"),
        ("my_pkg.Shape", "'my_pkg.Shape' is not a dataclass; decorate it with @dataclass"),
        ("my_pkg.Half\n", "'my_pkg.Half\\n' cannot be imported"),
        ("my_pkg.\x00.X", "'my_pkg.\\x00.X' cannot be imported"),
    ],
)
def test_a_class_is_checked_before_it_is_called(kind: str, problem: str, evil: Path) -> None:
    assert refusal({"kind": kind}, allow=["my_pkg"]).startswith(f"schedule.kind: {problem}")
    assert not evil.exists()


@pytest.mark.usefixtures("evil")
def test_a_users_own_schedule_loads_dumps_and_is_checked_like_ours() -> None:
    mapping = {"kind": "my_pkg.Half", "of": 3.0}
    half = load(mapping, allow=["my_pkg"])
    assert half.over(Span(4))(2) == 1.5
    assert dump(half) == mapping
    assert refusal({"kind": "my_pkg.Half", "off": 3}, allow=["my_pkg"]) == (
        "schedule.off: 'my_pkg.Half' has no field 'off'; did you mean 'of'? (to remove it: "
        "'~schedule.off')"
    )


def test_a_dotted_kind_says_what_to_allow() -> None:
    assert refusal({"kind": "my_pkg.sub.Half"}) == (
        "schedule.kind: 'my_pkg.sub.Half' would import code; if you trust it, write allow: [my_pkg]"
    )


def test_allow_is_a_list_of_names_not_of_letters() -> None:
    assert (
        refusal({"kind": "m.X"}, allow="my_pkg") == "allow: 'my_pkg' is not a list; write [my_pkg]"
    )


def test_a_schedule_that_python_builds_needs_no_permission() -> None:
    assert dump(Cosine()) == {"kind": "cosine", "start_value": 1.0, "end_value": 0.0, "power": 1.0}


def test_several_phases_after_one_anchor_keep_the_order_in_which_they_were_written() -> None:
    leaf = {"kind": "constant", "duration": "10%"}
    phases = {
        "warmup": leaf,
        "rest": {"kind": "constant"},
        "one": {**leaf, "after": "warmup"},
        "two": {**leaf, "after": "warmup"},
        "three": {**leaf, "before": "rest"},
        "four": {**leaf, "before": "rest"},
    }

    loaded = load({"kind": "sequence", "phases": phases})

    assert list(dump(loaded)["phases"]) == ["warmup", "one", "two", "three", "four", "rest"]
