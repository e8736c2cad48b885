"""What a scheduler adds to a step of `Trainer.fit`, Lightning's own dispatch included."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import TYPE_CHECKING, Any

from bench_figure import Figure, counted
from bench_schedulers import NATIVE, STEPS, plan
from bench_timing import collected, differences, scaled
from bench_toy import Toy, fit
from pytorch_lightning import Callback
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench_sizes import Sizes
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

SECTION = "fit: what one more scheduler adds to a step inside Trainer.fit (not gated)"
NOTHING = "no callback"


@dataclass(frozen=True)
class Setting:
    """What a fit is run with.

    Parameters
    ----------
    callbacks
        Makes its callbacks.
    schedulers
        What make its native schedulers.
    """

    callbacks: Callable[[], Sequence[Callback]] = list
    schedulers: Sequence[Callable[[Optimizer], LRScheduler]] = ()


class Empty(Callback):
    """A callback that does nothing, at the hooks that ours has at every step."""

    @override
    def on_train_batch_start(self, *arguments: Any) -> None: ...

    @override
    def on_before_optimizer_step(self, *arguments: Any) -> None: ...

    @override
    def on_train_batch_end(self, *arguments: Any) -> None: ...


class Again(Callback):
    """One more callback that does at every step what a scheduler does.

    A trainer takes only one of ours. A copy that Lightning dispatches as any other callback, and
    that passes the hooks on to the one scheduler, costs what a second one would, and one call more.

    Parameters
    ----------
    scheduler
        Whose hooks are called.
    """

    def __init__(self, scheduler: LearningRateScheduler) -> None:
        self.scheduler = scheduler

    @override
    def on_train_batch_start(self, *arguments: Any) -> None:
        self.scheduler.on_train_batch_start(*arguments)

    @override
    def on_before_optimizer_step(self, *arguments: Any) -> None:
        self.scheduler.on_before_optimizer_step(*arguments)

    @override
    def on_train_batch_end(self, *arguments: Any) -> None:
        self.scheduler.on_train_batch_end(*arguments)


class Watch(Toy):
    """The toy with a watch, read when the first batch begins and when the last has ended."""

    seconds = 0.0

    @override
    def on_train_start(self) -> None:
        self.seconds = -process_time()

    @override
    def on_train_end(self) -> None:
        self.seconds += process_time()


def figures(sizes: Sizes) -> list[Figure]:
    """Measure with 1, 2 and 50 groups."""
    return [figure for groups in (1, 2, 50) for figure in _with(groups, sizes)]


def _with(groups: int, sizes: Sizes) -> list[Figure]:
    settings = _settings(sizes.copies)
    seconds: dict[str, list[float]] = {name: [] for name in settings}
    for turn in range(sizes.fits):
        for name in list(settings)[:: -1 if turn % 2 else 1]:
            seconds[name].append(_step(settings[name], groups, sizes.fit_steps))
    base = seconds.pop(NOTHING)
    report = partial(Figure, section=SECTION, unit="us")
    return [
        report(what=f"a whole step, {NOTHING}, {counted(groups)}", value=scaled(base, 1e6)),
        *(
            report(
                what=f"{name}, {counted(groups)}",
                value=scaled(differences(each, base), 1e6 / sizes.copies),
            )
            for name, each in seconds.items()
        ),
    ]


def _settings(copies: int) -> dict[str, Setting]:
    return {
        NOTHING: Setting(),
        "empty callback": Setting(lambda: [Empty() for _ in range(copies)]),
        "ours": Setting(lambda: _ours(copies)),
        **{name: Setting(schedulers=[build] * copies) for name, build in NATIVE.items()},
    }


def _ours(copies: int) -> list[Callback]:
    scheduler = LearningRateScheduler(plan(), total=STEPS)
    return [scheduler, *(Again(scheduler) for _ in range(copies - 1))]


def _step(setting: Setting, groups: int, steps: int) -> float:
    """Return the seconds of one step: of the process on any core, not of the clock on the wall."""
    module = Watch(groups, setting.schedulers)
    with collected():
        fit(module, setting.callbacks(), steps)
    return module.seconds / steps
