"""In the best-known Lightning and Hydra template: from its ReduceLROnPlateau to our `wsd`."""

import difflib
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Schedule, Span

if TYPE_CHECKING:
    from tests.guests.conftest import Answer, Project

RATE = 0.001
STEPS = 24  # two epochs of twelve batches

# One dependency, one searchpath line and one defaults line: the file, the line, what it follows.
LINES = [
    ("pyproject.toml", '  "lr-plugin",', '  "lightning",'),
    ("configs/train.yaml", 'hydra: {searchpath: ["pkg://lr_plugin.conf"]}', "seed: null"),
    ("configs/train.yaml", "  - callbacks/lr_scheduler: with_schedule", "  - callbacks: default"),
]
SHORT = "logger=csv trainer.max_epochs=2 test=false"
OWN_SHAPE = """
from dataclasses import dataclass
from lr_plugin.schedule import Shape

@dataclass(frozen=True, kw_only=True)
class Half(Shape):
    def at(self, progress):
        return progress * 0 + 0.5
"""
OWN_SWEEP = """
# @package _global_
hydra:
  mode: MULTIRUN
  sweeper:
    params:
      schedule: wsd,linear
"""
OWN_EXPERIMENT = """
# @package _global_
defaults:
  - override /schedule: linear
schedule: {phases: {main: {end_value: 0.1}}}
"""
OWN_MOUNTS = """
# @package _global_
defaults:
  - /schedule@optim.lr: wsd
  - /schedule@optim.wd: cosine
  - _self_
callbacks:
  lr_scheduler:
    schedule: null
    rules:
      lr: {schedule: "${optim.lr}"}
      weight_decay: {schedule: "${optim.wd}"}
model: {scheduler: null, optimizer: {weight_decay: 0.1}}
"""


@dataclass(frozen=True)
class Story:
    """The project after its three lines, what they are, and what its sweep said."""

    project: "Project"
    added: list[str]
    sweep: "Answer"


@pytest.fixture(scope="module")
def story(project: "Project") -> Story:
    shutil.copytree(project.folder, project.folder.with_name("before"))
    files = sorted({file for file, *_ in LINES})
    texts = {file: (project.folder / file).read_text("utf-8") for file in files}
    for file, line, after in LINES:
        project.insert(file, line, after=after)
    added = [line for file in files for line in changed(texts[file], project.folder / file)]
    words = f"-m schedule=wsd,cosine model.scheduler=null {SHORT} hydra.sweep.dir=sweep"
    return Story(project, added, project.train(*shlex.split(words)))


def changed(before: str, path: Path) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), path.read_text("utf-8").splitlines())
    return [line for line in lines if line.startswith(("+ ", "- "))]


def test_three_lines_are_added_and_none_is_changed(story: Story) -> None:
    assert sorted(story.added) == sorted(f"+ {line}" for _, line, _ in LINES)


def test_it_is_the_wheel_that_it_uses(project: "Project") -> None:
    where = project.python("-c", "import lr_plugin, lr_plugin.conf as c; print(*c.__path__)").text

    assert Path(where.strip()).is_relative_to(project.interpreter.parent.parent)


def test_a_sweep_follows_our_recipes_exactly(story: Story) -> None:
    assert story.sweep.code == 0, story.sweep.text
    assert [story.project.rates(f"sweep/{n}") for n in (0, 1)] == [
        pytest.approx(rates_of(load_schedule(name)), rel=1e-6) for name in ("wsd", "cosine")
    ]


def rates_of(schedule: Schedule) -> list[float]:
    return [RATE * float(v) for v in schedule.over(Span(STEPS, steps_per_epoch=12))(range(STEPS))]


# What else its owner may write on a command line. All of it is run in one process, in this order.

