"""What went wrong and where: the innermost line of a user's own code, and of no library."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from lr_plugin.app.where import message, place, where
from lr_plugin.schedule import load

NAME = str(Path(__file__))


class Broken(Dataset[int]):
    """Data that a worker process fails to read."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> int:
        return {"a": index}["b"]


def read_in_a_worker() -> None:
    next(iter(DataLoader(Broken(), num_workers=1, multiprocessing_context="fork")))


def raised(act: Callable[[], object]) -> BaseException:
    with pytest.raises((Exception, SystemExit)) as caught:
        act()
    error = caught.value
    # the first frame is of this function, and in a run it is one of ours
    assert error.__traceback__ is not None
    return error.with_traceback(error.__traceback__.tb_next)


def line(text: str) -> int:
    return 1 + [each.strip() for each in Path(NAME).read_text().splitlines()].index(text)


def calls_torch() -> None:
    torch.nn.Linear(2, 1)(torch.ones(3))


def reads_json() -> None:
    json.loads("{")


def loads_a_schedule() -> None:
    load({"kind": "nothing"})


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (calls_torch, "torch.nn.Linear(2, 1)(torch.ones(3))"),
        (reads_json, 'json.loads("{")'),
        (loads_a_schedule, 'load({"kind": "nothing"})'),
    ],
)
def test_the_line_is_of_ones_own_code_and_not_of_a_library(
    act: Callable[[], object], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert where(raised(act)) == f" ({NAME}:{line(text)})"


def test_a_line_of_a_worker_process_is_read_from_what_it_said() -> None:
    error = raised(read_in_a_worker)

    assert message(error) == "KeyError: 'b'"
    read = line('return {"a": index}["b"]')
    assert where(error).endswith(f"{Path(NAME).name}:{read})")


def test_of_what_was_never_raised_there_is_no_line() -> None:
    assert where(ValueError("nothing ran")) == ""


def test_installed_code_is_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "installed_somewhere.py").write_text("def fail():\n    raise ValueError\n")
    monkeypatch.syspath_prepend(folder)
    from installed_somewhere import fail  # type: ignore[import-not-found] # made above

    assert where(raised(fail)) == ""


def test_a_place_below_the_working_directory_is_said_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert place(str(tmp_path / "own" / "module.py"), 7) == str(Path("own", "module.py:7"))
    assert place("./module.py", 7) == "module.py:7"
    assert place(str(tmp_path.parent / "module.py"), 7) == f"{tmp_path.parent / 'module.py'}:7"
