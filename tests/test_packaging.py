"""What is built holds everything, and works from elsewhere however it was installed."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

import lr_plugin

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TREES = {"lr_plugin": "lr_plugin", "conf": "lr_plugin/conf"}
BUILD = "import sys, setuptools.build_meta as b; getattr(b, sys.argv[1])(sys.argv[2])"
APP = """
import hydra
import lr_plugin.searchpath

@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(config):
    print("JOB", hydra.core.hydra_config.HydraConfig.get().runtime.choices.schedule)

main()
"""
CONFIG = """
hydra: {searchpath: ["pkg://lr_plugin.conf"]}
defaults: [schedule: constant, callbacks/lr_scheduler: default, _self_]
"""


@dataclass(frozen=True)
class Installed:
    """An interpreter that has the package in one way or another."""

    interpreter: Path
    pythonpath: str = ""

    def run(self, *arguments: str, cwd: Path) -> str:
        return run(str(self.interpreter), *arguments, cwd=cwd, pythonpath=self.pythonpath)


def run(*command: str, cwd: Path, pythonpath: str = "") -> str:
    environment = os.environ | {"PYTHONPATH": pythonpath}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(hook: str, source: Path, target: Path) -> Path:
    target.mkdir(exist_ok=True)
    run(sys.executable, "-c", BUILD, hook, str(target), cwd=source)
    return next(target.iterdir())


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout without what building and working leave behind."""
    target = tmp_path_factory.mktemp("packaging") / "sources"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for name in ("lr_plugin", "conf", "tests"):
        shutil.copytree(ROOT / name, target / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target)
    return target


@pytest.fixture(scope="module")
def wheel(sources: Path) -> Path:
    """The wheel as a user gets it who builds it from the sdist."""
    sdist = build("build_sdist", sources, sources.with_name("sdist"))
    unpacked = sources.with_name("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    return build("build_wheel", next(unpacked.iterdir()), sources.with_name("wheel"))


@pytest.fixture(scope="module", params=["wheel", "editable", "checkout"])
def installed(request: pytest.FixtureRequest, sources: Path, wheel: Path) -> Installed:
    """The package in each of the ways in which people have it."""
    if request.param == "checkout":
        return Installed(Path(sys.executable), pythonpath=str(sources))
    home = sources.with_name(f"venv-{request.param}")
    venv.create(home)
    result = Installed(home / "bin" / "python")
    libraries = result.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home)
    # All that lr_plugin needs is taken from the interpreter that runs the tests.
    (Path(libraries.strip()) / "needs.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    what = ["--no-build-isolation", "-e", str(sources)]
    what = [str(wheel)] if request.param == "wheel" else what
    pip = [sys.executable, "-m", "pip", "--python", str(result.interpreter)]
    run(*pip, "install", "--no-index", "--no-deps", *what, cwd=home)
    return result


def test_the_list_of_packages_is_complete() -> None:
    folders = {
        f"{package}/{path.parent.relative_to(ROOT / tree).as_posix()}".removesuffix("/.")
        for tree, package in TREES.items()
        for path in (ROOT / tree).rglob("__init__.py")
    }

    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(
        folder.replace("/", ".") for folder in folders
    )


def test_the_wheel_holds_all_modules_and_configs_and_nothing_else(
    sources: Path, wheel: Path
) -> None:
    expected = {
        f"{package}/{path.relative_to(sources / tree).as_posix()}"
        for tree, package in TREES.items()
        for path in (sources / tree).rglob("*")
        if path.suffix in {".py", ".yaml"} or path.name == "py.typed"
    }
    with ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert found == expected


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist() if "dist-info" in name}
        metadata = archive.read(names["METADATA"]).decode()

    assert f"\nVersion: {lr_plugin.__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "licenses/LICENSE" in names


def test_every_package_that_is_imported_is_required_or_an_extra() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    ours = [extras[name] for name in ("html", "joblib", "optuna", "slurm")]
    lines = " ".join(sum(ours, PROJECT["project"]["dependencies"]))
    imports = re.compile(r"(?m)^ *(?:from|import) (\w+)")
    sources = [path.read_text("utf-8") for path in (ROOT / "lr_plugin").rglob("*.py")]
    imported = {name for source in sources for name in imports.findall(source)}
    owners = packages_distributions()
    distributions = {owners[name][0].replace("_", "-").lower() for name in imported & {*owners}}

    # Lightning's other distribution is used where a user has it; Hydra's sweeper brings Optuna.
    elsewhere = {"lr-plugin", "lightning", "optuna"}
    assert distributions - {*re.split(r"[^\w.-]+", lines)} - elsewhere == set()


def test_it_is_imported_from_where_it_was_installed(
    installed: Installed, sources: Path, tmp_path: Path
) -> None:
    code = "import lr_plugin, lr_plugin.conf as conf; print(lr_plugin.__file__, *conf.__path__)"
    places = installed.run("-c", code, cwd=tmp_path).split()

    assert [place.startswith(str(sources.parent)) for place in places] == [True, True]


def test_another_app_sweeps_our_recipes(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    printed = installed.run("app.py", "-m", "schedule=glob(w*)", cwd=tmp_path)

    recipes = sorted(file.stem for file in (ROOT / "conf" / "schedule").glob("w*.yaml"))
    assert sorted(re.findall(r"(?m)^JOB (\w+)$", printed)) == recipes


def test_our_app_finds_its_own_groups_and_the_recipes(installed: Installed, tmp_path: Path) -> None:
    choices = ["task=digits_cnn", "schedule=wsd", "experiment=six_schedules"]
    printed = installed.run("-m", "lr_plugin", "train", "--cfg", "job", *choices, cwd=tmp_path)
    config = yaml.safe_load(printed)

    assert isinstance(config["task"], dict)
    assert "phases" in config["schedule"]


def test_the_command_shows_a_schedule(installed: Installed, tmp_path: Path) -> None:
    if installed.pythonpath:
        pytest.skip("a bare checkout has no installed command")
    command = installed.interpreter.with_name("lr-plugin")

    assert "warmup" in run(str(command), "show", "schedule=wsd", cwd=tmp_path)
