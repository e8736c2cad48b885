import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Literal

import pytest
from omegaconf import OmegaConf

from lr_plugin.app.protocol import Settings, StudyError, around, grown
from lr_plugin.app.run_name import run_name
from lr_plugin.app.study import main
from lr_plugin.compare.baseline import declared_baseline
from lr_plugin.compare.records import read_records

Train = Callable[..., CompletedProcess[str]]

OWN = ("task.model._target_=mine.Asks", "task.data._target_=mine.Data", "task.batch_size=5")
SHORT = ("task.monitor=val_error", "task.mode=min", "trainer.max_epochs=1")
SEEDS = ("study.tuning_seeds=[1000]", "study.report_seeds=[0,1]")


@pytest.fixture
def study(train: Train, capsys: pytest.CaptureFixture[str]) -> Train:  # noqa: ARG001 - it changes into an empty folder
    def run(*words: str) -> CompletedProcess[str]:
        code = main([*OWN, *SHORT, *words, "hydra.sweep.dir=study"])
        return CompletedProcess(words, code, *capsys.readouterr())

    return run


def runs(seeds: range) -> set[tuple[str | None, float | None]]:
    records = read_records(Path("study"))
    return {(one.schedule, one.learning_rate) for one in records if one.seed in seeds}


def test_a_study_tunes_each_schedule_grows_the_grid_and_reports_on_fresh_seeds(
    study: Train,
) -> None:
    words = ("schedule=constant,cosine", "study.rates=[0.001,0.003]", "study.growth=1", *SEEDS)
    ran = study(*words, "study.baseline=constant")
    assert ran.returncode == 0, ran.stdout
    lines = ran.stdout.splitlines()
    assert "to compare       constant, rates 0.001 0.003" in lines
    assert "tuning           4 runs: each rate with seeds 1000" in lines
    assert "in all           8 runs, at most 10, with max_epochs=1" in lines
    told = "best 0.003, taken 0.003, the highest of 0.001 0.003; one above it is tried"
    assert {f"constant: {told}", f"cosine: {told}"} <= {*lines}
    assert "study.growth allows no other: what is beyond was not tried" in ran.stdout
    rates = (0.001, 0.003, 0.009)
    tuned = {(name, rate) for name in ("constant", "cosine") for rate in rates}
    assert runs(range(1000, 1001)) == tuned
    assert runs(range(2)) == {("constant", 0.009), ("cosine", 0.009)}
    assert declared_baseline(read_records(Path("study"))) == "constant"
    again = study(*words)
    assert "4 jobs: 4 ended" in again.stdout
    assert len(read_records(Path("study"))) == 10
    planned = json.loads(Path("study/sweep.json").read_text())
    assert len(planned["runs"]) == 10
    assert planned["baseline"] is None  # the second command named none
    assert planned["command"].startswith("lr-plugin study task.model")


def test_without_rates_they_are_around_the_configured_one(study: Train) -> None:
    seeds = ("study.tuning_seeds=[7]", "study.report_seeds=[0]")
    ran = study("optimizer.lr=0.02", "study.growth=0", "+trainer.max_time=00:01:00:00", *seeds)
    assert "in all           6 runs, with max_epochs=1 and max_time=00:01:00:00" in ran.stdout
    assert "to compare       warmup_cosine, rates 0.002 0.006 0.02 0.06 0.2" in ran.stdout
    assert ran.returncode == 0


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("seed=3",), "seed=3: a study has seeds of its own; write study.report_seeds=[0,1,2]"),
        (("optimizer.lr=0.1,0.2",), "optimizer.lr=0.2: a study tunes it; write study.rates="),
        (("optimizer.lr=0.1", "study.rates=[0.1,0.3]"), "optimizer.lr=0.1: a study tunes it"),
        (("study.baseline=wsd",), "'wsd' is not in the study, there are warmup_cosine"),
        (
            ("study.baseline=3",),
            "study.baseline: 3 is no name of a schedule; write study.baseline=",
        ),
        (
            ("task=digits_mlp,digits_cnn", "study.baseline='warmup_cosine task=digits_cnn'"),
            "'warmup_cosine task=digits_cnn' is not in the study, there are warmup_cosine",
        ),
        (("study.rates=[0.1,-1]",), "study.rates: [0.1, -1] is no list of numbers above 0"),
        (("study.rates=0.1",), "study.rates: 0.1 is no list of numbers above 0"),
        (("study.growth=many",), "study.growth: 'many' is no count of rates"),
        (("study.report_seeds=10",), "study.report_seeds: 10 is no list of seeds"),
        (("study.report_seeds=[1,1]",), "has a seed twice"),
        (("study.report_seeds=[1000]",), "1000 is a tuning seed too; only fresh seeds can report"),
        (("optimizer.lr=fast",), "a study tunes optimizer.lr, and that is 'fast'"),
    ],
)
def test_a_study_that_could_not_end_is_refused_before_the_first_run(
    study: Train, words: tuple[str, ...], answer: str
) -> None:
    ran = study(*words)
    assert answer in ran.stderr
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    assert [*Path("study").glob("*/result.json")] == []


