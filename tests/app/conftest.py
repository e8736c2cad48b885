import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import torch

from lr_plugin.app.train import main
from tests.state import restored

USER_PROJECT = Path(__file__).parent / "user_project"


Train = Callable[..., CompletedProcess[str]]


def run(*words: str) -> CompletedProcess[str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return CompletedProcess(words, code, out.getvalue(), err.getvalue())


@contextmanager
def elsewhere(folder: Path) -> Iterator[None]:
    threads = torch.get_num_threads()
    with restored(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("LR_PLUGIN_OUT", raising=False)
        patch.syspath_prepend(USER_PROJECT)
        # Hydra takes what measures coverage for a debugger and then raises instead of reporting.
        patch.setattr("hydra._internal.utils.is_under_debugger", lambda: False)
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def train(tmp_path: Path) -> Iterator[Train]:
    with elsewhere(tmp_path):
        yield run


@pytest.fixture(scope="module")
def train_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Train]:
    with elsewhere(tmp_path_factory.mktemp("runs")):
        yield run
