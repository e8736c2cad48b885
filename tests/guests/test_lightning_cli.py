"""In LightningCLI: the callback by its class_path, with the mapping that Hydra and Python take."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from torch.utils.data import DataLoader

from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import ScheduleError, Span, load

pytest.importorskip("jsonargparse", reason="jsonargparse is not installed")

OURS = {
    "pytorch_lightning": "lr_plugin.callback",
    "lightning.pytorch": "lr_plugin.callback.lightning_pytorch",
}
STEPS = 40
WARMUP = {"kind": "linear", "start_value": 0.01, "end_value": 1.0, "duration": "25%"}
MAPPING = {"kind": "sequence", "phases": {"warmup": WARMUP, "decay": {"kind": "cosine"}}}

Cli = Callable[..., SimpleNamespace]


@pytest.fixture(params=OURS)
def cli(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the real CLI of a namespace on a YAML file; give the rates that were used."""
    lightning = importlib.import_module(request.param)
    cli_module = importlib.import_module(f"{request.param}.cli")
    monkeypatch.chdir(tmp_path)
    # Lightning calls a part of jsonargparse that jsonargparse has since renamed.
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")

    class Model(lightning.LightningModule):  # type: ignore[name-defined,misc] # of either namespace
        def __init__(self, width: int = 4) -> None:
            super().__init__()
            self.net = torch.nn.Linear(8, width)
            self.rates: list[float] = []

        def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
            self.rates.append(self.trainer.optimizers[0].param_groups[0]["lr"])
            return self.net(batch).sum()  # type: ignore[no-any-return] # a tensor

        def train_dataloader(self) -> DataLoader[torch.Tensor]:
            rows: Any = torch.ones(STEPS, 8)
            return DataLoader(rows)

    def run(init_args: dict[str, Any], *words: str, **more: object) -> SimpleNamespace:
        callback = {"class_path": f"{OURS[request.param]}.LearningRateScheduler"}
        Path("run.yaml").write_text(
            yaml.safe_dump(
                {
                    "trainer": {
                        "callbacks": [{**callback, "init_args": init_args}],
                        **dict.fromkeys(("logger", "enable_checkpointing"), False),
                        **dict.fromkeys(("enable_progress_bar", "enable_model_summary"), False),
                        "max_epochs": 1,
                        "accelerator": "cpu",
                    },
                    "optimizer": {"class_path": "torch.optim.SGD", "init_args": {"lr": 0.1}},
                    **more,
                },
                sort_keys=False,
            )
        )
        Path("config.yaml").unlink(missing_ok=True)
        monkeypatch.setattr("sys.argv", ["train.py", "fit", "--config", "run.yaml", *words])
        done = cli_module.LightningCLI(Model, seed_everything_default=False)
        return SimpleNamespace(rates=done.model.rates, saved=Path("config.yaml"))

    return run


def rates_of(schedule: Any) -> list[float]:  # noqa: ANN401 - any schedule
    return [0.1 * float(value) for value in schedule.over(Span(STEPS))(range(STEPS))]


def test_the_mapping_is_the_one_that_python_takes(cli: Cli) -> None:
    assert cli({"schedule": MAPPING}).rates == rates_of(load(MAPPING))


@pytest.mark.parametrize("as_file", [False, True])
def test_a_recipe_is_named_or_is_a_file(cli: Cli, *, as_file: bool) -> None:
    Path("mine.yaml").write_text(json.dumps(MAPPING))
    expected = load(MAPPING) if as_file else load_schedule("wsd")

    assert cli({"schedule": "mine.yaml" if as_file else "wsd"}).rates == rates_of(expected)


def test_the_command_line_goes_before_the_file(cli: Cli) -> None:
    ran = cli({"schedule": MAPPING}, "--trainer.callbacks.schedule=cosine")

    assert ran.rates == rates_of(load_schedule("cosine"))


def test_the_config_that_a_run_saves_gives_the_same_run(cli: Cli) -> None:
    ran = cli({"schedule": MAPPING, "total": "40 steps", "ignore": "head*", "on_change": "keep"})
    saved = yaml.safe_load(ran.saved.read_text())["trainer"]["callbacks"][0]["init_args"]

    assert saved["schedule"] == MAPPING
    assert cli(saved).rates == ran.rates == rates_of(load(MAPPING))


@pytest.mark.parametrize(
    ("init_args", "answer"),
    [
        ({"schedule": "wdsd"}, "schedule: there is no recipe 'wdsd'; did you mean 'wsd'?"),
        (
            {"schedule": {"kind": "cosin"}},
            "schedule.kind: 'cosin' is not a kind of schedule; did you mean 'cosine'?",
        ),
        (
            {"schedule": {**MAPPING, "phases": {"warmup": {**WARMUP, "duration": 5}}}},
            "schedule.phases.warmup.duration: 5 has no unit; write '5 steps'",
        ),
        ({"schedule": {"kind": "os.system"}}, "schedule.kind: 'os.system' would import code; "),
        ({"rules": {"lr": {"shedule": "wsd"}}}, "a rule has no 'shedule'; did you mean 'schedule'"),
    ],
)
def test_a_mistake_is_answered_as_everywhere(
    cli: Cli, init_args: dict[str, Any], answer: str
) -> None:
    with pytest.raises(ValueError, match="Does not validate") as raised:
        cli(init_args)

    assert answer in str(raised.value)


@pytest.mark.parametrize(
    ("init_args", "answer"),
    [
        ({"schedul": "wsd"}, "Option 'schedul' is not accepted"),
        (
            {"schedule": "wsd", "on_change": "kep"},
            "'recompute', 'keep', 'continue']. Got value: kep",
        ),
    ],
)
def test_an_argument_that_is_wrong_is_answered_by_the_cli(
    cli: Cli, init_args: dict[str, Any], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli(init_args)

    assert answer in capsys.readouterr().err


def test_a_scheduler_of_the_clis_own_is_refused(cli: Cli) -> None:
    other = {"class_path": "torch.optim.lr_scheduler.StepLR", "init_args": {"step_size": 1}}

    with pytest.raises(ScheduleError, match=r"returns lr_schedulers \(StepLR\)"):
        cli({"schedule": "wsd"}, lr_scheduler=other)
