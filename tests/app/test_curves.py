"""From overrides to curves, and what each mistake is answered with."""

from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from lr_plugin.app.curves import compose_members
from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Curve, ScheduleError, Span

NO_RECIPE = "does not choose a recipe; write for example schedule=wsd, or schedule=wsd,sgdr for two"
NO_FORM = "is not of the form key=value; write for example schedule=wsd, put quotes around what"
KEYS = "schedule, callbacks, steps, steps_per_epoch, samples_per_step, lr, allow"

# What is written, separated by two blanks, and the whole answer.
MISTAKES = {
    "schedule=wds": "there is no schedule 'wds'; did you mean 'wsd'?",
    "schedule=zz": f"there is no schedule 'zz'; write one of {', '.join(recipe_names())}",
    "schedule=wsd,wds": "there is no schedule 'wds'; did you mean 'wsd'?",
    "schedule=null": f"'schedule=null' {NO_RECIPE}",
    "schedule=[wsd,sgdr]": f"'schedule=[wsd,sgdr]' {NO_RECIPE}",
    "+schedule=wsd": f"'+schedule=wsd' {NO_RECIPE}",
    "++schedule=wsd": f"'++schedule=wsd' {NO_RECIPE}",
    "~schedule": f"'~schedule' {NO_RECIPE}",
    "schedule=glob(zz*)": "schedule: glob(zz*) finds nothing; see show --list",
    "wsd": (
        "'wsd' is not of the form key=value; write schedule=wsd, put quotes around what has blanks"
    ),
    "mine.yaml": (
        "'mine.yaml' is not of the form key=value; write "
        "callbacks.lr_scheduler.schedule=mine.yaml, put quotes around what has blanks"
    ),
    "lr=0.1  %": f"'%' {NO_FORM} has blanks",
    "schedule.phases.warmup={a": (
        "'schedule.phases.warmup={a' cannot be read (no viable alternative at input '{a'); put "
        "quotes around what has blanks or braces"
    ),
    "schedule.phases.warmup.duratoin=3%": (
        "schedule.phases.warmup.duratoin: schedule.phases.warmup has no 'duratoin'; did you mean "
        "'duration'? To add it, write '+schedule.phases.warmup.duratoin=...'"
    ),
    "schedule.phases.warmpu.duration=3%": (
        "schedule.phases.warmpu.duration: schedule.phases has no 'warmpu'; did you mean 'warmup'? "
        "To add it, write '+schedule.phases.warmpu.duration=...'"
    ),
    "schedule=wsd,cosine  schedule.phases.warmup.duration=3%": (
        "schedule.phases.warmup.duration: schedule.phases has no 'warmup'; write one of main. "
        "To add it, write '+schedule.phases.warmup.duration=...'"
    ),
    "~schedule.phases.warmpu": (
        "schedule.phases.warmpu: schedule.phases has no 'warmpu'; did you mean 'warmup'?"
    ),
    "schedule.phases.warmup.duration.x=3": (
        "schedule.phases.warmup.duration.x: schedule.phases.warmup.duration has no 'x'"
    ),
    "step=3": "step: show has no 'step'; did you mean 'steps'?",
    "+stpes=3": "stpes: show has no 'stpes'; did you mean 'steps'?",
    "optimizer.lr=0.1": f"optimizer.lr: show has no 'optimizer'; write one of {KEYS}",
    "a=b  c=d": "a: show has no 'a'",
    "~steps": "steps: show needs it; remove '~steps'",
    "steps=1e4": "steps: 10000.0 is not a whole number; write 10000",
    "steps=0": "steps: 0 is no length; write a whole number above 0",
    "steps=null": "steps: None is no length; write a whole number above 0",
    "steps=${foo}": "steps: Interpolation key 'foo' not found",
    "steps=interval(1,3)": "steps: an interval has no list of values; write them with commas",
    "lr=fast": "lr: 'fast' is no learning rate; write a number above 0",
    "lr=0": "lr: 0 is no learning rate; write a number above 0",
    "lr=nan": "lr: nan is no learning rate; write a number above 0",
    "allow=my_pkg": "allow: 'my_pkg' is not a list; write allow=[my_pkg]",
}

