"""Attributes: numbers of the module, in place when its training step runs."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch._dynamo.testing import CompileCounter
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler, ScheduleMonitor
from lr_plugin.callback.attributes import Attributes
from lr_plugin.callback.slots import number
from lr_plugin.schedule import ScheduleError

LINEAR: dict[str, Any] = {"kind": "linear"}
KL = {"kl": {"key": "module.kl_weight", "schedule": LINEAR}}


def falling(steps: int, base: float = 1.0) -> list[float]:
    return [base * (1 - step / steps) for step in range(steps)]


class Gradients(Callback):
    """The gradient of the first weight at every update: with a linear loss, its factor."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    @override
    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        self.seen.append(pl_module.weights[0].grad.item())


class Save(Callback):
    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


class Part(torch.nn.Module):
    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate


def weighted(
    module: LightningModule,
    read: Callable[..., Any] = lambda module: module.kl_weight,
    **attributes: Any,  # noqa: ANN401 - anything that a module may hold
) -> Any:  # noqa: ANN401 - the module, with attributes that no type knows of
    """Multiply the loss of a module by one of its attributes, so that the gradient is it."""
    for name, value in ({"kl_weight": 2.0} | attributes).items():
        setattr(module, name, value)
    loss = module.training_step
    module.training_step = lambda *given: loss(*given) * read(module)  # type: ignore[method-assign] # what a user's own would do
    return module


@pytest.mark.parametrize(
    ("key", "read", "attributes"),
    [
        ("kl_weight", lambda m: m.kl_weight, {"kl_weight": 2.0}),
        ("kl_weight", lambda m: m.kl_weight, {"kl_weight": 2}),
        ("kl_weight", lambda m: m.kl_weight, {"kl_weight": torch.tensor(2.0)}),
        ("of.kl", lambda m: m.of["kl"], {"of": {"kl": 2.0, "ce": 1.0}}),
        ("of.1", lambda m: m.of[1], {"of": [1.0, 2.0]}),
        ("part.rate", lambda m: m.part.rate, {"part": Part(2.0)}),
        (
            "parts.1.rate",
            lambda m: m.parts[1].rate,
            {"parts": torch.nn.Sequential(Part(1), Part(2))},
        ),
    ],
)
def test_the_value_of_the_step_is_in_place_when_the_loss_is_computed(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    key: str,
    read: Callable[[Any], Any],
    attributes: dict[str, Any],
) -> None:
    gradients, module = Gradients(), weighted(make_slope(), read, **attributes)
    rules = {"kl": {"key": f"module.{key}", "schedule": LINEAR}}
    fit(LearningRateScheduler(rules=rules), gradients, module=module, max_epochs=1)

    assert gradients.seen == pytest.approx(falling(10, 2.0), rel=1e-6)


@pytest.mark.parametrize("first", [True, False])
def test_the_rate_and_the_loss_have_schedules_side_by_side(
    fit: Callable[..., Any], make_slope: Callable[..., Any], lightning: ModuleType, *, first: bool
) -> None:
    gradients, module = Gradients(), weighted(make_slope(lightning))
    rules = {"kl": {**KL["kl"], "mode": "set", "schedule": {**LINEAR, "end_value": 0.5}}}
    ours = LearningRateScheduler(LINEAR, rules=rules)
    callbacks = [ours, gradients] if first else [gradients, ours]
    run = fit(*callbacks, module=module, lightning=lightning, max_epochs=1)

    assert run.rates == pytest.approx(falling(10), rel=1e-9)
    assert gradients.seen == pytest.approx([1 - step / 20 for step in range(10)], rel=1e-12)


