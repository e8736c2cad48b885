"""Optuna chooses the runs: each space with what only it has, and the same command goes on."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import lr_plugin.conf
import pytest
from omegaconf import OmegaConf

from lr_plugin.app.search_space import conditional

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


def test_a_condition_on_what_is_not_searched_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^search\.task: 'task' is not searched, only schedule; add it to hydra"
    ):
        tried("wsd", {"task": {"digits_mlp": {"end": [1, 2]}}})


def records(sweep: str) -> list[dict[str, Any]]:
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


@pytest.mark.slow
def test_a_trial_whose_command_was_stopped_is_replaced(train: Train) -> None:
    Path("sweep").mkdir()
    storage = "sqlite:///sweep/optuna.db"
    optuna.create_study(study_name="sweep", storage=storage, direction="maximize").ask()
    train(
        *("experiment=search", "trainer.max_epochs=3", "hydra.sweep.dir=sweep"),
        "hydra.sweeper.n_trials=1",
    )

    study = optuna.load_study(study_name="sweep", storage=storage)
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
    assert "hydra.sweeper.storage: null keeps no study to go on with; write sqlite:" in ran.stderr


@pytest.mark.parametrize(("mode", "direction"), [("max", "maximize"), ("min", "minimize")])
def test_the_direction_is_the_one_of_the_task(mode: str, direction: str) -> None:
    path = Path(lr_plugin.conf.__file__).parent / "lr_app/hydra/sweeper/tpe.yaml"
    config = {"task": {"mode": mode}, "hydra": {"sweeper": OmegaConf.load(path)}}

    assert OmegaConf.create(config).hydra.sweeper.direction == direction
