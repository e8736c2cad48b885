"""Killed at any step and resumed: the values and the weights of the run that was not killed."""

import json
import shutil
import signal
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from tests import forked
from tests.callback import killed

# The warm-up ends at 6, val/loss stalls at 35, and the cooldown of 20 % stops the run at 47.
END = 47


class Killed(Exception):  # noqa: N818 - it is no error of the run's
    pass


def die(trainer: Trainer) -> None:
    raise Killed(trainer.global_step)


class SaveEach(killed.Save):
    """Keeps what it saves, under the number of steps."""

    @override
    def save(self, trainer: Trainer) -> None:
        super().save(trainer)
        shutil.copy(self.path, self.path.with_name(f"{trainer.global_step}.ckpt"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run that nobody kills keeps all its checkpoints."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole(folder: Path) -> dict[str, Any]:
    """What the run tells that nobody kills; it saves like the others."""
    probe = killed.Probe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = killed.fit(probe, SaveEach(folder / "last.ckpt"))
    rates = {str(step): rate for step, rate in probe.rates.items()}
    return {"rates": rates, "weights": module.weight.tolist()}


def started(
    folder: Path, step: int, processes: int = 1, spread: float = 0.0, *, returns: int = 0
) -> dict[str, Any]:
    """Start the run in processes of its own; give what each has told at its end."""
    words = (folder, step, processes, spread)
    first, *_ = forked.run_ranks(killed.main, *words, folder=folder, count=processes)
    assert first.returncode == returns, first.stdout
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("rank*.json")}


def test_the_run_warms_up_holds_stalls_cools_down_and_stops(whole: dict[str, Any]) -> None:
    rates = list(whole["rates"].values())

    assert len(rates) == END < 0.8 * killed.STEPS
    assert rates[:6] == pytest.approx([0.2 * (0.01 + 0.99 * k / 6) for k in range(6)])
    assert rates[6:35] == [0.2] * 29
    assert rates[35:] == pytest.approx([0.2 * (1 - (k / 12) ** 0.5) for k in range(12)])


def goes_on(whole: dict[str, Any], path: Path, step: int) -> None:
    """Go on from a checkpoint, and hold what is left of the run against the whole one."""
    probe = killed.Probe()
    module = killed.fit(probe, ckpt_path=path)

    assert probe.rates == {int(k): rate for k, rate in whole["rates"].items() if int(k) >= step}
    assert module.weight.tolist() == whole["weights"]


@pytest.mark.parametrize("step", range(1, END))
def test_a_run_that_fails_at_any_step_goes_on_exactly(
    whole: dict[str, Any], folder: Path, step: int
) -> None:
    goes_on(whole, folder / f"{step}.ckpt", step)


@pytest.mark.parametrize("step", [5, 35, 36])
def test_a_run_that_fails_is_saved_until_then(
    whole: dict[str, Any], tmp_path: Path, step: int
) -> None:
    path = tmp_path / "last.ckpt"
    with pytest.raises(Killed):
        killed.fit(killed.Probe(step, die), killed.Save(path))

    goes_on(whole, path, step)


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


@pytest.mark.parametrize("spread", [0.5, -1.0], ids=["disagreeing", "missing on one"])
def test_two_processes_follow_the_metric_of_the_first(
    whole: dict[str, Any], tmp_path: Path, spread: float
) -> None:
    assert on_both(started(tmp_path, -1, 2, spread)) == whole


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
