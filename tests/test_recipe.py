"""Recipes: what ships, how it is found, and what can be done to it from a shell."""

import itertools
import runpy
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from lr_plugin.recipe import CALLBACK_KEYS, load_schedule, read_recipe, recipe_names
from lr_plugin.schedule import ScheduleError, Sequence, Span, least_span, load
from lr_plugin.schedule.kinds import KINDS

ROOT = Path(__file__).parent.parent
RECIPES = recipe_names()
RAMPS = [
    kind
    for kind, node in KINDS.items()
    if {"start_value", "end_value"} <= set(node.__dataclass_fields__)  # type: ignore[attr-defined] # a dataclass
]
GOLDEN = runpy.run_path(str(ROOT / "scripts" / "golden_write.py"))


def phases(mapping: dict[str, Any]) -> dict[str, Any]:
    return mapping["phases"]  # type: ignore[no-any-return] # a recipe is plain data


def source(name: str) -> str:
    return (files("lr_plugin.conf") / "schedule" / f"{name}.yaml").read_text("utf-8")


def refusal(name: str | Path, *overrides: str) -> str:
    with pytest.raises(ScheduleError) as raised:
        load_schedule(name, overrides)
    return str(raised.value)


# What ships


def test_the_recipes_of_the_main_job_are_there() -> None:
    assert {
        *("constant", "linear", "cosine", "warmup_linear", "warmup_cosine", "wsd", "sgdr"),
        *("one_cycle", "step", "multistep", "exponential", "polynomial", "inverse_sqrt"),
        "triangular",
    } <= set(RECIPES)
    assert sorted(RECIPES) == RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipes_first_line_says_what_it_is_and_where_it_is_from(name: str) -> None:
    first = (
        (files("lr_plugin.conf") / "schedule" / f"{name}.yaml").read_text("utf-8").splitlines()[0]
    )
    assert first.startswith(f"# {name}: ")
    assert "(" in first


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_no_defaults_list_and_nothing_to_resolve(name: str) -> None:
    text = source(name)
    assert "defaults" not in OmegaConf.create(text)
    assert "${" not in text
    assert "???" not in text
    assert "_target_" not in text


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_a_sequence_whose_single_phase_is_called_main(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe["kind"] == "sequence"
    assert set(recipe) <= {"kind", "phases", *CALLBACK_KEYS}
    assert len(phases(recipe)) > 1 or list(phases(recipe)) == ["main"]


@pytest.mark.parametrize("name", RECIPES)
def test_hydra_reads_a_recipe_as_we_do(name: str) -> None:
    assert composed(name, []) == read_recipe(name)


# Recipes with phases in steps, and the shortest run that they fit.
LEAST = {"noam": 400, "cooldown": 1000}


def node(recipe: Mapping[str, object]) -> dict[str, object]:
    """The schedule alone, without what its root says to the callback."""
    return {key: value for key, value in recipe.items() if key not in CALLBACK_KEYS}


@pytest.mark.parametrize("steps", [0, 1, 2, 7, 1000, 10**9])
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_over_any_length(name: str, steps: int) -> None:
    schedule = load_schedule(name)
    span = least_span(schedule, Span(steps))
    curve = schedule.over(span)
    at = np.unique([*range(50), steps // 2, steps - 1 if steps else 0, steps, steps + 10**6])
    assert np.isfinite(curve(at)).all()
    assert (curve(at[at < (span.steps or 0)]) >= 0).all()
    assert curve(span.steps or 0) == curve((span.steps or 0) + 1)
    assert (span.steps == steps) == (steps >= LEAST.get(name, 0))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_no_step_of_a_long_run_at_zero(name: str) -> None:
    assert (load_schedule(name).over(Span(5000))(np.arange(5000)) > 0).all()


# Golden curves


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_the_values_that_it_had(name: str) -> None:
    golden = GOLDEN["stored"](name)
    assert len(golden) == 41
    assert GOLDEN["computed"](name) == pytest.approx(golden, rel=1e-12, abs=1e-15)


def test_there_is_a_golden_curve_for_every_recipe_and_no_other() -> None:
    assert sorted(path.stem for path in GOLDEN["FOLDER"].glob("*.csv")) == RECIPES


# Names and paths


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_found_by_its_name(name: str) -> None:
    assert load(node(read_recipe(name))) == load_schedule(name)


@pytest.mark.parametrize("as_text", [str, Path])
def test_a_recipe_is_found_by_its_path(
    as_text: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "kind: cosine\nend_value: 1e-3\ntriggers: {a: b}\nstop: true\n"
    )
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "mine.yaml", "mine.yaml", "./mine.yaml"):
        assert read_recipe(as_text(path))["stop"] is True
        assert repr(load_schedule(as_text(path))).startswith(
            "Cosine(start_value=1.0, end_value=0.001"
        )


def test_a_users_own_class_is_imported_only_if_allowed(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("kind: lr_plugin.schedule.Linear\n")
    assert "write allow: [lr_plugin]" in refusal(path)
    assert load_schedule(path, allow=["lr_plugin"]) == load({"kind": "linear"})


def test_nothing_in_a_strangers_recipe_is_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr("omegaconf.basecontainer.BaseContainer._resolvers", {})
    OmegaConf.register_new_resolver("run", calls.append, replace=True)
    (tmp_path / "mine.yaml").write_text("kind: linear\nend_value: ${run:this}\n")
    assert "end_value: '${run:this}' is not a number" in refusal(tmp_path / "mine.yaml")
    assert "end_value: '${run:this}' is not a" in refusal(
        "linear", "phases.main.end_value=${run:this}"
    )
    assert calls == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cosin", "schedule: there is no recipe 'cosin'; did you mean 'cosine'?"),
        (
            "warmup_cosin",
            "schedule: there is no recipe 'warmup_cosin'; did you mean 'warmup_cosine'?",
        ),
        ("zzz", f"schedule: there is no recipe 'zzz'; write one of {', '.join(RECIPES)}"),
        ("", "schedule: there is no recipe ''; write one of"),
        ("../cosine", "schedule: there is no file '../cosine' (from "),
        ("cosine.yaml", "schedule: there is no file 'cosine.yaml' (from "),
        (Path("cosine"), "schedule: there is no file 'cosine' (from "),
    ],
)
def test_what_is_not_there_says_what_is(name: str | Path, problem: str) -> None:
    assert refusal(name).startswith(problem)


def test_a_file_that_is_not_there_is_answered_with_what_may_be_written() -> None:
    said = "; write a path from there, or a recipe by its name alone, such as 'warmup_cosine'"
    assert refusal("cosine.yaml").endswith(said)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- kind: linear\n", "' is not a mapping; write kind: sequence, ..."),
        ("kind: [linear\n", "' is not YAML: line 1, 'kind: [linear': '[' is never closed"),
        ("kind: linear\nkind: cosine\n", "' is not YAML: line 2, 'kind: cosine': the key 'kind'"),
        ("kind: !!python/object/apply:os.getcwd []\n", "plain data has no tag such as 'python/"),
        ("", "schedule.kind: has no kind; write one of constant"),
        (
            "kind: linear\nend_valeu: 1\n",
            "schedule.end_valeu: 'linear' has no field 'end_valeu'",
        ),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    assert problem in refusal(path)


# Overrides


@pytest.mark.parametrize("prefix", ["", "schedule."])
@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("phases.warmup.duration=10%", {"duration": "10%"}),
        ("phases.warmup.duration='10 %'", {"duration": "10 %"}),
        ("phases.warmup.duration=500 steps", {"duration": "500 steps"}),
        ('phases.warmup.duration="2 epochs"', {"duration": "2 epochs"}),
        ("phases.warmup.start_value=1e-3", {"start_value": 0.001}),
        ("phases.warmup.start_value=", {"start_value": None}),
        ("phases.warmup.kind=cosine", {"kind": "cosine"}),
        ("+phases.warmup.until=a=b", {"until": "a=b"}),
        ("+phases.warmup.until='a,b'", {"until": "a,b"}),
        ("+phases.warmup.until='a: b'", {"until": "a: b"}),
        ("+phases.warmup.relative=true", {"relative": True}),
        ("++phases.warmup.relative=true", {"relative": True}),
        ("++phases.warmup.duration=1%", {"duration": "1%"}),
        ("phases.warmup={duration: 1%, end_value: 2}", {"duration": "1%", "end_value": 2}),
        ("~phases.warmup.duration", {"duration": ...}),
    ],
)
def test_an_override_changes_one_thing(
    prefix: str, override: str, expected: dict[str, Any]
) -> None:
    sign = "".join(itertools.takewhile("+~".__contains__, override))
    written = f"{sign}{prefix}{override.removeprefix(sign)}"
    warmup = phases(read_recipe("warmup_cosine"))["warmup"] | expected
    changed = {name: value for name, value in warmup.items() if value is not ...}
    recipe = read_recipe("warmup_cosine", [written])
    assert phases(recipe)["warmup"] == changed
    assert phases(recipe)["decay"] == phases(read_recipe("warmup_cosine"))["decay"]


