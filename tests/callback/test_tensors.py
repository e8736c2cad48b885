"""Rates that are Tensors, optimizers that are fused, steps that are compiled."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.callback.lane import Lane
from lr_plugin.rule import Group, Rule
from lr_plugin.schedule import Linear, Span

LINEAR = {"kind": "linear"}
Weights = list[torch.nn.Parameter]


def falling(steps: int, base: float = 1.0) -> list[float]:
    return [base * (1 - step / steps) for step in range(steps)]


@pytest.mark.parametrize("fused", [False, True])
def test_a_tensor_is_filled_and_stays_the_optimizers_own(
    fit: Callable[..., Any], make_slope: Callable[..., Any], *, fused: bool
) -> None:
    module = make_slope(
        configure=lambda weights, _: torch.optim.SGD(weights, lr=torch.tensor(0.5), fused=fused)
    )
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1)
    held = run.trainer.optimizers[0].param_groups[0]["lr"]

    assert run.rates == pytest.approx(falling(10, 0.5), rel=1e-6)
    assert torch.is_tensor(held)


def test_the_state_holds_the_number_and_not_the_tensor(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    callback = LearningRateScheduler(LINEAR)
    module = make_slope(configure=lambda weights, _: torch.optim.SGD(weights, lr=torch.tensor(0.5)))
    fit(callback, module=module, max_epochs=1)
    state = callback.state_dict()

    assert json.loads(json.dumps(state)) == state
    assert state["bases"] == [[0, 0, "lr", 0.5]]


def test_a_tensor_is_not_filled_again_while_its_value_stays() -> None:
    rule = Rule(name="lr", schedule=Linear())
    lane, rate = Lane(rule, rule.schedule.over(Span(4)), print), torch.tensor(0.5)
    groups: list[Group] = [{"lr": rate}]
    lane.take(groups, {0: 0.5})
    versions = []
    for step in (0, 0, 1, 1, 1):
        lane.write(groups, step)
        versions.append(groups[0]["lr"]._version)  # noqa: SLF001 - torch has no public name for it

    assert [version - versions[0] for version in versions] == [0, 0, 1, 1, 1]


def test_groups_that_were_made_from_one_tensor_are_separated(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    def configure(weights: Weights, _: object) -> torch.optim.Optimizer:
        return torch.optim.SGD([{"params": [w]} for w in weights], lr=torch.tensor(0.5))

    module = make_slope(rates=(1.0, 1.0), configure=configure)
    rules = {"lr": {"schedule": LINEAR, "groups": 0}}
    run = fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)

    assert [row[0] for row in run.used[0]] == pytest.approx(falling(10, 0.5), rel=1e-6)
    assert [row[1] for row in run.used[0]] == pytest.approx([0.5] * 10, rel=1e-6)
    assert run.trainer.optimizers[0].defaults["lr"].item() == 0.5


def test_an_entry_of_a_tuple_may_be_a_tensor(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    seen: list[float] = []

    def configure(weights: Weights, _: object) -> torch.optim.Optimizer:
        betas = (torch.tensor(0.8), torch.tensor(0.9))
        return torch.optim.AdamW(weights, lr=torch.tensor(0.1), betas=betas, foreach=False)

    class Look(Callback):
        @override
        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            seen.append(optimizer.param_groups[0]["betas"][0].item())

    rules = {"betas.0": {"schedule": {**LINEAR, "end_value": 0.5}}}
    module = make_slope(configure=configure, batches=2)
    fit(LearningRateScheduler(rules=rules), Look(), module=module, max_epochs=1)

    assert seen == pytest.approx([0.8, 0.6])


def test_a_foreign_write_into_a_tensor_is_reported_and_undone(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    class Meddle(Callback):
        @override
        def on_train_batch_end(self, trainer: Any, *args: object) -> None:
            trainer.optimizers[0].param_groups[0]["lr"].fill_(7.0)

    module = make_slope(configure=lambda weights, _: torch.optim.SGD(weights, lr=torch.tensor(0.5)))

    with pytest.warns(UserWarning, match="something else writes it too") as caught:
        run = fit(LearningRateScheduler(LINEAR), Meddle(), module=module, max_epochs=1)
    assert run.rates == pytest.approx(falling(10, 0.5), rel=1e-6)
    assert [str(each.message)[:4] for each in caught if "else writes" in str(each.message)] == [
        "'lr'"
    ]


class Compiled(Callback):
    """Compiles the optimizer's step and counts the compilations."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self._count = 0

    def _backend(self, graph: torch.fx.GraphModule, _: object) -> Callable[..., Any]:
        self._count += 1
        return graph.forward

    @override
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        optimizer = trainer.optimizers[0]
        compiled = torch.compile(optimizer.step, backend=self._backend)

        def step(closure: Callable[[], Any]) -> Any:  # noqa: ANN401 - a loss or nothing
            # The closure runs all of Lightning, which is not what is compiled here.
            loss = closure()
            compiled()  # type: ignore[no-untyped-call] # torch
            return loss

        optimizer.step = step

    @override
    def on_train_batch_end(self, *args: object) -> None:
        self.counts.append(self._count)


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.parametrize("tensor", [False, True])
def test_a_compiled_step_is_compiled_again_at_most_once(
    fit: Callable[..., Any], make_slope: Callable[..., Any], *, tensor: bool
) -> None:
    torch.compiler.reset()
    rate = torch.tensor(0.5) if tensor else 0.5
    module = make_slope(configure=lambda weights, _: torch.optim.SGD(weights, lr=rate))
    compiled = Compiled()
    run = fit(LearningRateScheduler(LINEAR), compiled, module=module, max_epochs=1)
    changes = [count - compiled.counts[0] for count in compiled.counts]

    assert run.rates == pytest.approx(falling(10, 0.5), rel=1e-6)
    assert changes[-1] <= (0 if tensor else 1)
    assert changes[2] == changes[-1]


@pytest.mark.gpu
@pytest.mark.parametrize("settings", [{"fused": True}, {"capturable": True}])
@pytest.mark.parametrize("tensor", [False, True])
def test_optimizers_of_a_gpu_use_the_value_of_the_step(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    settings: dict[str, bool],
    *,
    tensor: bool,
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")

    def configure(weights: Weights, _: object) -> torch.optim.Optimizer:
        rate = torch.tensor(0.5, device="cuda") if tensor else 0.5
        return torch.optim.Adam(weights, lr=rate, betas=(0.0, 0.0), eps=0.0, **settings)

    module = make_slope(configure=configure)
    run = fit(LearningRateScheduler(LINEAR), module=module, max_epochs=1, accelerator="gpu")

    assert run.rates == pytest.approx(falling(10, 0.5), rel=1e-6)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["16-mixed", "bf16-mixed"])
def test_mixed_precision_of_a_gpu_uses_the_value_of_the_step(
    fit: Callable[..., Any], precision: str
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    run = fit(LearningRateScheduler(LINEAR), max_epochs=1, accelerator="gpu", precision=precision)

    assert run.rates == pytest.approx(falling(10), rel=1e-6)
