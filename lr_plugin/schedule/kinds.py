"""Kinds: the names that stand for nodes in plain data, and what a dotted name may import."""

import importlib
import re
import sys
from collections.abc import Iterable, Mapping

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


_SCHEDULERS = ("torch", "timm", "transformers")
_WRAPPED = (
    "a scheduler of torch's kind is written {{kind: lr_plugin.interop.Torch, scheduler: {}}}, "
    "with allow: [lr_plugin.interop]"
)


def class_of(kind: object, key: str, allow: tuple[str, ...]) -> type[Schedule]:
    """Give the class that a kind stands for; a dotted one is imported if `allow` has its prefix."""
    if kind is None:
        raise ScheduleError(f"has no kind; write one of {', '.join(KINDS)}", f"{key}.kind")
    if not isinstance(kind, str):
        raise ScheduleError(f"{kind!r} is not the name of a kind; write cosine, say", f"{key}.kind")
    if kind in KINDS:
        return KINDS[kind]
    if "." not in kind:
        near = did_you_mean(kind, KINDS)
        raise ScheduleError(f"{kind!r} is not a kind of schedule{near}", f"{key}.kind")
    return _import(kind, f"{key}.kind", allow)


def allowed(written: object) -> tuple[str, ...]:
    """Give the prefixes of dotted kinds that may be imported, if they are names of packages."""
    if isinstance(written, str):
        raise ScheduleError(f"{written!r} is not a list; write [{written}]", "allow")
    if not isinstance(written, Iterable):
        raise ScheduleError(f"{written!r} is not a list; write [my_pkg], or []", "allow")
    prefixes = tuple(written)
    for prefix in prefixes:
        parts = prefix.split(".") if isinstance(prefix, str) else [""]
        if not all(part.isidentifier() for part in parts):
            raise ScheduleError(
                f"{prefix!r} is not the name of a package; write for example my_pkg", "allow"
            )
    return prefixes


def _import(path: str, key: str, allow: tuple[str, ...]) -> type[Schedule]:
    """Import a user's own class; the class is checked before anything calls it."""
    if not any(path.startswith(f"{prefix}.") for prefix in allow):
        raise ScheduleError(f"{path!r} would import code; {_instead(path)}", key)
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        problem = f"{path!r} cannot be imported ({error}); check how it is spelt and installed"
        raise ScheduleError(problem, key) from error
    if not (isinstance(found, type) and issubclass(found, Schedule)):
        problem = f"{path!r} is not a subclass of lr_plugin.schedule.Schedule"
        raise ScheduleError(f"{problem}; {_WRAPPED.format(path)}", key)
    if not hasattr(found, "__dataclass_fields__"):
        raise ScheduleError(f"{path!r} is not a dataclass; decorate it with @dataclass", key)
    return found


def _instead(path: str) -> str:
    root = path.partition(".")[0]
    if root in sys.stdlib_module_names:
        return f"there are no schedules in {root!r}; write a kind such as cosine"
    if root in _SCHEDULERS:
        return _WRAPPED.format(path)
    return f"if you trust it, write allow: [{root}]"


def kind_of(node: type[Schedule]) -> str:
    """Give the kind that stands for a class."""
    own = {cls: name for name, cls in KINDS.items()}
    return own.get(node, f"{node.__module__}.{node.__qualname__}")
