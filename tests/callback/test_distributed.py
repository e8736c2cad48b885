"""Two processes: the same values on every rank, and after a resume."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.callback import advised, distributed

STARTED_BY_LIGHTNING = ("ddp_fork", "ddp_spawn")
EXPECTED = [0.5, 0.75, 1.0, 0.93971, 0.775, 0.55, 0.325, 0.16029]


@pytest.fixture(scope="module")
def rates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp(request.param)
    count = 1 if request.param in STARTED_BY_LIGHTNING else 2
    return written(distributed.main, request.param, folder=folder, count=count)


def written(main: Callable[..., None], *words: str, folder: Path, count: int) -> dict[str, Any]:
    """Run a function as the ranks of one training, and return what its processes wrote."""
    ended = forked.run_ranks(main, *words, folder, folder=folder, count=count)
    assert [each.returncode for each in ended] == [0] * count, ended[0].stdout
    return {file.stem: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}


@pytest.mark.parametrize(
    "rates",
    ["ddp", "ddp_fork", pytest.param("ddp_spawn", marks=pytest.mark.slow), "fsdp2"],
    indirect=True,
)
def test_every_rank_uses_the_value_of_the_step(rates: dict[str, list[float]]) -> None:
    assert rates["whole-0"] == rates["whole-1"] == pytest.approx(EXPECTED, abs=1e-5)


@pytest.mark.parametrize("rates", ["ddp", "fsdp2"], indirect=True)
def test_every_rank_goes_on_exactly_after_a_resume(rates: dict[str, list[float]]) -> None:
    assert rates["tail-0"] == rates["tail-1"] == rates["whole-0"][4:]


@pytest.mark.parametrize("rates", ["signal"], indirect=True)
def test_a_signal_that_one_process_receives_acts_on_all(rates: dict[str, list[float]]) -> None:
    expected = [1.0] * 50 + [0.5] * 10
    assert rates["whole-0"] == rates["whole-1"] == pytest.approx(expected, abs=1e-5)


def test_all_processes_are_told_the_same_and_act_alike(tmp_path: Path) -> None:
    ranks = written(advised.main, folder=tmp_path, count=2)
    first, second = (ranks[rank] for rank in "01")
    assert first == second
    assert "increase" in first["said"]
    assert first["rate"] == pytest.approx(1e-3)
