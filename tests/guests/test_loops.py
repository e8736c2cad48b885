"""In loops without Lightning: transformers' Trainer, Accelerate, and one written by hand."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import SGD

from lr_plugin.interop import as_function, as_lambda_lr
from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import Span

RATE, STEPS = 0.5, 12
CURVE = load_schedule("warmup_cosine").over(Span(STEPS))
EXPECTED = [RATE * float(value) for value in CURVE(range(STEPS))]


class Line(torch.nn.Module):
    """One weight, and the loss in the form that transformers' Trainer wants."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (self.weight * x).sum()}


class Noting(SGD):
    """Notes the learning rate that each step uses."""

    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - torch's own
        super().__init__(*arguments, **more)
        self.used: list[float] = []

    def step(self, closure: Any = None) -> Any:  # noqa: ANN401 - torch's own
        self.used.append(self.param_groups[0]["lr"])
        return super().step(closure)


def test_a_loop_by_hand_uses_the_function() -> None:
    model = Line()
    optimizer, factor = Noting(model.parameters(), lr=RATE), as_function(CURVE)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * factor(step)
        model(torch.ones(1))["loss"].backward()
        optimizer.step()

    assert optimizer.used == EXPECTED


@pytest.mark.filterwarnings("ignore")  # what a third party says about itself
def test_transformers_trainer_uses_the_lambda_lr(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    pytest.importorskip("accelerate", reason="transformers' Trainer needs accelerate")
    model = Line()
    optimizer = Noting(model.parameters(), lr=RATE)
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path),
        max_steps=STEPS,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=2,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    transformers.Trainer(
        model=model,
        args=arguments,
        train_dataset=[{"x": torch.ones(1)}] * 10,
        optimizers=(optimizer, as_lambda_lr(CURVE, optimizer)),
    ).train()

    assert optimizer.used == EXPECTED


@pytest.mark.parametrize("prepared", [True, False])
def test_accelerate_uses_the_lambda_lr(*, prepared: bool) -> None:
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = Line()
    noting = Noting(model.parameters(), lr=RATE)
    scheduler: Any = as_lambda_lr(CURVE, noting)
    model, optimizer = accelerator.prepare(model, noting)
    scheduler = accelerator.prepare(scheduler) if prepared else scheduler
    for _ in range(2 * STEPS):
        with accelerator.accumulate(model):
            accelerator.backward(model(torch.ones(1))["loss"])
            optimizer.step()
            if prepared or accelerator.sync_gradients:
                scheduler.step()
            optimizer.zero_grad()

    assert noting.used == EXPECTED
