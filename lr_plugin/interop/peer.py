"""One running scheduler on an optimizer of one number, read after each of its calls."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from lr_plugin.interop.names import (
    Maker,
    arguments_of,
    find,
    needed,
    refuse_what_cannot_be_traced,
)
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean, within

if TYPE_CHECKING:
    from array import array

    from torch.optim import Optimizer

NESTED = ({"scheduler"}, {"scheduler", "arguments"})
"""The keys of an argument that is itself a scheduler."""


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """All that decides a scheduler's values.

    Parameters
    ----------
    scheduler : str
        Its dotted name.
    arguments : str
        What it is built with, as JSON, so that it can be hashed.
    key : str
        The hyperparameter that is read, such as ``lr`` or ``betas.0``.
    base : float
        What that hyperparameter is before the scheduler is built.
    """

    scheduler: str
    arguments: str
    key: str
    base: float


class Peer:
    """A scheduler that has been built and waits for its calls.

    Parameters
    ----------
    wanted : Wanted
        What to build.

    Raises
    ------
    ScheduleError
        If it may not be, or cannot be built.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.name = wanted.scheduler
        self._key, _, self._entry = wanted.key.partition(".")
        optimizer = _optimizer(self._key, self._entry, wanted.base)
        scheduler = _built(wanted.scheduler, json.loads(wanted.arguments), optimizer)
        self._group = optimizer.param_groups[0]
        self._advance = _advancing(scheduler)
        # torch warns about schedulers whose optimizer has never stepped.
        optimizer.step()

    def read_on(self, values: "array[float]", calls: int) -> None:
        """Call the scheduler until there are `calls` values, the one it starts with among them."""
        with _blamed(self.name, lambda: f"at call {len(values)}"):
            if not values:
                values.append(self._value())
            for call in range(len(values), calls):
                self._advance(call)
                values.append(self._value())

    def _value(self) -> float:
        value = self._group[self._key]
        return float(value[int(self._entry)] if self._entry else value)


def _optimizer(key: str, entry: str, base: float) -> "Optimizer":
    import torch

    parameter = torch.zeros(1, device="cpu")
    made = torch.optim.AdamW if key == "betas" else torch.optim.SGD
    optimizer = made([parameter], lr=base if key == "lr" else 1.0)
    for owner in (optimizer.defaults, optimizer.param_groups[0]):
        owner[key] = _with_entry(owner[key], int(entry), base) if entry else base
    return optimizer


def _with_entry(values: tuple[float, ...], index: int, value: float) -> tuple[float, ...]:
    return (*values[:index], value, *values[index + 1 :])


def _built(path: str, written: Mapping[str, Any], optimizer: "Optimizer") -> Any:  # noqa: ANN401 - any scheduler
    with within("scheduler"):
        maker = find(path)
    with within("arguments"):
        _check_arguments(maker, written)
        arguments = {name: _value(value, name, optimizer) for name, value in written.items()}
    with _blamed(path, lambda: "while it was built"):
        scheduler = maker(optimizer=optimizer, **arguments)
    with within("scheduler"):
        refuse_what_cannot_be_traced(scheduler, path)
    return scheduler


def _check_arguments(maker: Maker, written: Mapping[str, Any]) -> None:
    known = arguments_of(maker)
    for name in written:
        if known is not None and name not in known:
            near = did_you_mean(name, known)
            raise ScheduleError(f"{maker.__name__} has no such argument{near}", name)
    for name in needed(maker):
        if name not in (*written, "optimizer"):
            raise ScheduleError(
                f"{maker.__name__} needs it; write it here, or 'total_argument: {name}' if it is "
                "the number of calls",
                name,
            )


def _value(written: Any, key: str, optimizer: "Optimizer") -> Any:  # noqa: ANN401 - any plain data
    """Give an argument as it is, with every scheduler in it built on the same optimizer."""
    if isinstance(written, list):
        return [_value(part, f"{key}.{i}", optimizer) for i, part in enumerate(written)]
    if isinstance(written, dict) and set(written) in NESTED:
        with within(key):
            return _built(written["scheduler"], written.get("arguments", {}), optimizer)
    return written


def _advancing(scheduler: Any) -> Callable[[int], object]:  # noqa: ANN401 - any scheduler
    """Give the one way of calling this scheduler: timm's and others' are told the count."""
    if hasattr(scheduler, "step_update") and not getattr(scheduler, "t_in_epochs", False):
        return scheduler.step_update  # type: ignore[no-any-return] # whatever it is, it is called
    step = scheduler.step
    return step if needed(step) else lambda _: step()


@contextmanager
def _blamed(path: str, when: Callable[[], str]) -> Iterator[None]:
    """Turn whatever a scheduler raises into our error, with its own words in it."""
    try:
        yield
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ScheduleError(f"{path!r} failed {when()}: {reason}", "arguments") from error
