"""`ckpt_path=`: what is no checkpoint to go on from is refused, and what is one is named."""

from pathlib import Path

import pytest
import torch
from omegaconf import DictConfig, OmegaConf

from lr_plugin.app.checkpoint import check_checkpoint
from lr_plugin.app.values import ConfigError

WEIGHTS = {"pytorch-lightning_version": "2.5.0", "state_dict": {"w": torch.zeros(9)}}
STATE = {**WEIGHTS, "optimizer_states": []}
ANY = "write ckpt_path=RUN/checkpoints/last.ckpt, where RUN is the directory of a run"
LAST = "run/checkpoints/last.ckpt"


class Own:
    """What only the program that saved it can load."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("run/checkpoints").mkdir(parents=True)
    Path("empty").mkdir()
    torch.save(STATE, LAST)
    torch.save({**STATE, "hyper_parameters": Own()}, "run/own.ckpt")
    torch.save(WEIGHTS, "weights.pt")
    torch.save(WEIGHTS["state_dict"]["w"], "tensor.pt")  # type: ignore[index] # of two types
    Path("half.pt").write_bytes(Path(LAST).read_bytes()[:-100])
    Path("notes.md").write_text("# Notes\n")
    return tmp_path


def config(written: object, **trainer: object) -> DictConfig:
    return OmegaConf.create({"ckpt_path": written, "trainer": trainer})


@pytest.mark.parametrize(
    "written", [None, LAST, "run/own.ckpt", "s3://bucket/last.ckpt", "registry:model"]
)
def test_what_can_be_gone_on_from_is_taken(written: str | None) -> None:
    check_checkpoint(config(written))


def test_the_users_folder_is_known_by_its_sign(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))

    check_checkpoint(config(f"~/{LAST}"))


@pytest.mark.parametrize("trainer", [{"strategy": "fsdp"}, {"plugins": []}])
def test_a_strategy_or_plugin_of_ones_own_may_read_anything(trainer: dict[str, object]) -> None:
    check_checkpoint(config("run", **trainer))

    with pytest.raises(ConfigError, match="is not there"):
        check_checkpoint(config("rnu", **trainer))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("missing.ckpt", f"is not there (from {{}}); {ANY}"),
        (5, f"is not there (from {{}}); {ANY}"),
        ("", f"is not there (from {{}}); {ANY}"),
        ("run/checkpoints/lst.ckpt", "is not there (from {}); did you mean '" + LAST + "'?"),
        ("run/checkpoints/xyz", f"is not there (from {{}}); write ckpt_path={LAST}"),
        ("run", f"is a folder; write ckpt_path={LAST} or ckpt_path=run/own.ckpt"),
        ("empty", f"is a folder; {ANY}"),
        ("last", f"means what this Trainer has saved, and a run begins with a new one; {ANY}"),
        ("notes.md", f"is no checkpoint, or not a whole one; {ANY}"),
        ("half.pt", f"is no checkpoint, or not a whole one; {ANY}"),
        ("weights.pt", f"does not hold the state of a training, at most weights; {ANY}"),
        ("tensor.pt", f"does not hold the state of a training, at most weights; {ANY}"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(written: object, why: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check_checkpoint(config(written))

    assert str(caught.value) == f"ckpt_path: {str(written)!r} {why.format(repr(str(folder)))}"
