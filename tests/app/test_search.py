"""Optuna chooses the runs: each space with what only it has, and the same command goes on."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from time import sleep
from typing import Any

import lr_plugin.conf
import pytest
from omegaconf import OmegaConf

from lr_plugin.app.lock import locked
from lr_plugin.app.protocol import StudyError
from lr_plugin.app.search_space import check_space, conditional
from lr_plugin.app.train import main
from tests import forked

optuna = pytest.importorskip("optuna", reason="it comes with the extra `optuna`")

Train = Callable[..., CompletedProcess[str]]

SPACE = {
    "schedule": {
        "wsd": {"decay": ["5%", "20%"], "shape": ["linear", "sqrt"]},
        "exponential": {"end": {"low": 0.001, "high": 0.5, "log": True}},
        "constant": None,
    }
}


def tried(schedule: str, space: object = SPACE) -> dict[str, Any]:
    """What a trial has, for which a schedule was chosen."""
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)).ask()
    trial.suggest_categorical("schedule", [schedule])
    conditional(OmegaConf.create({"search": space}), trial)
    return dict(trial.params)


def test_a_schedule_is_tuned_by_what_it_has_and_not_by_what_others_have() -> None:
    wsd, exponential = tried("wsd"), tried("exponential")

    assert list(wsd) == ["schedule", "decay", "shape"]
    assert (wsd["decay"] in ("5%", "20%"), wsd["shape"] in ("linear", "sqrt")) == (True, True)
    assert list(exponential) == ["schedule", "end"]
    assert 0.001 <= exponential["end"] <= 0.5


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_schedule_of_which_nothing_is_listed_is_tuned_no_further(schedule: str) -> None:
    assert tried(schedule) == {"schedule": schedule}


@pytest.mark.parametrize("space", [None, {}])
def test_without_conditions_there_is_nothing_to_do(space: object) -> None:
    assert tried("wsd", space) == {"schedule": "wsd"}


@pytest.mark.parametrize("log", [False, True])
def test_a_range_is_even_on_its_scale(log: bool) -> None:  # noqa: FBT001 - the name says it
    space = {"schedule": {"wsd": {"end": {"low": 0.0001, "high": 1.0, "log": log}}}}
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    values = []
    for _ in range(50):
        trial = study.ask()
        trial.suggest_categorical("schedule", ["wsd"])
        conditional(OmegaConf.create({"search": space}), trial)
        values.append(trial.params["end"])

    assert (sum(value < 0.01 for value in values) > 15) is log  # half of them, or a hundredth


@pytest.mark.parametrize(
    "choices", ["5%", 0.5, [], {"low": 0.1}, {"low": 0.1, "high": 1.0, "step": 2}]
)
def test_what_is_no_range_is_refused_with_its_place(choices: object) -> None:
    with pytest.raises(ValueError, match=r"^search\.schedule\.wsd\.end: .* is no range; write a"):
        tried("wsd", {"schedule": {"wsd": {"end": choices}}})


@pytest.mark.parametrize(
    ("search", "why"),
    [
        (
            {"x": {"a": {"k": {"low": 2, "high": 1}}}},
            "x.a.k: low is 2 and above high, 1; write the",
        ),
        (
            {"x": {"a": {"k": {"low": 0, "high": 1, "log": True}}}},
            "x.a.k: low is 0, which no logarithmic scale has; write a number above 0, or leave",
        ),
        (
            {"x": {"a": {"k": {"low": "0", "high": 1}}}},
            "x.a.k: {'low': '0', 'high': 1} is no range",
        ),
        ({"x": {"a": {"k": {"low": 0, "high": 1, "log": "yes"}}}}, "x.a.k: {'low': 0, 'high': 1, "),
        ({"x": {"a": ["k"]}}, "x.a: ['k'] is no mapping; write what is searched there"),
        ({"x": "a"}, "x: 'a' is no mapping; write what is searched there"),
    ],
)
def test_a_range_is_checked_wherever_it_stands(search: object, why: str) -> None:
    with pytest.raises(StudyError) as caught:
        check_space(OmegaConf.create({"search": search}))

    assert str(caught.value).startswith(f"search.{why}")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ["optimizer.lr=interval(1,0.01)"],
            "optimizer.lr=interval(1,0.01): Optuna cannot search it",
        ),
        (
            ["optimizer.lr=tag(log,interval(0,1))"],
            "optimizer.lr=tag(log,interval(0,1)): Optuna can",
        ),
        (
            ["hydra.sweeper.n_trials=0"],
            "hydra.sweeper.n_trials: 0 is no whole number above 0; write",
        ),
        (["hydra.sweeper.n_jobs=many"], "hydra.sweeper.n_jobs: 'many' is no whole number above 0"),
        (["hydra.sweeper.direction=up"], "hydra.sweeper.direction: 'up' is not minimize or maximi"),
        (
            ["hydra.sweeper.storage=here"],
            "hydra.sweeper.storage: 'here' cannot be opened (Argument",
        ),
        (["+search={schedule: {wsd: {optimizer.lr: {low: 2, high: 1}}}}"], "search.schedule.wsd."),
    ],
)
def test_a_search_that_cannot_be_run_is_refused_in_a_sentence(
    train: Train, words: list[str], why: str
) -> None:
    ran = train("-m", "hydra/sweeper=tpe", "seed=choice(0,1)", "hydra.sweep.dir=sweep", *words)

    assert (ran.returncode, ran.stdout) == (1, "sweep directory  sweep\n")
    assert ran.stderr.startswith(why)
    assert ran.stderr.count("\n") == 1


def test_a_condition_on_what_is_not_searched_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^search\.task: 'task' is not searched, only schedule; add it to hydra"
    ):
        tried("wsd", {"task": {"digits_mlp": {"end": [1, 2]}}})


def records(sweep: str | Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in Path(sweep).glob("*_seed*/result.json")]


# a picture of schedules with long names has no room left for its axes
@pytest.mark.filterwarnings("ignore:constrained_layout not applied")
def test_a_search_runs_its_trials_and_the_same_command_those_that_are_missing(
    train: Train,
) -> None:
    words = ("experiment=search", "trainer.max_epochs=3", "hydra.sweep.dir=sweep")
    first = train(*words, "hydra.sweeper.n_trials=1")
    more = train(*words, "hydra.sweeper.n_trials=2")
    none = train(*words, "hydra.sweeper.n_trials=2")

    assert (first.returncode, more.returncode, none.returncode) == (0, 0, 0), first.stdout
    assert "study            1 of 2 trials were there" in more.stdout.splitlines()
    assert "study            2 of 2 trials were there" in none.stdout.splitlines()
    study = optuna.load_study(study_name="sweep", storage="sqlite:///sweep/optuna.db")
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 2
    assert sorted(trial.value for trial in study.trials) == sorted(
        record["final"] for record in records("sweep")
    )
    best = f"best trial       {study.best_value:.4f} with "
    assert [line for line in none.stdout.splitlines() if line.startswith(best)] != []
    rates = {trial.params["optimizer.lr"] for trial in study.trials}
    assert len(rates) == 2  # a seeded sampler does not begin again with its first draws


RECIPE = "{kind: sequence, phases: {main: {kind: %s}}}"


def test_a_study_of_another_config_is_refused_before_the_first_trial(train: Train) -> None:
    recipe = Path("conf/schedule/mine.yaml")
    recipe.parent.mkdir(parents=True)
    recipe.write_text(RECIPE % "linear")
    words = ("-m", "--config-dir", "conf", "hydra/sweeper=tpe", "hydra.sweep.dir=sweep")
    space = ("schedule=choice(wsd,mine)", "optimizer.lr=tag(log,interval(0.01,1.0))")
    search = (*words, *space, "hydra.sweeper.n_trials=1")
    assert train(*search, "trainer.max_epochs=1").returncode == 0

    def refused(*changed: str) -> str:
        ran = train(*search, *changed)
        assert (ran.returncode, ran.stdout) == (1, "sweep directory  sweep\n")
        begin = "hydra.sweeper.study_name: 'sweep' in sqlite:///sweep/optuna.db has trials of "
        end = "; write what it was to go on, or another hydra.sweep.dir to begin a new "
        said, _, _ = ran.stderr.removeprefix(f"{begin}another config: ").partition(end)
        return said

    assert refused("trainer.max_epochs=2", "seed=1") == (
        "trainer.max_epochs was 1 and is 2, seed was 0 and is 1"
    )
    assert refused("trainer.max_epochs=1", "optimizer.lr=tag(log,interval(0.01,2.0))") == (
        "hydra.sweeper.params.optimizer.lr was 'LogUniformDistribution(high=1.0, low=0.01)' "
        "and is 'LogUniformDistribution(high=2.0, low=0.01)'"
    )
    assert train(*search, "hydra.sweeper.direction=minimize").stderr.startswith(
        "hydra.sweeper.direction: 'minimize' is not that of the study 'sweep' in sqlite:///sweep/"
    )
    recipe.write_text(RECIPE % "cosine")
    assert refused("trainer.max_epochs=1") == (
        "schedule.phases.main.kind of schedule=mine was 'linear' and is 'cosine'"
    )
    assert len(records("sweep")) == 1
    recipe.write_text(RECIPE % "linear")
    again = train(*search, "trainer.max_epochs=1", "threads=2", "trainer.log_every_n_steps=5")
    assert (again.returncode, "1 of 1 trials were there" in again.stdout) == (0, True)


OWN = ("task.model._target_=mine.Misbehaves", "task.data._target_=mine.Data")
OWN_SEARCH = (
    *(*OWN, "task.monitor=val_error", "task.mode=min", "trainer.max_epochs=2", "schedule=wsd"),
    *("-m", "hydra/sweeper=tpe", "seed=range(0,1000)", "hydra.sweep.dir=sweep"),
    "hydra.sweeper.n_trials=1",
)


def test_a_trial_that_was_stopped_is_replaced_and_its_run_put_aside(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "interrupts")
    assert train(*OWN_SEARCH).returncode == 130
    (run,) = Path("sweep").glob("*_seed*")
    monkeypatch.setenv("MISBEHAVE", "goes_on")
    with locked(run, wait=False):
        busy = train(*OWN_SEARCH)
    ran = train(*OWN_SEARCH)

    assert f"{run.name}  is still being run by process {os.getpid()} on " in busy.stdout
    (aside,) = Path("sweep_aside").iterdir()
    assert (
        f"{run.name}  was stopped half-way: what was there is now in {aside}, and another trial "
        "takes its place"
    ) in ran.stdout.splitlines()
    assert (busy.returncode, ran.returncode) == (1, 0)
    assert [record["status"] for record in records("sweep")] == ["finished"]
    study = optuna.load_study(study_name="sweep", storage="sqlite:///sweep/optuna.db")
    assert [trial.state.name for trial in study.trials] == ["FAIL", "COMPLETE"]


def test_a_trial_that_failed_is_replaced_by_the_same_command(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISBEHAVE", "breaks")
    assert train(*OWN_SEARCH).returncode == 1
    (run,) = Path("sweep").glob("*_seed*")
    monkeypatch.setenv("MISBEHAVE", "goes_on")
    ran, again = train(*OWN_SEARCH), train(*OWN_SEARCH)

    assert f"{run.name}  failed: what was there is now in sweep_aside/" in ran.stdout
    assert "study            0 of 1 trials were there" in ran.stdout
    assert "study            1 of 1 trials were there" in again.stdout
    assert (ran.returncode, again.returncode) == (0, 0)
    assert [record["status"] for record in records("sweep")] == ["finished"]
    study = optuna.load_study(study_name="sweep", storage="sqlite:///sweep/optuna.db")
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 2


@pytest.mark.slow
def test_after_a_kill_the_same_command_ends_well(tmp_path: Path) -> None:
    words = ["experiment=search", "hydra.sweeper.n_trials=1", "hydra.sweep.dir=sweep"]
    long, folder = [*words, "trainer.max_epochs=100"], tmp_path / "home"
    folder.mkdir()
    running = forked.start(main, long, folder=folder, printed=tmp_path / "printed", environment={})
    sweep = folder / "sweep"
    while not [*sweep.glob("*_seed*/progress.json")]:
        assert running.is_alive()
        sleep(0.01)
    assert running.pid is not None
    os.killpg(running.pid, signal.SIGKILL)
    running.join()
    (killed,) = records(sweep)
    again = forked.run(main, long, folder=folder, environment={})

    assert (killed["status"], again.returncode) == ("running", 0), again.stdout
    assert "was stopped half-way: what was there is now in sweep_aside/" in again.stdout
    assert [record["status"] for record in records(sweep)] == ["finished"]
    study = optuna.load_study(study_name="sweep", storage=f"sqlite:///{sweep}/optuna.db")
    assert [trial.state.name for trial in study.trials] == ["FAIL", "COMPLETE"]


@pytest.mark.slow
def test_a_run_that_diverges_is_the_worst_and_not_the_end(train: Train) -> None:
    ran = train(
        *("-m", "hydra/sweeper=tpe", "optimizer.lr=choice(1e30)", "trainer.max_epochs=1"),
        *("hydra.sweep.dir=sweep", "hydra.sweeper.n_trials=2", "seed=choice(0,1)"),
    )

    assert ran.returncode == 0, ran.stderr
    study = optuna.load_study(study_name="sweep", storage="sqlite:///sweep/optuna.db")
    assert [trial.value for trial in study.trials] == [-1e12] * 2
    assert {record["status"] for record in records("sweep")} == {"diverged"}


def test_a_study_that_is_kept_nowhere_is_refused(train: Train) -> None:
    ran = train("-m", "hydra/sweeper=tpe", "hydra.sweeper.storage=null", "seed=choice(0,1)")

    assert ran.returncode == 1
    assert ran.stdout.splitlines()[1:] == []
    assert "hydra.sweeper.storage: null keeps no study to go on with; write sqlite:" in ran.stderr


@pytest.mark.parametrize(("mode", "direction"), [("max", "maximize"), ("min", "minimize")])
def test_the_direction_is_the_one_of_the_task(mode: str, direction: str) -> None:
    path = Path(lr_plugin.conf.__file__).parent / "lr_app/hydra/sweeper/tpe.yaml"
    config = {"task": {"mode": mode}, "hydra": {"sweeper": OmegaConf.load(path)}}

    assert OmegaConf.create(config).hydra.sweeper.direction == direction
