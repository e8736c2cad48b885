"""The mount: another Hydra app gets the callbacks by two lines of its defaults."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf

from lr_plugin.callback import LearningRateScheduler, ScheduleMonitor
from lr_plugin.callback.total import read_total
from lr_plugin.recipe import load_schedule

APP = """
hydra: {searchpath: ["pkg://lr_plugin.conf"]}
defaults:
  - schedule: warmup_cosine
  - callbacks/lr_scheduler: default
  - callbacks/schedule_monitor: default
  - _self_
"""
TWO = """
hydra: {searchpath: ["pkg://lr_plugin.conf"]}
defaults:
  - schedule@optim.lr: warmup_cosine
  - schedule@optim.wd: linear
  - callbacks/lr_scheduler: default
  - _self_
callbacks:
  lr_scheduler:
    schedule: ${optim.lr}
    rules:
      weight_decay: {schedule: "${optim.wd}"}
"""


def composed(folder: Path, config: str, overrides: list[str]) -> LearningRateScheduler:
    (folder / "app.yaml").write_text(config, encoding="utf-8")
    with initialize_config_dir(str(folder), version_base=None):
        cfg = compose("app", overrides)
    callback = instantiate(cfg.callbacks.lr_scheduler)
    assert isinstance(callback, LearningRateScheduler)
    return callback


@pytest.mark.parametrize("recipe", ["warmup_cosine", "wsd", "sgdr"])
def test_the_callback_lands_beside_those_of_the_app(tmp_path: Path, recipe: str) -> None:
    (rule,) = composed(tmp_path, APP, [f"schedule={recipe}"]).rules

    assert rule.schedule == load_schedule(recipe)
    assert (rule.name, rule.key, rule.mode) == ("lr", "lr", "scale")


def test_the_command_line_reaches_the_callback(tmp_path: Path) -> None:
    overrides = ["schedule.phases.warmup.duration=10%", "+callbacks.lr_scheduler.total=500"]
    callback = composed(tmp_path, APP, overrides)

    assert callback.total == read_total(500)
    assert callback.rules[0].schedule == load_schedule(
        "warmup_cosine", ["phases.warmup.duration=10%"]
    )


def test_two_schedules_are_mounted_under_names_of_their_own(tmp_path: Path) -> None:
    lr, wd = composed(tmp_path, TWO, []).rules

    assert (lr.schedule, wd.schedule) == (load_schedule("warmup_cosine"), load_schedule("linear"))
    assert wd.key == "weight_decay"


def test_the_mount_needs_no_package_and_stays_data(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(APP, encoding="utf-8")
    with initialize_config_dir(str(tmp_path), version_base=None):
        cfg = compose("app")

    assert list(cfg.callbacks) == ["lr_scheduler", "schedule_monitor"]
    assert OmegaConf.to_container(cfg.callbacks.lr_scheduler) == {
        "_target_": "lr_plugin.callback.LearningRateScheduler",
        "_convert_": "all",
        "_recursive_": False,
        "schedule": "${schedule}",
        "on_change": "error",
        "on_conflict": "warn",
        "branch": False,
        "allow": [],
        "silence": [],
    }
    assert isinstance(instantiate(cfg.callbacks.schedule_monitor), ScheduleMonitor)