def test_all_batches_of_one_step_have_the_same_value(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    gradients, module = Gradients(), weighted(make_slope(batches=8))
    ours = LearningRateScheduler(rules=KL)
    fit(ours, gradients, module=module, max_epochs=1, accumulate_grad_batches=2)

    assert gradients.seen == pytest.approx(falling(4, 2.0), rel=1e-12)


def test_a_buffer_is_filled_and_stays_the_same_tensor(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    held, gradients, module = torch.tensor(2.0), Gradients(), make_slope()
    module.register_buffer("kl_weight", held, persistent=False)
    fit(
        LearningRateScheduler(rules=KL),
        gradients,
        module=weighted(module, kl_weight=held),
        max_epochs=1,
    )

    assert module.kl_weight is held
    assert gradients.seen == pytest.approx(falling(10, 2.0), rel=1e-6)


def test_a_buffer_spares_a_compiled_function_another_compilation(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    torch.compiler.reset()
    counter, module = CompileCounter(), make_slope()
    module.register_buffer("kl_weight", torch.tensor(2.0), persistent=False)
    module.training_step = torch.compile(
        lambda *_: module.kl_weight * sum(module.weights), backend=counter
    )
    run = fit(LearningRateScheduler(rules=KL), module=module, max_epochs=1)

    assert counter.frame_count == 1
    assert run.weights == pytest.approx([-sum(falling(10, 2.0))], rel=1e-6)


def test_a_number_that_follows_the_rate_moves_with_it(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    gradients, module = Gradients(), weighted(make_slope())
    rules = {"kl": {"key": "module.kl_weight", "follow": "lr", "map": [[0, 1], [1, 0.5]]}}
    fit(LearningRateScheduler(LINEAR, rules=rules), gradients, module=module, max_epochs=1)

    assert gradients.seen == pytest.approx([2 - factor for factor in falling(10)], rel=1e-12)


def test_manual_optimization_counts_the_steps_of_the_first_optimizer(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    def configure(weights: list[torch.nn.Parameter], _: object) -> list[torch.optim.Optimizer]:
        return [torch.optim.SGD([weight], lr=1.0) for weight in weights]

    module = make_slope(rates=(1.0, 1.0), configure=configure)
    module.automatic_optimization = False
    module.kl_weight = 2.0
    seen: list[float] = []

    def training_step(_: object, batch_idx: int) -> None:
        seen.append(module.kl_weight)
        both = module.optimizers()
        for optimizer in both if batch_idx % 2 else both[1:]:
            optimizer.zero_grad()
            module.manual_backward(sum(module.weights))
            optimizer.step()

    module.training_step = training_step
    fit(LearningRateScheduler(rules=KL, total=5), module=module, max_epochs=1)

    assert seen == pytest.approx([v for v in falling(5, 2.0) for _ in range(2)], rel=1e-12)


@pytest.mark.parametrize(
    ("key", "attributes", "message"),
    [
        ("kl_wieght", {}, "no 'module.kl_wieght'; did you mean 'module.kl_weight'"),
        ("of.kll", {"of": {"kl": 1.0}}, "did you mean 'module.of.kl'"),
        ("part.rat", {"part": Part(1.0)}, "did you mean 'module.part.rate'"),
        ("part.x.y", {"part": Part(1.0)}, "the module has no 'module.part.x.y'"),
        ("of.7", {"of": [1.0]}, "the module has no 'module.of.7'"),
        ("of.one", {"of": [1.0]}, "the module has no 'module.of.one'"),
        ("part", {"part": Part(1.0)}, "'module.part' is a Part here, which is not a number"),
        ("on", {"on": True}, "is a bool here, which is not a number; make it one, such as"),
        ("of", {"of": "2.0"}, "'module.of' is a str here"),
        ("of", {"of": torch.ones(3)}, "a Tensor of 3 entries of torch.float32; a schedule needs"),
        ("of", {"of": torch.tensor(1)}, "a Tensor of 1 entries of torch.int64; a schedule needs"),
        ("of.0", {"of": (1.0,)}, "'module.of.0' cannot be written: 'tuple' object"),
        ("weights.0", {}, "'module.weights.0' is a Parameter, which training moves"),
        ("kept", {}, "a buffer that checkpoints restore.*persistent=False, or write for example"),
        ("hparams.rate", {}, "a hyperparameter of the module, which every checkpoint keeps"),
        ("device", {}, "'module.device' is a device here, which is not a number"),
        ("global_step", {}, "; make it a plain attribute, or an entry of a list or dict"),
    ],
)
def test_what_cannot_be_driven_is_refused_before_the_first_batch(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    key: str,
    attributes: dict[str, Any],
    message: str,
) -> None:
    module: Any = weighted(make_slope(), **attributes)
    module.register_buffer("kept", torch.tensor(1.0))
    module.hparams["rate"] = 1.0
    rules = {"kl": {"key": f"module.{key}", "schedule": LINEAR}}

    with pytest.raises(ScheduleError, match=rf"(?s)^rules.kl.key: .*{message}"):
        fit(LearningRateScheduler(rules=rules), module=module, max_epochs=1)
    assert module.weights[0].item() == 0.0


def test_a_module_without_numbers_is_told_so_in_a_whole_sentence() -> None:
    module = LightningModule()

    with pytest.raises(ScheduleError) as caught:
        Attributes(module)["module.x"]
    assert str(caught.value) == (
        "key: the module has no 'module.x'; give it one, a number, in its __init__"
    )


def test_what_is_no_number_any_more_is_left_to_the_schedule() -> None:
    module: Any = LightningModule()
    module.x = "1.0"

    with pytest.raises(ScheduleError, match="not a number; let nothing but the schedule write it"):
        number("module.x", Attributes(module))


def test_a_number_that_is_written_into_a_tensor_fills_it() -> None:
    module, held = LightningModule(), torch.tensor(1.0)
    module.kl_weight = held
    Attributes(module)["module.kl_weight"] = 0.5

    assert module.kl_weight is held
    assert held.item() == 0.5


def test_a_factor_of_0_is_refused(fit: Callable[..., Any], make_slope: Callable[..., Any]) -> None:
    module = weighted(make_slope(), kl_weight=0.0)

    with pytest.raises(ScheduleError, match=r"rules.kl.mode: .* 0 times .* value in the module$"):
        fit(LearningRateScheduler(rules=KL), module=module, max_epochs=1)


@pytest.mark.parametrize("tensor", [False, True])
def test_a_foreign_write_is_reported_once_and_undone(
    fit: Callable[..., Any], make_slope: Callable[..., Any], *, tensor: bool
) -> None:
    class Meddle(Callback):
        @override
        def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: object) -> None:
            pl_module.kl_weight = torch.tensor(7.0) if tensor else 7.0

    gradients = Gradients()
    module = weighted(make_slope(), kl_weight=torch.tensor(2.0) if tensor else 2.0)

    with pytest.warns(UserWarning, match="else writes it") as caught:
        fit(LearningRateScheduler(rules=KL), Meddle(), gradients, module=module, max_epochs=1)
    told = [str(each.message) for each in caught if "else writes it" in str(each.message)]
    assert gradients.seen == pytest.approx(falling(10, 2.0), rel=1e-6)
    assert len(told) == 1
    assert told[0].startswith("'module.kl_weight' was written as")
    assert "ignore" not in told[0]


def test_a_foreign_write_may_be_an_error_or_count(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    class Double(Callback):
        @override
        def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: object) -> None:
            if trainer.global_step == 5:
                pl_module.kl_weight *= 2

    gradients = Gradients()
    adopting = LearningRateScheduler(rules=KL, on_conflict="adopt")
    fit(adopting, Double(), gradients, module=weighted(make_slope()), max_epochs=1)
    assert gradients.seen == pytest.approx(falling(10, 2.0)[:5] + falling(10, 4.0)[5:], rel=1e-9)

    strict = LearningRateScheduler(rules=KL, on_conflict="error")
    with pytest.raises(ScheduleError, match=r"^on_conflict: 'module.kl_weight' was written"):
        fit(strict, Double(), module=weighted(make_slope()), max_epochs=1)


def test_the_values_are_named_by_their_path(
    fit: Callable[..., Any], make_slope: Callable[..., Any]
) -> None:
    class Look(Callback):
        @override
        def on_train_batch_start(self, trainer: Any, pl_module: Any, *args: object) -> None:
            seen.append(ours.values())

    seen: list[dict[str, float]] = []
    ours = LearningRateScheduler(LINEAR, rules=KL)
    module = weighted(make_slope(rates=(1.0, 0.5)))
    fit(ours, Look(), module=module, max_epochs=1)

    assert seen[5] == {"lr/group0": 0.5, "lr/group1": 0.25, "module.kl_weight": 1.0}
    assert list(ours.curves) == ["lr", "kl"]


def test_the_monitor_logs_it(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    from pytorch_lightning.loggers import CSVLogger

    logger = CSVLogger(tmp_path)
    callbacks = [LearningRateScheduler(rules=KL), ScheduleMonitor()]
    settings = {"logger": logger, "log_every_n_steps": 1, "max_epochs": 1}
    fit(*callbacks, module=weighted(make_slope(batches=4)), **settings)

    rows = Path(logger.log_dir, "metrics.csv").read_text("utf-8").split()
    assert rows[0] == "module.kl_weight,step"
    assert [float(row.split(",")[0]) for row in rows[1:]] == falling(4, 2.0)


@pytest.mark.parametrize("tensor", [False, True])
def test_a_resumed_run_equals_the_tail_of_the_whole(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    lightning: ModuleType,
    tmp_path: Path,
    *,
    tensor: bool,
) -> None:
    path = tmp_path / "at.ckpt"

    def run(*more: Callback, **settings: object) -> list[float]:
        gradients, module = Gradients(), make_slope(lightning)
        module.register_buffer("kl", torch.tensor(2.0), persistent=False)
        module = weighted(module, kl_weight=module.kl if tensor else 2.0)
        ours = LearningRateScheduler(rules=KL)
        fit(ours, gradients, *more, module=module, lightning=lightning, max_epochs=1, **settings)
        return gradients.seen

    whole = run(Save(4, path))
    assert run(ckpt_path=path) == whole[4:]


def test_a_changed_schedule_of_a_number_is_a_changed_run(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    other = {"kl": {**KL["kl"], "schedule": {"kind": "cosine"}}}
    fit(LearningRateScheduler(rules=KL), Save(5, path), module=weighted(make_slope()), max_epochs=1)

    def run(rules: dict[str, Any] | None, choice: Any, weight: float = 2.0) -> list[float]:  # noqa: ANN401 - a policy
        gradients, module = Gradients(), weighted(make_slope(), kl_weight=weight)
        ours = LearningRateScheduler(LINEAR, rules=rules, on_change=choice)
        fit(ours, gradients, module=module, max_epochs=1, ckpt_path=path)
        return gradients.seen

    with pytest.raises(ScheduleError, match=r"rules.kl.schedule.kind +linear +cosine"):
        run(other, "error")
    with pytest.raises(ScheduleError, match=r"configured module.kl_weight +2.0 +3.0"):
        run(KL, "error", weight=3.0)
    with pytest.warns(UserWarning, match=r"module.kl_weight at step 5 +2 +1 +1"):
        assert run(None, "keep") == pytest.approx(falling(10, 2.0)[5:], rel=1e-12)
    with pytest.warns(UserWarning, match=r"module.kl_weight at step 5 +2 +1"):
        assert run(None, "recompute") == pytest.approx([2.0] * 5, rel=1e-12)
    with pytest.warns(UserWarning, match=r"module.kl_weight at step 9 +2 +0.2 +1"):
        assert run(None, "continue") == pytest.approx([1.0] * 5, rel=1e-12)
    with pytest.warns(UserWarning, match=r"module.kl_weight at step 5 +1 +1 +1"):
        assert run(other, "continue")[0] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("tensor", [False, True])
def test_the_next_run_of_a_module_starts_from_what_was_configured_and_not_from_what_was_left(
    fit: Callable[..., Any], make_slope: Callable[..., Any], *, tensor: bool
) -> None:
    module = weighted(make_slope(batches=4), kl_weight=torch.tensor(2.0) if tensor else 2.0)

    def run() -> list[float]:
        gradients = Gradients()
        fit(LearningRateScheduler(rules=KL), gradients, module=module, max_epochs=1)
        return gradients.seen

    first = run()
    assert run() == first == pytest.approx(falling(4, 2.0))
    module.kl_weight = torch.tensor(6.0) if tensor else 6.0
    assert run() == pytest.approx(falling(4, 6.0))
