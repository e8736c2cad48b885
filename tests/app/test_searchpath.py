import os
import subprocess
import sys
from pathlib import Path

import pytest
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl

from lr_plugin.recipe import recipe_names
from lr_plugin.searchpath import PATH, RecipeSearchPath

APP = """
import sys
import hydra
{extra}
@hydra.main(version_base="1.3", config_path="conf", config_name="main")
def main(cfg):
    print("GOT", cfg.schedule.kind)

main()
"""
CONFIG = "defaults: [schedule: cosine, _self_]\nhydra: {searchpath: ['pkg://lr_plugin.conf']}\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "main.yaml").write_text(CONFIG)
    (tmp_path / "app.py").write_text(APP.format(extra="import lr_plugin.searchpath"))
    (tmp_path / "plain.py").write_text(APP.format(extra=""))
    return tmp_path


def run(folder: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, script, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )


def test_another_app_sweeps_over_recipes_by_glob(app: Path) -> None:
    done = run(app, "app.py", "-m", "schedule=glob(w*)")
    assert done.stdout.count("GOT") == sum(name.startswith("w") for name in recipe_names())


def test_another_app_lists_the_recipes_in_its_help(app: Path) -> None:
    assert "warmup_cosine" in run(app, "app.py", "--help").stdout


def test_the_path_is_appended_once_behind_what_is_there() -> None:
    path = ConfigSearchPathImpl()
    path.append("main", "pkg://theirs")
    for _ in range(2):
        RecipeSearchPath().manipulate_search_path(path)
    assert [item.path for item in path.get_path()] == ["pkg://theirs", PATH]


def test_without_the_import_the_recipes_are_found_by_name(app: Path) -> None:
    assert run(app, "plain.py", "schedule=wsd").stdout == "GOT sequence\n"


def test_a_file_of_the_users_own_goes_before_ours(app: Path) -> None:
    (app / "conf" / "schedule").mkdir()
    (app / "conf" / "schedule" / "cosine.yaml").write_text("kind: mine\n")
    assert run(app, "app.py").stdout == "GOT mine\n"
