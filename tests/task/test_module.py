from copy import deepcopy
from functools import partial

import pytest
import torch
from pytorch_lightning import Trainer
from torch import nn
from torch.nn.functional import cross_entropy

from lr_plugin.task.loading import Arrays, loader
from lr_plugin.task.module import Classifier


@pytest.fixture
def module() -> Classifier:
    torch.manual_seed(0)
    return Classifier(net=nn.Linear(4, 3), optimizer=partial(torch.optim.SGD, lr=0.5))


@pytest.fixture
def data() -> Arrays:
    torch.manual_seed(1)
    return Arrays(torch.randn(50, 4), torch.randint(3, (50,)))


def trainer(**changes: object) -> Trainer:
    quiet = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    return Trainer(accelerator="cpu", max_epochs=1, log_every_n_steps=1, **{**quiet, **changes})  # type: ignore[arg-type] # Trainer takes many types


def test_validation_logs_what_one_pass_over_all_samples_gives(
    module: Classifier, data: Arrays
) -> None:
    logits = module(data.inputs)
    expected = {
        "val/loss": cross_entropy(logits, data.labels).item(),
        "val/acc": (logits.argmax(1) == data.labels).float().mean().item(),
    }
    # 50 samples in batches of 16: the last batch is smaller and must count for less
    (found,) = trainer().validate(module, loader(data, batch_size=16), verbose=False)
    assert found == pytest.approx(expected)


def test_training_logs_the_loss_and_changes_the_weights(module: Classifier, data: Arrays) -> None:
    before = deepcopy(module.net.state_dict())
    runner = trainer()
    runner.fit(module, loader(data, batch_size=10), loader(data, batch_size=50))
    assert runner.callback_metrics["train/loss"] > 0
    assert not torch.equal(module.net.state_dict()["weight"], before["weight"])


def test_the_optimizer_is_made_from_all_parameters(module: Classifier) -> None:
    optimizer = module.configure_optimizers()
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.param_groups[0]["params"] == list(module.parameters())
