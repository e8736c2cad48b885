"""What a `_target_` names and Python cannot find or make: the key, the file and what to write."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from lr_plugin.app.build import build, build_all
from lr_plugin.app.targets import naming
from lr_plugin.app.values import ConfigError
from lr_plugin.schedule import ScheduleError

FILES = {
    "own_good.py": (
        "class Module:\n    def __init__(self, net=None):\n        assert net != 3, net\n"
    ),
    "own_import.py": "import math\nimport nowhere_at_all\n",
    "own_syntax.py": "class Module\n",
    "own_name.py": "x = 1\ny = undefined\n",
}
NOWHERE = (
    "there is no module 'nowhere'; write PYTHONPATH=FOLDER in front of the command, where FOLDER "
    "holds it, or install it"
)
MISSING = (
    "ModuleNotFoundError: No module named 'nowhere_at_all' ({}/own_import.py:2); install it, "
    "or mend that"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


def refusal(target: str, **written: object) -> str:
    cfg = OmegaConf.create({"task": {"model": {"_target_": target, **written}, "other": [1, {}]}})
    with pytest.raises(ConfigError) as caught, naming(cfg):
        build(cfg.task.model, {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("own_good.Modul", "'own_good' has no 'Modul'; did you mean own_good.Module?"),
        ("own_good.module", "'own_good' has no 'module'; did you mean own_good.Module?"),
        ("own_good.Xyz", "'own_good' has no 'Xyz'; check how it is spelt"),
        (
            "nowhere.Module",
            NOWHERE,
        ),
        (
            "own_import.Module",
            MISSING,
        ),
        (
            "own_syntax.Module",
            "SyntaxError: expected ':' (own_syntax.py, line 1); mend it there",
        ),
        (
            "own_name.Module",
            "NameError: name 'undefined' is not defined ({}/own_name.py:2); mend it there",
        ),
    ],
)
def test_what_cannot_be_imported_has_its_key_and_a_remedy(
    target: str, why: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert refusal(target) == (
        f"task.model._target_: {target!r} cannot be imported: {why.format(folder)}"
    )
    assert caplog.text == ""


def test_what_is_named_inside_has_its_own_key() -> None:
    said = refusal("own_good.Module", net={"_target_": "own_good.Net"})

    assert said.startswith("task.model.net._target_: 'own_good.Net' cannot be imported: ")


def test_what_cannot_be_made_says_why_and_where(folder: Path) -> None:
    assert refusal("own_good.Module", net=3) == (
        f"task.model: Module cannot be made: AssertionError: 3 ({folder}/own_good.py:3)"
    )


def test_an_argument_that_there_is_not_is_to_be_removed() -> None:
    said = refusal("own_good.Module", nte=3)

    assert said.startswith("task.model: Module cannot be made: TypeError: ")
    assert said.endswith("unexpected keyword argument 'nte'; remove task.model.nte")


def test_an_argument_that_is_missing_is_to_be_written() -> None:
    said = refusal("pytorch_lightning.callbacks.EarlyStopping")

    assert said.startswith("task.model: EarlyStopping cannot be made: TypeError: ")
    assert said.endswith("argument: 'monitor'; write +task.model.monitor=...")


def test_a_file_of_a_group_is_chosen_with_a_slash() -> None:
    cfg = OmegaConf.create({"callbacks": {"none": None, "lr_scheduler": "mine"}})
    with pytest.raises(ConfigError) as caught:
        build_all(cfg.callbacks)

    assert str(caught.value) == (
        "callbacks.lr_scheduler: 'mine' is no class with its arguments; to choose a file of the "
        "group write callbacks/lr_scheduler=mine"
    )


def test_a_group_that_is_empty_or_is_not_there_builds_nothing() -> None:
    assert build_all(None) == build_all(OmegaConf.create({"own": None})) == []


def test_a_schedule_that_is_wrong_says_so_itself() -> None:
    cfg = OmegaConf.create(
        {"own": {"_target_": "lr_plugin.callback.LearningRateScheduler", "schedule": "wds"}}
    )
    with pytest.raises(Exception, match="there is no recipe 'wds'") as caught, naming(cfg):
        instantiate(cfg.own)

    assert isinstance(caught.value.__cause__, ScheduleError)
