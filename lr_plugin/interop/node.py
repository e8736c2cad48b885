"""The node that takes any torch-style scheduler."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, final

import numpy as np
from typing_extensions import override

from lr_plugin.interop.peer import Wanted
from lr_plugin.interop.trace import TRACES
from lr_plugin.schedule import Schedule, ScheduleError, Span
from lr_plugin.schedule.check import (
    check_above,
    check_choice,
    check_duration,
    check_flag,
    check_text,
)
from lr_plugin.schedule.rounding import Steps, Values, passed
from lr_plugin.schedule.timed import distance

_KEYS = ("lr", "momentum", "weight_decay", "betas.0", "betas.1")


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Torch(Schedule):
    """Any torch-style scheduler, with exactly its numbers.

    It is built on an optimizer of one number, without a model, and its values are read call by
    call before training starts. So it can stand wherever a schedule can: in a sequence, a product,
    a repeat.

    Parameters
    ----------
    scheduler : str
        Dotted name of a class (``torch.optim.lr_scheduler.OneCycleLR``,
        ``timm.scheduler.CosineLRScheduler``, your own) or of a function that makes a scheduler
        (``transformers.get_cosine_schedule_with_warmup``). A module other than those of torch,
        timm and transformers is never imported for its name: your program has to have imported it.
    arguments : mapping
        What it is built with, without the optimizer: numbers, text, lists and mappings. A mapping
        ``{scheduler: ..., arguments: ...}`` in it is a scheduler itself, as SequentialLR wants.
    total_argument : str, optional
        Name of the argument that takes the length of the span in calls (``total_steps``,
        ``T_max``, ``num_training_steps``), so that no total has to be written.
    every : str
        Length of time between two calls; ``1 epochs`` for a scheduler stepped per epoch.
    key : {"lr", "momentum", "weight_decay", "betas.0", "betas.1"}
        The hyperparameter that is read.
    base : float
        Above 0; what the hyperparameter is before the scheduler is built. 1.0 fits schedulers that
        only multiply; one with absolute numbers (``eta_min``, ``max_lr``) needs your optimizer's.
    absolute : bool
        Whether to give the scheduler's own numbers, to the last bit, for ``mode: set``. Otherwise
        they are divided by `base`, for ``mode: scale``.

    Raises
    ------
    ScheduleError
        From `over`: if the name stands for no scheduler or for one that follows a metric, if the
        scheduler rejects its arguments, or if it fails before the end of the span.

    Notes
    -----
    After the end of the span the value of the last step is held, where some schedulers rise again
    (CosineAnnealingLR) or raise (OneCycleLR).

    A scheduler computes one value from the one before, so `over` costs its calls, 2 to 10 µs each,
    once for each length of span, and 8 bytes each. Above ten million calls it is refused.

    Which names are accepted, and why no other can do harm, is written in `lr_plugin.interop.names`.

    Examples
    --------
    >>> from lr_plugin.interop import Torch
    >>> from lr_plugin.schedule import Span
    >>> cosine = Torch(
    ...     scheduler="torch.optim.lr_scheduler.CosineAnnealingLR", total_argument="T_max"
    ... )
    >>> cosine.over(Span(4))([0, 1, 2, 3, 8]).round(3)
    array([1.   , 0.854, 0.5  , 0.146, 0.146])

    The same in YAML, behind a warm-up of ours:

    >>> from lr_plugin.schedule import dump, load
    >>> warmup = {"kind": "linear", "start_value": 0.5, "end_value": 1.0, "duration": "2 steps"}
    >>> phases = {"warmup": warmup, "main": dump(cosine)}
    >>> schedule = load({"kind": "sequence", "phases": phases}, allow=["lr_plugin.interop"])
    >>> schedule.over(Span(6))([0, 1, 2, 4]).round(3)
    array([0.5 , 0.75, 1.  , 0.5 ])
    """

    # What dump writes and the identity hashes is the public name, wherever this file may move to.
    __module__ = "lr_plugin.interop"

    scheduler: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    total_argument: str | None = None
    every: str = "1 steps"
    key: str = "lr"
    base: float = 1.0
    absolute: bool = False

    def __post_init__(self) -> None:
        check_text(self, "scheduler", "torch.optim.lr_scheduler.StepLR")
        _check_arguments(self.arguments)
        if self.total_argument is not None:
            check_text(self, "total_argument", "T_max")
        if self.total_argument in self.arguments:
            problem = f"{self.total_argument!r} is among the arguments too; remove one of them"
            raise ScheduleError(problem, "total_argument")
        check_duration(self, "every")
        check_choice(self, "key", _KEYS)
        check_above(self, 0, "base")
        check_flag(self, "absolute")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Torch):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        how = (self.total_argument, self.every, self.absolute)
        return (self._wanted(self.arguments), *how)

    def _wanted(self, arguments: Mapping[str, Any]) -> Wanted:
        text = json.dumps(arguments, sort_keys=True)
        return Wanted(self.scheduler, text, self.key, self.base)

    @override
    def evaluate(self, step: Steps, span: Span) -> Values:
        every = distance(span, self.every, "every")
        call = passed(span.last_held(step), every)
        calls = _calls(span, every)
        arguments = {**self.arguments, **self._total(calls)}
        reached = int(call.max(initial=0)) + 1
        values = TRACES.get(self._wanted(arguments), calls or reached).at(call)
        return values if self.absolute else values / self.base

    def _total(self, calls: int | None) -> dict[str, int]:
        if self.total_argument is None:
            return {}
        if calls is None:
            raise ScheduleError(
                "needs a run of known length; set the total (max_steps, or total= of the callback) "
                "or give the phase a duration in steps",
                "total_argument",
            )
        return {self.total_argument: calls}


def _calls(span: Span, every: Fraction) -> int | None:
    """Count the values in a span, the one before the first call among them."""
    if span.steps is None:
        return None
    last = np.array([max(span.steps - 1, 0)])
    return int(passed(last, every)[0]) + 1


def _check_arguments(written: object) -> None:
    if not isinstance(written, dict):
        raise ScheduleError(f"{written!r} is no mapping; write {{gamma: 0.5}}", "arguments")
    if "optimizer" in written:
        raise ScheduleError("the optimizer is given; remove it", "arguments.optimizer")
    _check_plain(written, "arguments")


def _check_plain(written: object, key: str) -> None:
    """Raise unless an argument is made of mappings, lists, text, numbers, true, false and null."""
    if isinstance(written, dict):
        for name, part in written.items():
            if not isinstance(name, str):
                raise ScheduleError(f"{name!r} is not text; write it in quotes", key)
            _check_plain(part, f"{key}.{name}")
    elif isinstance(written, list | tuple):
        for i, part in enumerate(written):
            _check_plain(part, f"{key}.{i}")
    elif not isinstance(written, str | int | float | None):
        raise ScheduleError(f"{written!r} is not plain data; write numbers, text or lists", key)