def test_a_schedule_whose_tuning_failed_is_left_out_and_the_others_report(study: Train) -> None:
    ran = study("task.batch_size=5,0", "study.rates=[0.01]", *SEEDS)
    assert ran.returncode == 1
    unchosen = "no rate is chosen, because runs have ended without a result"
    assert f"warmup_cosine task.batch_size=0: {unchosen}" in ran.stdout
    assert "report           2 runs at the chosen learning rates" in ran.stdout
    statuses = [one.status for one in read_records(Path("study"))]
    assert sorted(statuses) == ["failed", "finished", "finished", "finished"]
    assert "without a result 1 of 4 runs: 1 failed" in ran.stdout


def test_a_reason_for_which_all_runs_failed_is_said_once_when_they_have_ended(study: Train) -> None:
    ran = study("task.batch_size=0", "study.rates=[0.01,0.1]", *SEEDS)
    reason = read_records(Path("study"))[0].reason or "none"
    _, end = ran.stdout.split("did not finish (the train.log of each has more):\n")

    assert end.startswith("  2 runs (warmup_cosine_lr0.01_")
    assert "at the chosen learning rates" not in ran.stdout
    assert (ran.stdout.count(reason), end.count(reason)) == (3, 1)
    assert "without a result 2 of 2 runs: 2 failed\nto go on         lr-plugin study " in end


@pytest.mark.parametrize(
    ("rates", "edge", "wider"),
    [
        ((0.01, 0.03, 0.1), "highest", 0.3),
        ((0.03, 0.1, 0.3), "highest", 1.0),
        ((0.03, 0.1, 0.3), "lowest", 0.01),
        ((0.01, 0.03, 0.1), "lowest", 0.003),
        ((1e-4, 1e-3), "lowest", 1e-5),
        ((0.5, 1.0, 2.0, 4.0), "highest", 8.0),
    ],
)
def test_a_grid_grows_in_its_own_steps(
    rates: tuple[float, ...], edge: Literal["lowest", "highest"], wider: float
) -> None:
    found = grown(rates, edge)
    assert {*found} - {*rates} == {wider}
    assert list(found) == sorted(found)


def test_rates_around_one_are_steps_of_about_three() -> None:
    assert around(3e-4) == (3e-5, 9e-5, 3e-4, 9e-4, 3e-3)


def test_settings_are_sorted_and_count_a_rate_once() -> None:
    written: dict[str, Any] = {"tuning_seeds": [5], "report_seeds": [2, 1], "growth": 0}
    settings = Settings.read({**written, "rates": [1, 0.1, 1.0]})
    assert settings.rates == (0.1, 1.0)
    assert (settings.tuning_seeds, settings.report_seeds) == ((5,), (2, 1))
    with pytest.raises(StudyError, match=r"study\.tuning_seeds: None is no list of seeds"):
        Settings.read({})


def name(*overrides: str, **choices: str) -> str:
    own = {"runtime": {"choices": choices}, "overrides": {"task": list(overrides)}}
    return run_name(OmegaConf.create({"seed": 1, "optimizer": {"lr": 0.1}, "hydra": own}))


def test_a_run_is_named_by_what_decides_it_in_any_order() -> None:
    assert name("a.b=1", "c=2", schedule="wsd") == name("c=2", "a.b=1", schedule="wsd")
    assert name("schedule=wsd", "seed=1", "optimizer.lr=0.1", schedule="wsd") == "wsd_lr0.1_seed001"
    silent = ("threads=2", "logger=csv", "study.growth=1", "trainer.log_every_n_steps=1")
    assert (
        name(*silent, "~callbacks/checkpoint", "callbacks/checkpoint=best") == "own_lr0.1_seed001"
    )


def test_names_that_files_cannot_have_differ_by_a_hash() -> None:
    words = ("a=b c", "a=b/c", "a=b-c", "a-b=c", f"a={'x' * 200}", f"a={'x' * 201}")
    names = [name(word) for word in words]
    assert len({*names}) == len(words)
    assert all(len(one) < 120 and "/" not in one and " " not in one for one in names)


def test_a_run_without_our_optimizer_has_a_name_too() -> None:
    own = {"runtime": {"choices": {}}, "overrides": {"task": []}}
    assert run_name(OmegaConf.create({"seed": 12, "hydra": own})) == "own_lrown_seed012"
