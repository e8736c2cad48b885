from collections.abc import Callable, Iterator
from pathlib import Path

import lr_plugin.conf
import pytest
from hydra.utils import get_object
from omegaconf import DictConfig, ListConfig, OmegaConf

CONF = Path(lr_plugin.conf.__file__).parent
FILES = sorted(path.relative_to(CONF) for path in CONF.rglob("*.yaml"))
# It brings the group that our own app has already.
FOR_OTHER_APPS = Path("callbacks/lr_scheduler/with_schedule.yaml")
OPTIONS = [path for path in FILES if path.parent != Path("lr_app") and path != FOR_OTHER_APPS]

Compose = Callable[..., DictConfig]


def word(path: Path) -> str:
    parts = path.with_suffix("").parts
    group, option = "/".join(parts[:-1]).removeprefix("lr_app/"), parts[-1]
    return f"{group}={option}"


def targets(node: object) -> Iterator[str]:
    if isinstance(node, DictConfig):
        own = OmegaConf.select(node, "_target_")
        yield from [own] if own else []
        children = [node._get_node(key) for key in node]  # noqa: SLF001 - as written, unresolved
        yield from (found for child in children for found in targets(child))
    elif isinstance(node, ListConfig):
        yield from (found for child in node for found in targets(child))


def test_there_are_files_to_look_at() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_first_line_says_what_the_file_is(path: Path) -> None:
    lines = (CONF / path).read_text().splitlines()
    comment = next(line for line in lines if not line.startswith("# @package"))
    assert comment.startswith("# ")
    assert len(comment) > 20


@pytest.mark.parametrize("path", OPTIONS, ids=str)
def test_every_option_composes_into_the_app_and_resolves(path: Path, composed: Compose) -> None:
    config = composed(word(path))
    own = OmegaConf.merge(config, {"run_dir": "run", "hydra": None})
    OmegaConf.to_container(own, resolve=True, throw_on_missing=True)
    name = path.with_suffix("").name
    chosen = config.hydra.runtime.choices[word(path).split("=")[0]]
    assert chosen in (name, f"[{name}]")


@pytest.mark.parametrize("path", OPTIONS, ids=str)
def test_every_class_that_is_named_exists(path: Path, composed: Compose) -> None:
    config = composed(word(path))
    assert all(callable(get_object(target)) for target in targets(config))


@pytest.mark.parametrize("path", [path for path in FILES if "experiment" in path.parts], ids=str)
def test_an_experiment_begins_with_the_command_that_runs_it(path: Path) -> None:
    header, command, *_ = (CONF / path).read_text().splitlines()
    assert header == "# @package _global_"
    run = (f"# lr-plugin {verb} experiment={path.stem}" for verb in ("train", "study"))
    assert command.startswith(tuple(run))


def test_the_data_directory_is_the_environments_or_else_in_the_users_cache(
    composed: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = composed()
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("LR_PLUGIN_DATA", raising=False)
    assert config.data_dir == "/home/someone/.cache/lr_plugin"
    monkeypatch.setenv("LR_PLUGIN_DATA", "/data")
    assert config.data_dir == "/data"