def test_lists_are_replaced_or_changed_in_one_place() -> None:
    whole = read_recipe("multistep", ["phases.main.milestones=[10%, 20%, 30%]"])
    assert phases(whole)["main"]["milestones"] == ["10%", "20%", "30%"]
    one = read_recipe("multistep", ["phases.main.milestones.1=90%"])
    assert phases(one)["main"]["milestones"] == ["50%", "90%"]


def test_overrides_are_applied_in_order_and_leave_the_recipe_alone() -> None:
    added = [
        "+phases.hold={kind: constant, duration: 5%}",
        "phases.hold.duration=6%",
        "~phases.decay",
    ]
    assert phases(read_recipe("warmup_cosine", added))["hold"]["duration"] == "6%"
    assert list(phases(read_recipe("warmup_cosine", added))) == ["warmup", "hold"]
    assert list(phases(read_recipe("warmup_cosine"))) == ["warmup", "decay"]


def test_a_phase_can_be_added_where_it_belongs() -> None:
    hold = "+phases.hold={kind: constant, duration: 500 steps, after: warmup}"
    schedule = load_schedule("warmup_cosine", [hold])
    assert isinstance(schedule, Sequence)
    assert list(schedule.phases) == ["warmup", "hold", "decay"]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        (
            "phases.warmpu.duration=5%",
            "phases.warmpu.duration: the recipe has no 'phases.w",
        ),
        (
            "phases.warmpu=5%",
            "phases.warmpu: the recipe has no 'phases.warmpu'; did you",
        ),
        (
            "phases.warmup.until=x",
            "phases.warmup.until: the recipe has no 'phases.warmup.until'",
        ),
        (
            "~phases.warmpu",
            "phases.warmpu: the recipe has no 'phases.warmpu'; did you",
        ),
        (
            "~phases.warmup.kind.x",
            "phases.warmup.kind.x: the recipe has no 'phases.warmup.kind.x'",
        ),
        (
            "+phases.warmup.kind=cosine",
            "phases.warmup.kind: the recipe has 'phases.warmup.kind' ",
        ),
        ("~phases.warmup=1", "phases.warmup: to remove takes no value; write '~phases.warmup'"),
        (
            "phases.warmup",
            "phases.warmup: 'phases.warmup' says nothing to write",
        ),
        ("+phases.x", "phases.x: '+phases.x' says nothing to write; write '+phases.x=...'"),
        ("", "'' is no override; write 'key=value', '+key=value', '~key'"),
        ("~", "'~' is no override"),
        ("=1", "'=1' is no override"),
        ("+=1", "'+=1' is no override"),
        ("phases..warmup=1", "'phases..warmup=1' is no override"),
        ("phases.warmup.=1", "'phases.warmup.=1' is no override"),
        ("phases.warmup.duration =5%", "'phases.warmup.duration =5%' is no override"),
        ("phases.warmup.duration=[5%", "schedule: 'phases.warmup.duration=[5%' is not YAML: line"),
        (
            "phases.warmup=null",
            "schedule.phases.warmup: None is not a phase; write {kind:",
        ),
        ("~phases", "schedule.phases: 'sequence' needs phases; add it with '+schedule.phases=...'"),
        (
            "phases.warmup.duration=5",
            "schedule.phases.warmup.duration: 5 has no unit; write '5",
        ),
    ],
)
def test_an_override_that_cannot_be_applied_is_refused(override: str, problem: str) -> None:
    assert refusal("warmup_cosine", override).startswith(problem)