SCHEDULES: dict[str, tuple[str, dict[str, object]]] = {
    "swap a recipe": ("schedule=sgdr", {"phases.main.kind": "repeat"}),
    "swap a shape": ("schedule.phases.decay.kind=cosine", {"phases.decay.kind": "cosine"}),
    "edit": ("schedule.phases.warmup.duration=10%", {"phases.warmup.duration": "10%"}),
    "edit with a blank": (
        "schedule.phases.warmup.duration='500 steps'",
        {"phases.warmup.duration": "500 steps"},
    ),
    "remove": ("'~schedule.phases.warmup'", {"phases.warmup": None}),
    "add": (
        "'+schedule.phases.hold={kind: constant, duration: 5%, after: warmup}'",
        {"phases.hold.after": "warmup"},
    ),
    "interpolate": (
        "'schedule.phases.decay.duration=\"${trainer.min_epochs} epochs\"'",
        {"phases.decay.duration": "1 epochs"},
    ),
    "an experiment of their own": ("experiment=gentle", {"phases.main.end_value": 0.1}),
    "a recipe of their own": ("schedule=mine", {"end_value": 0.25}),
    "a file with the name of ours": ("schedule=triangular", {"kind": "constant"}),
    "another of ours beside it": ("schedule=triangular2", {"kind": "sequence"}),
}
RUNS = {
    "a module that returns a scheduler": f"{SHORT} hydra.run.dir=refused",
    "help": "--help",
    "many recipes": "-m 'schedule=glob([warmup_*,m*])' train=false test=false hydra.sweep.dir=all",
    "an own shape": (
        f"model.scheduler=null schedule.phases.stable.kind=src.shapes.Half "
        f"'~schedule.phases.stable.value' 'callbacks.lr_scheduler.allow=[src]' "
        f"{SHORT} hydra.run.dir=own_shape"
    ),
    "an own shape that is not allowed": (
        "model.scheduler=null schedule.phases.stable.kind=src.shapes.Half "
        f"'~schedule.phases.stable.value' {SHORT} hydra.run.dir=not_allowed"
    ),
}
MORE_RUNS = {
    "an interpolated length": (
        "model.scheduler=null 'schedule.phases.decay.duration=\"${trainer.min_epochs} epochs\"' "
        f"{SHORT} hydra.run.dir=interpolated"
    ),
    "two mounts": f"experiment=two {SHORT} hydra.run.dir=two +callbacks/schedule_monitor=default",
    "an own sweep": (
        f"hparams_search=recipes model.scheduler=null {SHORT} hydra.sweep.dir=own_sweep"
    ),
    "another place": (
        "+schedule@lr_schedule=cosine 'callbacks.lr_scheduler.schedule=${lr_schedule}' "
        f"model.scheduler=null {SHORT} hydra.run.dir=elsewhere"
    ),
}

# What is mistyped there, and the sentence that answers.
MISTAKES = {
    "schedule.phases.decay.kind=cosin": (
        "schedule.phases.decay.kind: 'cosin' is not a kind of schedule; did you mean 'cosine'?"
    ),
    "schedule.phases.warmup.duration=10": (
        "schedule.phases.warmup.duration: 10 has no unit; write '10 steps', '10 epochs' or '10%'"
    ),
    "schedule.phases.warmup=10%": "schedule.phases.warmup: '10%' is not a phase; write {kind",
    "+schedule.phases.warmup.duratoin=10%": (
        "schedule.phases.warmup.duratoin: 'linear' has no field 'duratoin'; did you mean 'dur"
    ),
    "callbacks.lr_scheduler.on_change=kep": ("on_change: 'kep' is no choice; did you mean 'keep'?"),
    "callbacks.lr_scheduler.allow=my_pkg": "allow: 'my_pkg' is not a list; write [my_pkg]",
    "schedule.phases.decay.kind=torch.optim.lr_scheduler.StepLR": (
        "would import code; a scheduler of torch's kind is written "
        "{kind: lr_plugin.interop.Torch, scheduler: torch.optim.lr_scheduler.StepLR}"
    ),
}


@pytest.fixture(scope="module")
def answers(story: Story) -> dict[str, "Answer"]:
    project = story.project
    project.insert("src/train.py", "import lr_plugin.searchpath", after="import lightning")
    project.write("src/shapes.py", OWN_SHAPE)
    project.write("configs/hparams_search/recipes.yaml", OWN_SWEEP)
    project.write("configs/experiment/gentle.yaml", OWN_EXPERIMENT)
    project.write("configs/experiment/two.yaml", OWN_MOUNTS)
    project.write("configs/schedule/mine.yaml", "kind: linear\nend_value: 0.25\n")
    project.write("configs/schedule/triangular.yaml", "kind: constant\n")
    show = "--cfg job --resolve --package schedule"
    lines = {name: f"{show} {words}" for name, (words, _) in SCHEDULES.items()} | RUNS
    lines |= {words: f"model.scheduler=null test=false {words}" for words in MISTAKES}
    before = project.folder.with_name("before"), f"{SHORT} hydra.run.dir=run"
    answered = project.train_each(before, *[(project.folder, line) for line in lines.values()])
    return dict(zip(["before", *lines], answered, strict=True))


