"""What the advisor costs: the share that its hooks take of the time of a fit."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch
from bench_figure import Figure, Gate
from bench_timing import spread
from pytorch_lightning import Callback, Trainer

from lr_plugin.app.quiet import quiet
from lr_plugin.callback import LearningRateAdvisor
from lr_plugin.task.digits import DigitsData
from lr_plugin.task.models import MLP
from lr_plugin.task.module import Classifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_sizes import Sizes

SECTION = (
    "advice: time in the hooks beyond an empty callback's, of a fit of an MLP on the digits, "
    "batches of 32"
)
REPEATS = 3
HOOKS = (
    *("setup", "on_train_start", "on_train_batch_start", "on_before_optimizer_step"),
    *("on_train_batch_end", "on_validation_end", "on_train_end"),
)


class Timed(Callback):
    """Call another callback's hooks, and add up the time they take, that of timing included.

    Parameters
    ----------
    other
        The callback.
    """

    def __init__(self, other: Callback) -> None:
        self.seconds = 0.0
        for name in HOOKS:
            setattr(self, name, partial(self._timed, getattr(other, name)))

    def _timed(self, hook: Callable[..., None], *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - of any hook
        began = perf_counter()
        hook(*arguments, **named)
        self.seconds += perf_counter() - began


def figures(sizes: Sizes) -> list[Figure]:
    """Measure a short run and a long one, and a short one whose losses are probed."""
    short, long = sizes.advised
    return [
        _figure(f"{short:,} steps", [_run(short) for _ in range(REPEATS)], Gate("at most", 2)),
        _figure(f"{long:,} steps", [_run(long)], Gate("at most", 0.5)),
        _figure(f"{short:,} steps, losses probed", [_run(short, probes=True)]),
    ]


def _figure(what: str, shares: list[float], gate: Gate | None = None) -> Figure:
    value = spread(100 * share for share in shares)
    return Figure(section=SECTION, what=what, value=value, unit="%", gate=gate)


def _run(steps: int, *, probes: bool = False) -> float:
    torch.manual_seed(0)
    net = MLP(inputs=64, hidden=[128], classes=10)
    module = Classifier(net=net, optimizer=partial(torch.optim.SGD, lr=0.03, momentum=0.9))

    def loss(batch: Any) -> torch.Tensor:  # noqa: ANN401 - images and labels
        return torch.nn.functional.cross_entropy(net(batch[0]), batch[1])

    ours, empty = Timed(LearningRateAdvisor(loss=loss if probes else None)), Timed(Callback())
    with quiet():
        trainer = Trainer(
            accelerator="cpu",
            max_steps=steps,
            limit_val_batches=0,
            callbacks=[ours, empty],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        began = perf_counter()
        trainer.fit(module, DigitsData())
    return (ours.seconds - empty.seconds) / (perf_counter() - began)
