"""Every scheduler of torch gives in our node what it gives in a training loop of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import SWALR

from lr_plugin.interop import Torch
from lr_plugin.schedule import Constant, Linear, Phase, Product, Repeat, Sequence, Span

TORCH = "torch.optim.lr_scheduler"
STEPS = 24


@dataclass(frozen=True)
class Case:
    """A scheduler as one builds it in Python, and what one writes for the same in data."""

    build: Callable[[Optimizer], LRScheduler]
    scheduler: str
    arguments: dict[str, Any]
    total_argument: str | None = None
    base: float = 1.0
    key: str = "lr"

    @property
    def node(self) -> Torch:
        return Torch(
            scheduler=self.scheduler,
            arguments=self.arguments,
            total_argument=self.total_argument,
            base=self.base,
            key=self.key,
            absolute=True,
        )


def torch_case(name: str, total_argument: str | None = None, **arguments: Any) -> Case:  # noqa: ANN401 - any argument
    total = {total_argument: STEPS} if total_argument else {}
    build = getattr(lr_scheduler, name)
    return Case(
        lambda optimizer: build(optimizer, **arguments, **total),
        f"{TORCH}.{name}",
        arguments,
        total_argument,
    )


def nested(name: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - any argument
    return {"scheduler": f"{TORCH}.{name}", "arguments": arguments}


def warmup_then_cosine(optimizer: Optimizer) -> LRScheduler:
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=15)
    return lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[5])


def two_at_once(optimizer: Optimizer) -> LRScheduler:
    warmup = lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=4)
    decay = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    return lr_scheduler.ChainedScheduler([warmup, decay])


ONE_CYCLE = torch_case("OneCycleLR", "total_steps", max_lr=0.3)
TRIANGULAR = torch_case("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4, step_size_down=7)
CASES = {
    "linear": torch_case("LinearLR", start_factor=0.25, total_iters=8),
    "linear by default": torch_case("LinearLR"),
    "constant": torch_case("ConstantLR", factor=0.5, total_iters=6),
    "step": torch_case("StepLR", step_size=5, gamma=0.3),
    "multistep": torch_case("MultiStepLR", milestones=[3, 9, 9], gamma=0.5),
    "exponential": torch_case("ExponentialLR", gamma=0.9),
    "polynomial": torch_case("PolynomialLR", "total_iters", power=2.0),
    "cosine": torch_case("CosineAnnealingLR", "T_max", eta_min=0.01),
    "cosine that rises again": torch_case("CosineAnnealingLR", T_max=7),
    "cosine from 0.1": replace(torch_case("CosineAnnealingLR", "T_max", eta_min=0.01), base=0.1),
    "restarts": torch_case("CosineAnnealingWarmRestarts", T_0=3, T_mult=2, eta_min=0.05),
    "one cycle": ONE_CYCLE,
    "one cycle in three phases": torch_case(
        "OneCycleLR", "total_steps", max_lr=0.3, three_phase=True
    ),
    "one cycle with lines": torch_case(
        "OneCycleLR", "total_steps", max_lr=0.3, anneal_strategy="linear"
    ),
    "one cycle of momentum": replace(ONE_CYCLE, key="momentum"),
    "one cycle of beta": replace(ONE_CYCLE, key="betas.0"),
    "triangular": TRIANGULAR,
    "triangular2": torch_case(
        "CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4, mode="triangular2"
    ),
    "exp_range": torch_case(
        "CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4, mode="exp_range", gamma=0.95
    ),
    "triangular of momentum": replace(TRIANGULAR, key="momentum"),
    "sequence": Case(
        warmup_then_cosine,
        f"{TORCH}.SequentialLR",
        {
            "schedulers": [
                nested("LinearLR", start_factor=0.1, total_iters=5),
                nested("CosineAnnealingLR", T_max=15),
            ],
            "milestones": [5],
        },
    ),
    "chain": Case(
        two_at_once,
        f"{TORCH}.ChainedScheduler",
        {
            "schedulers": [
                nested("ConstantLR", factor=0.5, total_iters=4),
                nested("ExponentialLR", gamma=0.9),
            ]
        },
    ),
    "weight averaging": Case(
        lambda optimizer: SWALR(optimizer, swa_lr=0.05, anneal_epochs=6),
        "torch.optim.swa_utils.SWALR",
        {"swa_lr": 0.05, "anneal_epochs": 6},
    ),
}


def in_a_loop(case: Case, steps: int = STEPS) -> list[float]:
    """Train a model with a real optimizer, and note the value that each update uses."""
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    key, _, entry = case.key.partition(".")
    optimizer: Optimizer = torch.optim.SGD(model.parameters(), case.base, momentum=0.9)
    if key == "betas":
        optimizer = torch.optim.AdamW(model.parameters(), case.base)
    scheduler, used = case.build(optimizer), []
    for _ in range(steps):
        value = optimizer.param_groups[0][key]
        used.append(float(value[int(entry)] if entry else value))
        optimizer.zero_grad()
        model(torch.ones(1, 2)).square().sum().backward()
        optimizer.step()
        scheduler.step()
    return used


@pytest.fixture(params=CASES, name="case")
def _case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def test_a_scheduler_alone_gives_what_a_loop_of_its_own_gives(case: Case) -> None:
    assert case.node.over(Span(STEPS))(range(STEPS)).tolist() == in_a_loop(case)


def test_a_step_asked_for_alone_is_the_same_as_in_order(case: Case) -> None:
    curve = case.node.over(Span(STEPS))

    assert [curve(step) for step in (17, 3, 17, 0)] == [in_a_loop(case)[i] for i in (17, 3, 17, 0)]


def test_a_scheduler_behind_a_warmup_begins_where_the_warmup_ends(case: Case) -> None:
    warmup = Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration="8 steps")
    sequence = Sequence(phases={"warmup": warmup, "main": Phase(schedule=case.node)})

    values = sequence.over(Span(8 + STEPS))(range(8 + STEPS))

    assert values.tolist() == [step / 8 for step in range(8)] + in_a_loop(case)


def test_a_repeated_scheduler_begins_again_in_every_cycle(case: Case) -> None:
    repeat = Repeat(schedule=case.node, count=3)

    assert repeat.over(Span(3 * STEPS))(range(3 * STEPS)).tolist() == 3 * in_a_loop(case)


def test_a_scheduler_in_a_product_is_multiplied(case: Case) -> None:
    product = Product(factors={"half": Constant(value=0.5), "scheduler": case.node})

    values = product.over(Span(STEPS))(range(STEPS))

    assert values.tolist() == [0.5 * value for value in in_a_loop(case)]


def test_after_the_end_the_last_value_is_held(case: Case) -> None:
    curve = case.node.over(Span(STEPS))

    assert curve([STEPS, STEPS + 1, 10**9]).tolist() == 3 * [in_a_loop(case)[-1]]


def test_no_scheduler_of_torch_is_left_out() -> None:
    classes = {
        f"{TORCH}.{name}"
        for name, found in vars(lr_scheduler).items()
        if isinstance(found, type) and issubclass(found, LRScheduler) and not name.startswith("_")
    }
    refused = {f"{TORCH}.{name}" for name in ("LambdaLR", "MultiplicativeLR", "ReduceLROnPlateau")}

    assert classes - {f"{TORCH}.LRScheduler"} - refused <= {c.scheduler for c in CASES.values()}


def test_a_factor_is_the_value_divided_by_the_base() -> None:
    case = CASES["cosine from 0.1"]
    factor = replace(case.node, absolute=False).over(Span(STEPS))(range(STEPS))

    assert factor.tolist() == [value / 0.1 for value in in_a_loop(case)]
