"""The way back: schedules for loops that know nothing of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

import numpy as np

from lr_plugin.schedule import Curve, ScheduleError

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR

_BLOCK = 4096


@final
class Factor:
    """A curve as a function of one step, fast and picklable.

    Parameters
    ----------
    curve : Curve
        A schedule over its span.
    """

    # LambdaLR saves the `__dict__` of what it calls: kept empty, its state stays a few numbers.
    __slots__ = ("__dict__", "_block", "_curve", "_start")

    def __init__(self, curve: Curve) -> None:
        if not isinstance(curve, Curve):
            raise ScheduleError(f"{curve!r} is no curve; write schedule.over(Span(1000))")
        self._curve = curve
        self._start = 0
        self._block: list[float] = []

    def __reduce__(self) -> tuple[type["Factor"], tuple[Curve]]:
        return Factor, (self._curve,)

    def __call__(self, step: int) -> float:
        """Value at one step."""
        local = step - self._start
        if not 0 <= local < len(self._block):
            self._start, local = step, 0
            self._block = self._curve(np.arange(step, step + _BLOCK)).tolist()
        return self._block[local]


def as_function(curve: Curve) -> Factor:
    """Give a curve as a plain function from a step to a number.

    A `Curve` can be called itself. This is for loops that ask for one step after another: it
    computes a few thousand values at once and looks them up. It can be pickled.

    Parameters
    ----------
    curve : Curve
        A schedule over its span.

    Returns
    -------
    callable
        From a step, counted from 0, to a Python float; after the end the end value is held.

    Raises
    ------
    ScheduleError
        If `curve` is something else.

    See Also
    --------
    as_lambda_lr : For loops that want a torch scheduler.

    Examples
    --------
    >>> from lr_plugin.interop import as_function
    >>> from lr_plugin.recipe import load_schedule
    >>> from lr_plugin.schedule import Span
    >>> factor = as_function(load_schedule("linear").over(Span(4)))
    >>> [factor(step) for step in range(6)]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]

    With any optimizer, in three lines of a loop:

    >>> groups = [{"lr": 0.5}]
    >>> bases = [group["lr"] for group in groups]
    >>> for step in range(3):
    ...     for group, base in zip(groups, bases, strict=True):
    ...         group["lr"] = base * factor(step)
    >>> groups
    [{'lr': 0.25}]
    """
    return Factor(curve)


def as_lambda_lr(
    curve: Curve | Sequence[Curve], optimizer: "Optimizer", *, last_epoch: int = -1
) -> "LambdaLR":
    """Give a curve as a torch scheduler, for loops that want one.

    Parameters
    ----------
    curve : Curve or sequence of Curve
        A schedule over its span, or one for each parameter group. Its values multiply the group's
        learning rate.
    optimizer : torch.optim.Optimizer
        Its learning rates are the configured ones, none of them 0.
    last_epoch : int
        As torch has it: the step before the first one, where a run goes on without a saved state.

    Returns
    -------
    torch.optim.lr_scheduler.LambdaLR
        Call its ``step()`` after each ``optimizer.step()``.

    Raises
    ------
    ScheduleError
        If `curve` is something else, or if a learning rate is 0.
    ValueError
        From torch, if there are not as many curves as groups.

    Notes
    -----
    ``state_dict()`` holds the position and the configured rates, not the schedule: a run that goes
    on follows the schedule it is given then.

    transformers: pass ``optimizers=(optimizer, as_lambda_lr(curve, optimizer))`` to ``Trainer``; it
    steps once per optimizer step, so the span is its ``max_steps``.

    Accelerate: a scheduler from ``accelerator.prepare`` is stepped once *per process* at each
    optimizer step (unless ``split_batches`` is set), so with it the span is the number of optimizer
    steps times the number of processes; or leave it out of ``prepare`` and step it yourself where
    ``accelerator.sync_gradients`` is true.

    Lightning: use `lr_plugin.callback.LearningRateScheduler` instead; it needs no total.

    Examples
    --------
    >>> import torch
    >>> from lr_plugin.interop import as_lambda_lr
    >>> from lr_plugin.recipe import load_schedule
    >>> from lr_plugin.schedule import Span
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    >>> scheduler = as_lambda_lr(load_schedule("linear").over(Span(4)), optimizer)
    >>> for _ in range(4):
    ...     print(optimizer.param_groups[0]["lr"], end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    0.5 0.375 0.25 0.125
    """
    from torch.optim.lr_scheduler import LambdaLR

    for index, group in enumerate(optimizer.param_groups):
        if group.get("initial_lr", group["lr"]) == 0:
            raise ScheduleError(
                f"group {index} has the learning rate 0, which no factor changes; give the "
                "optimizer the rate that the factor 1 stands for"
            )
    curves = curve if isinstance(curve, Sequence) else [curve] * len(optimizer.param_groups)
    return LambdaLR(optimizer, [Factor(each) for each in curves], last_epoch)
