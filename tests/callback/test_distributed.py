"""Two processes: the same values on every rank, and after a resume."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lr_plugin

ROOT = Path(lr_plugin.__file__).parent.parent
SCRIPT = Path(__file__).with_name("distributed.py")
ADVISED = Path(__file__).with_name("advised.py")
EXPECTED = [0.5, 0.75, 1.0, 0.93971, 0.775, 0.55, 0.325, 0.16029]


@pytest.fixture(scope="module")
def rates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp(request.param)
    return written(SCRIPT, request.param, folder=folder)


def written(script: Path, *words: str, folder: Path) -> dict[str, Any]:
    """Run a script, and return what its processes wrote."""
    paths = [str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, str(script), *words, str(folder)]
    run = subprocess.run(
        command,
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {file.stem: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}


@pytest.mark.parametrize("rates", ["ddp", "ddp_spawn", "fsdp2"], indirect=True)
def test_every_rank_uses_the_value_of_the_step(rates: dict[str, list[float]]) -> None:
    assert rates["whole-0"] == rates["whole-1"] == pytest.approx(EXPECTED, abs=1e-5)


@pytest.mark.parametrize("rates", ["ddp", "fsdp2"], indirect=True)
def test_every_rank_goes_on_exactly_after_a_resume(rates: dict[str, list[float]]) -> None:
    assert rates["tail-0"] == rates["tail-1"] == rates["whole-0"][4:]


@pytest.mark.slow
@pytest.mark.parametrize("rates", ["signal"], indirect=True)
def test_a_signal_that_one_process_receives_acts_on_all(rates: dict[str, list[float]]) -> None:
    expected = [1.0] * 50 + [0.5] * 10
    assert rates["whole-0"] == rates["whole-1"] == pytest.approx(expected, abs=1e-5)


def test_all_processes_are_told_the_same_and_act_alike(tmp_path: Path) -> None:
    ranks = written(ADVISED, folder=tmp_path)
    first, second = (ranks[rank] for rank in "01")
    assert first == second
    assert "increase" in first["said"]
    assert first["rate"] == pytest.approx(1e-3)