@pytest.fixture(scope="module")
def more_answers(story: Story, answers: dict[str, "Answer"]) -> dict[str, "Answer"]:
    assert answers
    lines = [(story.project.folder, line) for line in MORE_RUNS.values()]
    return dict(zip(MORE_RUNS, story.project.train_each(*lines), strict=True))


def test_it_ran_with_its_own_scheduler_before(
    answers: dict[str, "Answer"], project: "Project"
) -> None:
    assert answers["before"].code == 0, answers["before"].text
    assert project.rates("../before/run") == pytest.approx([RATE] * STEPS)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_edited_from_their_command_line(
    name: str, answers: dict[str, "Answer"]
) -> None:
    expected = SCHEDULES[name][1]
    schedule = yaml.safe_load(answers[name].text)

    assert {key: picked(schedule, key) for key in expected} == expected


def picked(node: Any, key: str) -> object:  # noqa: ANN401 - any plain data
    for part in key.split("."):
        node = node.get(part) if node else None
    return node


def test_a_module_that_still_returns_a_scheduler_is_told_the_fix(
    answers: dict[str, "Answer"],
) -> None:
    answer = answers["a module that returns a scheduler"]

    assert answer.code == 1
    assert "the module returns lr_schedulers (ReduceLROnPlateau)" in answer.text
    assert "set it to null, such as model.scheduler=null" in answer.text


def test_their_help_lists_our_recipes(answers: dict[str, "Answer"]) -> None:
    listed = re.search(r"(?m)^schedule: (.+)$", answers["help"].text)

    assert listed is not None
    assert set(listed[1].split(", ")) == {*recipe_names(), "mine"}


def test_their_glob_sweeps_our_recipes_and_theirs(answers: dict[str, "Answer"]) -> None:
    jobs = re.findall(r"#\d+ : schedule=(\w+)", answers["many recipes"].text)

    assert jobs == ["mine", "multistep", "warmup_cosine", "warmup_linear"]


def test_a_shape_of_their_own_is_used_if_it_is_allowed(
    answers: dict[str, "Answer"], project: "Project"
) -> None:
    assert answers["an own shape"].code == 0, answers["an own shape"].text
    assert project.rates("own_shape")[5:18] == pytest.approx([RATE / 2] * 13)
    refused = answers["an own shape that is not allowed"]
    assert (
        "'src.shapes.Half' would import code; if you trust it, write allow: [src]" in refused.text
    )


@pytest.mark.slow
def test_a_length_from_their_config_counts(
    more_answers: dict[str, "Answer"], project: "Project"
) -> None:
    expected = load_schedule("wsd", ["phases.decay.duration=1 epochs"])

    assert more_answers["an interpolated length"].code == 0, more_answers[
        "an interpolated length"
    ].text
    assert project.rates("interpolated") == pytest.approx(rates_of(expected), rel=1e-6)


@pytest.mark.slow
def test_two_schedules_are_mounted_for_two_hyperparameters(
    more_answers: dict[str, "Answer"], project: "Project"
) -> None:
    assert more_answers["two mounts"].code == 0, more_answers["two mounts"].text
    expected = rates_of(load_schedule("cosine"))
    decays = project.column("two", "weight_decay")

    assert project.rates("two") == pytest.approx(rates_of(load_schedule("wsd")), rel=1e-6)
    assert decays == pytest.approx([100 * rate for rate in expected], rel=1e-6)


@pytest.mark.slow
def test_a_sweep_in_a_file_of_their_own_sweeps_our_recipes(
    more_answers: dict[str, "Answer"], project: "Project"
) -> None:
    assert more_answers["an own sweep"].code == 0, more_answers["an own sweep"].text
    assert [project.rates(f"own_sweep/{n}") for n in (0, 1)] == [
        pytest.approx(rates_of(load_schedule(name)), rel=1e-6) for name in ("wsd", "linear")
    ]


@pytest.mark.slow
def test_a_schedule_may_be_mounted_where_the_name_is_free(
    more_answers: dict[str, "Answer"], project: "Project"
) -> None:
    assert more_answers["another place"].code == 0, more_answers["another place"].text
    assert project.rates("elsewhere") == pytest.approx(rates_of(load_schedule("cosine")), rel=1e-6)


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_answered_in_one_sentence(words: str, answers: dict[str, "Answer"]) -> None:
    assert (answers[words].code, MISTAKES[words] in answers[words].text) == (1, True), answers[
        words
    ].text
