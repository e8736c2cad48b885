"""Our hooks, called directly on the state of a real fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_figure import Figure, Gate, counted
from bench_schedulers import NATIVE, STEPS, native, plan
from bench_timing import Case, differences, in_turns, ratios, scaled
from bench_toy import Probe, Toy, fit

from lr_plugin.callback import LearningRateScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_sizes import Sizes
    from pytorch_lightning import LightningModule, Trainer

SECTION = "hooks: all of ours of one step, called directly on the state of a real fit"
MANY = 50  # groups


def figures(sizes: Sizes) -> list[Figure]:
    """Measure with 1, 2 and 50 groups, in turns with the step() of native schedulers."""
    return [figure for groups in (1, 2, MANY) for figure in _with(groups, sizes)]


def _with(groups: int, sizes: Sizes) -> list[Figure]:
    seconds = _measured(groups, sizes)
    net = differences(seconds["ours"], seconds["counting"])
    own = Figure(
        section=SECTION,
        what=f"ours, {counted(groups)}",
        value=scaled(net, 1e6),
        unit="us",
        gate=Gate("at most", 3, "least") if groups == 1 else None,
    )
    return [own, *(_native(name, groups, seconds[name], net) for name in NATIVE)]


def _native(name: str, groups: int, seconds: list[float], net: list[float]) -> Figure:
    return Figure(
        section=SECTION,
        what=f"{name} / ours, {counted(groups)}",
        value=ratios(seconds, net),
        gate=Gate("at least", 1) if groups == MANY else None,
        cost=f"{scaled(seconds, 1e6).median:.1f} us",
    )


def _measured(groups: int, sizes: Sizes) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {}
    scheduler = LearningRateScheduler(plan())

    def measure(trainer: Trainer, module: LightningModule) -> None:
        cases = {name: Case(native(name, groups), sizes.hooks // 20) for name in NATIVE}
        cases |= {
            "ours": Case(_hooks(scheduler, trainer, module), sizes.hooks),
            "counting": Case(_counting(trainer), sizes.hooks),
        }
        seconds.update(in_turns(cases, sizes.turns))

    fit(Toy(groups), [scheduler, Probe(measure)], STEPS)
    return seconds


def _hooks(
    scheduler: LearningRateScheduler, trainer: Trainer, module: LightningModule
) -> Callable[[int], None]:
    """Return what calls the hooks as Lightning does, with the trainer's counter moving on."""
    count = _counter(trainer)
    optimizer = trainer.optimizers[0]

    def step(steps: int) -> None:
        for _ in range(steps):
            scheduler.on_train_batch_start(trainer, module, None, 0)
            scheduler.on_before_optimizer_step(trainer, module, optimizer)
            count.completed += 1
            scheduler.on_train_batch_end(trainer, module, None, None, 0)

    return step


def _counting(trainer: Trainer) -> Callable[[int], None]:
    """Return what only moves the counter on: the part of the above that is not ours."""
    count = _counter(trainer)

    def step(steps: int) -> None:
        for _ in range(steps):
            count.completed += 1

    return step


def _counter(trainer: Trainer) -> Any:  # noqa: ANN401 - its class is private to Lightning
    """Return where Lightning counts optimizer steps, which `global_step` reads."""
    return trainer.fit_loop.epoch_loop.automatic_optimization.optim_progress.optimizer.step.total
