"""Every edit that the README and the design promise, as a shell passes it on."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from lr_plugin.recipe import recipe_names

Compose = Callable[..., DictConfig]

EDITS: dict[str, dict[str, str | None]] = {
    "schedule=wsd": {"phases.stable.kind": "constant", "phases.decay.kind": "sqrt"},
    "schedule.phases.warmup.duration=10%": {"phases.warmup.duration": "10%"},
    "schedule.phases.warmup.duration='500 steps'": {"phases.warmup.duration": "500 steps"},
    "~schedule.phases.warmup": {"phases.warmup": None, "phases.decay.kind": "cosine"},
    "schedule.phases.decay.kind=linear": {"phases.decay.kind": "linear"},
    "'+schedule.phases.hold={kind: constant, duration: 500 steps, after: warmup}'": {
        "phases.hold.duration": "500 steps",
        "phases.hold.after": "warmup",
    },
}


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = line.replace("lr-plugin", f"{sys.executable} -m lr_plugin", 1)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("edit", EDITS)
def test_a_shell_passes_the_edit_on_and_it_is_made(edit: str, tmp_path: Path) -> None:
    done = shell(f"lr-plugin train --cfg job {edit}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    schedule = OmegaConf.create(done.stdout).schedule
    assert {key: OmegaConf.select(schedule, key) for key in EDITS[edit]} == EDITS[edit]


def test_the_scheduler_can_be_taken_out(composed: Compose) -> None:
    config = composed("~callbacks/lr_scheduler", "~callbacks/schedule_monitor")
    assert sorted(config.callbacks) == ["advisor", "checkpoint", "divergence"]


def test_glob_sees_the_recipes_and_each_of_them_trains(tmp_path: Path) -> None:
    line = (
        "lr-plugin train -m 'schedule=glob([t*,w*])' trainer.max_epochs=1 "
        "+trainer.limit_train_batches=1 +trainer.limit_val_batches=1 ~callbacks/schedule_monitor "
        "callbacks/checkpoint=last hydra.sweep.dir=sweep"
    )
    done = shell(line, tmp_path)
    runs = [path.parent.name for path in (tmp_path / "sweep").glob("*/result.json")]
    expected = [name for name in recipe_names() if name[0] in "tw"]
    assert sorted(name.partition("_lr0.1")[0] for name in runs) == expected, done.stderr
