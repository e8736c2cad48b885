"""Killed at any step and resumed: the values and the weights of the run that was not killed."""

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

import lr_plugin
from tests.callback import killed

ROOT = Path(lr_plugin.__file__).parent.parent
SCRIPT = Path(killed.__file__)

# The warm-up ends at 6, val/loss stalls at 35, and the cooldown of 20 % stops the run at 47.
END = 47


class Killed(Exception):  # noqa: N818 - it is no error of the run's
    pass


def die(trainer: Trainer) -> None:
    raise Killed(trainer.global_step)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the run tells that nobody kills; it saves like the others."""
    probe = killed.Probe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = killed.fit(probe, killed.Save(tmp_path_factory.mktemp("whole") / "last.ckpt"))
    rates = {str(step): rate for step, rate in probe.rates.items()}
    return {"rates": rates, "weights": module.weight.tolist()}


def started(
    folder: Path, step: int, processes: int = 1, spread: float = 0.0, *, returns: int = 0
) -> dict[str, Any]:
    """Start the run in processes of its own; give what each has told at its end."""
    paths = [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    words = [str(folder), str(step), str(processes), str(spread)]
    run = subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == returns, run.stderr
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("rank*.json")}


def test_the_run_warms_up_holds_stalls_cools_down_and_stops(whole: dict[str, Any]) -> None:
    rates = list(whole["rates"].values())

    assert len(rates) == END < 0.8 * killed.STEPS
    assert rates[:6] == pytest.approx([0.2 * (0.01 + 0.99 * k / 6) for k in range(6)])
    assert rates[6:35] == [0.2] * 29
    assert rates[35:] == pytest.approx([0.2 * (1 - (k / 12) ** 0.5) for k in range(12)])


@pytest.mark.parametrize("step", range(1, END))
def test_a_run_that_fails_at_any_step_goes_on_exactly(
    whole: dict[str, Any], tmp_path: Path, step: int
) -> None:
    path = tmp_path / "last.ckpt"
    with pytest.raises(Killed):
        killed.fit(killed.Probe(step, die), killed.Save(path))
    probe = killed.Probe()
    module = killed.fit(probe, ckpt_path=path)

    expected = {int(k): rate for k, rate in whole["rates"].items() if int(k) >= step}
    assert probe.rates == expected
    assert module.weight.tolist() == whole["weights"]


@pytest.mark.slow
@pytest.mark.parametrize("step", [36, 20])
def test_a_process_that_is_killed_goes_on_exactly(
    whole: dict[str, Any], tmp_path: Path, step: int
) -> None:
    assert started(tmp_path, step, returns=-signal.SIGKILL) == {}
    told = started(tmp_path, -1)["rank0"]

    assert whole["rates"].items() >= told["rates"].items()
    assert list(told["rates"]) == [str(k) for k in range(step, END)]
    assert told["weights"] == whole["weights"]


def test_a_checkpoint_before_a_validation_that_is_left_out_is_said(tmp_path: Path) -> None:
    class Before(Callback):
        @override
        def on_validation_batch_start(self, trainer: Trainer, *args: object) -> None:
            if trainer.global_step == 25:
                die(trainer)

    path = tmp_path / "last.ckpt"
    with pytest.raises(Killed):
        killed.fit(Before(), killed.Save(path))

    with pytest.warns(UserWarning, match="saved at step 25 before the validation"):
        killed.fit(ckpt_path=path)


def test_a_checkpoint_of_the_run_loads_without_running_code(tmp_path: Path) -> None:
    killed.fit(killed.Save(tmp_path / "last.ckpt"))
    held = torch.load(tmp_path / "last.ckpt", weights_only=True)
    state = held["callbacks"]["lr_plugin.LearningRateScheduler"]

    assert state["logs"] == [[["plateau", 35, 1.0, False]]]
    assert state["triggers"]["plateau"]["trigger"]["kind"] == "plateau"


# Two processes


def on_both(told: dict[str, Any]) -> dict[str, Any]:
    """Give what both processes have told, which must be the same."""
    assert told["rank0"] == told["rank1"]
    both: dict[str, Any] = told["rank0"]
    return both


@pytest.mark.parametrize(
    "spread",
    [
        pytest.param(0.5, id="disagreeing"),
        pytest.param(-1.0, id="missing on one", marks=pytest.mark.slow),
    ],
)
def test_two_processes_follow_the_metric_of_the_first(
    whole: dict[str, Any], tmp_path: Path, spread: float
) -> None:
    assert on_both(started(tmp_path, -1, 2, spread)) == whole


@pytest.mark.slow
@pytest.mark.parametrize("step", [3, 20, 34, 36, 40])
@pytest.mark.parametrize("spread", [0.5, -1.0], ids=["disagreeing", "missing on one"])
def test_two_processes_that_are_killed_go_on_exactly(
    whole: dict[str, Any], tmp_path: Path, spread: float, step: int
) -> None:
    assert started(tmp_path, step, 2, spread, returns=-signal.SIGKILL) == {}
    told = on_both(started(tmp_path, -1, 2, spread))

    assert list(told["rates"]) == [str(k) for k in range(step, END)]
    assert whole["rates"].items() >= told["rates"].items()
    assert told["weights"] == whole["weights"]
