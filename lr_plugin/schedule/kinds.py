"""Kinds: the names that stand for nodes in plain data, and what a dotted name may import."""

import importlib
import re
from collections.abc import Mapping

from lr_plugin.schedule.base import Schedule
from lr_plugin.schedule.chebyshev import Chebyshev
from lr_plugin.schedule.compose import Affine, Clamp, Product, Stretch
from lr_plugin.schedule.error import ScheduleError, did_you_mean
from lr_plugin.schedule.events import Drop, Scaled
from lr_plugin.schedule.inverse import InversePower, InverseSqrt
from lr_plugin.schedule.knots import Knots
from lr_plugin.schedule.moved import Hold, Skip
from lr_plugin.schedule.noise import Noise
from lr_plugin.schedule.powers import Polynomial, Power, Rex, Sqrt
from lr_plugin.schedule.repeat import Repeat
from lr_plugin.schedule.sequence import Sequence
from lr_plugin.schedule.shapes import Constant, Cosine, Exponential, Linear
from lr_plugin.schedule.timed import ExponentialDecay, Multistep, Step
from lr_plugin.schedule.warps import Tanh, Warp


def _snake(name: str) -> str:
    return re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()


KINDS: Mapping[str, type[Schedule]] = {
    _snake(node.__name__): node
    for node in (
        Constant,
        Linear,
        Cosine,
        Power,
        Polynomial,
        Sqrt,
        Exponential,
        Rex,
        Tanh,
        Warp,
        ExponentialDecay,
        Step,
        Multistep,
        InverseSqrt,
        InversePower,
        Knots,
        Noise,
        Chebyshev,
        Drop,
        Scaled,
        Sequence,
        Product,
        Repeat,
        Clamp,
        Affine,
        Stretch,
        Hold,
        Skip,
    )
}


def class_of(kind: object, key: str, allow: tuple[str, ...]) -> type[Schedule]:
    """Give the class that a kind stands for; a dotted one is imported if `allow` has its prefix."""
    if kind is None:
        raise ScheduleError(f"has no kind; write one of {', '.join(KINDS)}", f"{key}.kind")
    if not isinstance(kind, str):
        raise ScheduleError(f"{kind!r} is not the name of a kind", f"{key}.kind")
    if kind in KINDS:
        return KINDS[kind]
    if "." not in kind:
        near = did_you_mean(kind, KINDS)
        raise ScheduleError(f"{kind!r} is not a kind of schedule{near}", f"{key}.kind")
    return _import(kind, f"{key}.kind", allow)


def _import(path: str, key: str, allow: tuple[str, ...]) -> type[Schedule]:
    """Import a user's own class; the class is checked before anything calls it."""
    root = path.split(".", maxsplit=1)[0]
    if not any(path.startswith(f"{prefix}.") for prefix in allow):
        raise ScheduleError(
            f"{path!r} would import code; if you trust it, write allow: [{root}]",
            key,
        )
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ScheduleError(f"{path!r} cannot be imported: {error}", key) from error
    if not (isinstance(found, type) and issubclass(found, Schedule)):
        raise ScheduleError(f"{path!r} is not a subclass of lr_plugin.schedule.Schedule", key)
    if not hasattr(found, "__dataclass_fields__"):
        raise ScheduleError(f"{path!r} is not a dataclass; decorate it with @dataclass", key)
    return found


def kind_of(node: type[Schedule]) -> str:
    """Give the kind that stands for a class."""
    own = {cls: name for name, cls in KINDS.items()}
    return own.get(node, f"{node.__module__}.{node.__qualname__}")