def test_one_element_of_a_list_cannot_be_removed() -> None:
    assert refusal("multistep", "~phases.main.milestones.0") == (
        "phases.main.milestones.0: is part of a list; write the whole list"
    )


# Sweeping kinds, and warming up


def ramps_in(node: dict[str, Any], key: str = "") -> list[str]:
    """Keys of all nodes whose kind is a ramp."""
    parts = node.get("phases", {}) | node.get("factors", {})
    group = "phases" if "phases" in node else "factors"
    inner = [(f"{key}{group}.{name}.", part) for name, part in parts.items()]
    inner += [(f"{key}schedule.", node["schedule"])] if "schedule" in node else []
    own = [key] if node["kind"] in RAMPS else []
    return own + [found for deeper, part in inner for found in ramps_in(part, deeper)]


SWEPT = [
    (name, key, kind) for name in RECIPES for key in ramps_in(read_recipe(name)) for kind in RAMPS
]


def test_there_are_ramps_to_sweep() -> None:
    assert len(RAMPS) >= 6
    assert len({(name, key) for name, key, _ in SWEPT}) >= 20


def removal_in(error: ScheduleError) -> str:
    """Give the exact override that an error prints."""
    return str(error).rpartition("(to remove it: '")[2].removesuffix("')")


def composed(name: str, overrides: list[str]) -> dict[str, Any]:
    """Let Hydra compose a recipe, as the shell does."""
    with initialize_config_module("lr_plugin.conf", version_base="1.3"):
        config = compose(overrides=[f"+schedule={name}", *overrides])
    plain: Any = OmegaConf.to_container(config.schedule)
    return plain  # type: ignore[no-any-return] # a mapping