# What the algebra refuses, in its own words behind the full key.
REFUSED = {
    "+schedule.phases.warmup.duratoin=3%": "schedule.phases.warmup.duratoin: 'linear' has no field",
    "schedule.phases.warmup.duration=10": "schedule.phases.warmup.duration: 10 has no unit; write",
    "schedule.phases.warmup.duration=110%": "schedule.phases: 'warmup' would end at step 11000 of",
    "schedule.phases.warmup.duration=2 epochs": "schedule.phases.warmup.duration: '2 epochs' needs",
    "schedule.phases.decay.kind=cosin": "schedule.phases.decay.kind: 'cosin' is not a kind of",
    "schedule.phases.decay.kind=a.Mine": "schedule.phases.decay.kind: 'a.Mine' would import code",
    "schedule.phases.warmup=null": "schedule.phases.warmup: None is not a phase; write",
    "schedule.phases=3": "schedule.phases: 3 is no mapping",
    "steps_per_epoch=1.5": "steps_per_epoch: 1.5 is no length of time",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own, with a name that has to be quoted."""
    recipes = tmp_path / 'my "own", conf' / "schedule"
    recipes.mkdir(parents=True)
    (recipes / "mine.yaml").write_text("kind: linear\n", "utf-8")
    (recipes / "wsd.yaml").write_text("kind: linear\n", "utf-8")
    (recipes / "list.yaml").write_text("- 1\n", "utf-8")
    (recipes / "broken.yaml").write_text("kind: [linear\n", "utf-8")
    return recipes.parent


def composed(words: list[str], folder: Path | None = None) -> dict[str, Curve]:
    members = compose_members(words, folder)
    return {label: member.curves()["lr"] for label, member in members.items()}


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipe_is_bound_to_the_span_that_the_overrides_say(recipe: str) -> None:
    words = [f"schedule={recipe}", "steps=7000", "steps_per_epoch=70", "samples_per_step=8"]

    assert composed(words) == {recipe: load_schedule(recipe).over(Span(7000, 70, 8))}


def test_a_schedule_in_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("kind: cosine", "utf-8")
    word = f"callbacks.lr_scheduler.schedule={file}"

    assert list(compose_members([word])) == ["mine"]


def test_without_overrides_it_is_the_recipe_that_training_uses() -> None:
    expected = load_schedule("warmup_cosine").over(Span(10_000))

    assert composed([]) == {"warmup_cosine": expected}


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (["schedule=wsd,cosine"], ["wsd", "cosine"]),
        (["schedule=wsd"], ["wsd"]),
        (["schedule=glob(warmup_*)"], ["warmup_cosine", "warmup_linear"]),
        (
            ["schedule=wsd", "schedule.phases.warmup.duration=5%,10 steps"],
            ["wsd warmup.duration=5%", "wsd warmup.duration=10 steps"],
        ),
        (
            ["steps=range(100,300,100)", "schedule=wsd,cosine"],
            ["wsd steps=100", "cosine steps=100", "wsd steps=200", "cosine steps=200"],
        ),
    ],
)
def test_curves_are_called_by_what_tells_them_apart(words: list[str], labels: list[str]) -> None:
    assert list(composed(words)) == labels


@pytest.mark.parametrize(
    ("words", "steps", "values"),
    [
        (["schedule.phases.warmup.duration=10 steps"], [0, 5, 10], [0.01, 0.505, 1.0]),
        (["~schedule.phases.warmup", "schedule.phases.decay.kind=linear"], [0, 50], [1.0, 0.55]),
        (["+schedule.phases.hold={kind: constant, ends_at: 50%, after: warmup}"], [5, 49], [1, 1]),
        (["lr=0.5"], [0, 5, 100], [0.005, 0.5, 0.05]),
    ],
)
def test_phases_are_changed_removed_added_and_scaled(
    words: list[str], steps: list[int], values: list[float]
) -> None:
    (curve,) = composed(["steps=100", *words]).values()

    assert curve(steps).tolist() == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize("written", MISTAKES)
def test_a_mistake_is_answered_in_one_sentence(written: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        composed(written.split("  "))

    assert str(caught.value) == MISTAKES[written]


@pytest.mark.parametrize("written", REFUSED)
def test_what_the_algebra_refuses_has_its_full_key(written: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        composed([written])

    assert str(caught.value).startswith(REFUSED[written])


def test_a_recipe_of_ones_own_is_found_in_the_folder_that_is_named(folder: Path) -> None:
    curves = composed(["schedule=mine,cosine", "steps=4"], folder)

    assert {name: curve(2) for name, curve in curves.items()} == {"mine": 0.5, "cosine": 0.5}


def test_a_recipe_that_hydra_would_not_take_from_that_folder_is_refused(folder: Path) -> None:
    with pytest.raises(ScheduleError, match="has the name of a shipped recipe, which would be"):
        composed(["schedule=wsd"], folder)


def test_a_file_that_is_not_yaml_is_answered_with_its_place(folder: Path) -> None:
    with pytest.raises(ScheduleError) as caught:
        composed(["schedule=broken"], folder)

    assert str(caught.value) == (
        f"{str(folder / 'schedule' / 'broken.yaml')!r} is not YAML: line 1, 'kind: [linear': '[' "
        "is never closed; write ']' where it ends"
    )


def test_a_file_that_is_no_mapping_is_refused(folder: Path) -> None:
    with pytest.raises(ScheduleError, match=r"^schedule: \[1\] is no schedule"):
        composed(["schedule=list"], folder)


def test_a_folder_without_recipes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ScheduleError, match=r"^--config-dir: there is no folder '.*schedule'; name"
    ):
        composed([], tmp_path)


def test_hydra_is_left_as_it_was() -> None:
    composed([])
    with pytest.raises(ScheduleError):
        composed(["schedule=wds"])

    assert not GlobalHydra.instance().is_initialized()
