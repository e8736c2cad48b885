"""What a `_target_` in a config of our own app may name, where Hydra lets us say so."""

import json
from pathlib import Path

import pytest
from hydra import utils
from omegaconf import OmegaConf

from lr_plugin.app.build import trusted, trusting
from lr_plugin.app.train import main as train

CFG = OmegaConf.create(
    {"task": {"model": {"_target_": "mine.Module", "net": {"_target_": "nets.deep.Net"}}}}
)


def test_the_task_is_the_users_program_and_so_is_what_is_typed() -> None:
    typed = ["callbacks.own._target_=more.Own", "+x={_target_: flow.Own}", "seed=1"]

    assert {"mine.*", "nets.*", "more.*", "flow.*", "lr_plugin.*"} <= set(trusted(CFG, typed))


@pytest.mark.parametrize("root", ["os", "subprocess", "builtins", "torch", "hydra", "shutil"])
def test_what_nobody_named_is_not_trusted(root: str) -> None:
    assert f"{root}.*" not in trusted(CFG, [])


@pytest.mark.skipif(
    hasattr(utils, "execution_whitelist"), reason="this Hydra has an execution whitelist"
)
def test_an_older_hydra_is_asked_for_nothing() -> None:
    with trusting(CFG, []) as nothing:
        assert nothing is None


@pytest.mark.skipif(not hasattr(utils, "execution_whitelist"), reason="Hydra has one from 1.4 on")
def test_a_newer_hydra_instantiates_only_what_is_trusted() -> None:
    with trusting(CFG, []):
        assert utils.instantiate({"_target_": "torch.nn.Identity"}) is not None
        with pytest.raises(Exception, match="shlex"):
            utils.instantiate({"_target_": "shlex.quote", "s": "a"})


def test_hydra_refuses_the_worst_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Hydra takes what measures coverage for a debugger and then raises instead of reporting.
    monkeypatch.setattr("hydra._internal.utils.is_under_debugger", lambda: False)
    words = ["+callbacks.evil._target_=os.system", "+callbacks.evil.command='touch trace'"]

    assert train([*words, "hydra.run.dir=run"]) == 1
    assert "os.system" in json.loads(Path("run/result.json").read_text())["reason"]
    assert not Path("trace").exists()