def settled(name: str, overrides: list[str]) -> list[str]:
    """Add the removals that errors print, until the recipe loads."""
    try:
        load_schedule(name, overrides)
    except ScheduleError as error:
        return settled(name, [*overrides, removal_in(error)])
    return overrides


@pytest.mark.parametrize(("name", "key", "kind"), SWEPT)
def test_the_kind_of_any_ramp_can_be_swept(name: str, key: str, kind: str) -> None:
    overrides = settled(name, [f"schedule.{key}kind={kind}"])
    removed = [override for override in overrides if override.startswith(f"~schedule.{key}")]
    assert overrides[1:] == removed
    schedule = load_schedule(name, overrides)
    assert np.isfinite(schedule.over(Span(1000))(np.arange(1000))).all()


@pytest.mark.parametrize(("name", "key"), sorted({(name, key) for name, key, _ in SWEPT}))
def test_what_an_error_says_to_remove_can_be_removed_in_hydra(name: str, key: str) -> None:
    overrides = settled(name, [f"schedule.{key}kind=linear"])
    assert load(node(composed(name, overrides))) == load_schedule(name, overrides)


@pytest.mark.parametrize("name", RECIPES)
def test_a_warm_up_can_be_put_in_front_of_anything(name: str) -> None:
    first = next(iter(phases(read_recipe(name))))
    ramp = "{kind: linear, start_value: 0.01, end_value: 1.0, duration: 50 steps, before: " + first
    with_warmup = load_schedule(name, ["+phases.first_of_all=" + ramp + "}"])
    assert isinstance(with_warmup, Sequence)
    assert next(iter(with_warmup.phases)) == "first_of_all"
    curve = with_warmup.over(Span(2000))
    assert list(curve([0, 25])) == pytest.approx([0.01, 0.505])
    assert curve(50) == pytest.approx(load_schedule(name).over(Span(1950))(0))
