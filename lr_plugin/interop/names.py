"""Which code a name in a config may reach.

A schedule is data, perhaps somebody else's, and `lr_plugin.schedule.load` refuses any dotted
``kind`` that the user has not allowed. The node `Torch` holds a second dotted name, which `load`
does not look at. Having allowed the node must not mean having allowed every function on the
machine, so the name passes three gates, one behind the other:

1. Naming imports nothing but the modules in `LIBRARIES`. Any other module has to be loaded
   already, so it belongs to the user's own program, and no module's code runs because a config
   names it.
2. What is found is judged before it is called. A class must have a method ``step`` and take an
   ``optimizer``. A function must take an ``optimizer`` too, and either be a ``get_...`` of one of
   the libraries or say in its annotation that it returns a scheduler.
3. What passes is called with an optimizer of one number and with plain data, nothing else.

``os.system``, ``subprocess.run`` or ``builtins.exec`` end at the second gate, a module that would
do its harm while it is imported at the first.
"""

import difflib
import importlib
import inspect
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from lr_plugin.schedule import ScheduleError

Maker: TypeAlias = Callable[..., Any]

LIBRARIES = (
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "timm.scheduler",
    "transformers",
    "transformers.optimization",
)

_METRIC = (
    "follows a metric, so its values are not known before training; hold a phase with "
    "'until: plateau', or multiply with {kind: drop, event: plateau}"
)
_REFUSED = {
    "ReduceLROnPlateau": _METRIC,
    "PlateauLRScheduler": _METRIC,
    "GreedyLR": _METRIC,
    "AdafactorSchedule": "only reports what Adafactor does by itself; it needs no schedule",
}
_TAKES_A_FUNCTION = ("LambdaLR", "MultiplicativeLR")
_SAID_TO_RETURN = ("LR", "Scheduler", "Schedule")


def find(path: str) -> Maker:
    """Find what a dotted name stands for, and refuse all that is not a scheduler.

    Parameters
    ----------
    path : str
        Such as ``torch.optim.lr_scheduler.OneCycleLR``.

    Returns
    -------
    callable
        A class, or a function that makes a scheduler; each takes ``optimizer=``.

    Raises
    ------
    ScheduleError
        If the name may not be looked up, stands for nothing, or for something else.
    """
    module, _, name = path.rpartition(".")
    if not module:
        raise ScheduleError(f"{path!r} has no module; write 'torch.optim.lr_scheduler.{path}', say")
    holder = _module(module, path)
    found = getattr(holder, name, None)
    if found is None:
        near = difflib.get_close_matches(name, dir(holder), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "check the spelling"
        raise ScheduleError(f"{module!r} has no {name!r}; {hint}")
    _check_is_scheduler(found, path)
    refuse_what_cannot_be_traced(found, path)
    return found  # type: ignore[no-any-return] # it has just been checked


def refuse_what_cannot_be_traced(found: object, path: str) -> None:
    """Raise if a scheduler, its class or its function needs more than the count of its calls."""
    kind = found if isinstance(found, type | FunctionType) else type(found)
    for base in getattr(kind, "__mro__", ()):
        if base.__name__ in _REFUSED:
            raise ScheduleError(f"{path!r} {_REFUSED[base.__name__]}")
    if any(name.startswith("metric") for name in needed(getattr(found, "step", None))):
        raise ScheduleError(f"{path!r} {_METRIC}")
    if getattr(found, "__name__", "") in _TAKES_A_FUNCTION:
        raise ScheduleError(
            f"{path!r} takes a function, which is not data; write a function "
            "(optimizer, ...) -> LRScheduler that makes it, and name that",
        )


def needed(call: object) -> list[str]:
    """Names of what a function or method cannot be called without; none if it is no function."""
    if not callable(call):
        return []
    every = inspect.signature(call).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in every if p.default is p.empty and p.kind not in variable]


def _module(name: str, path: str) -> ModuleType:
    if name in LIBRARIES:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            raise ScheduleError(
                f"{path!r} cannot be imported ({error}); install it, or name another scheduler"
            ) from error
    if name not in sys.modules:
        raise ScheduleError(
            f"{path!r} is in a module that is not loaded, and a schedule loads none but those of "
            f"{', '.join(LIBRARIES)}; write 'import {name}' in your program if you trust it",
        )
    return sys.modules[name]


def _check_is_scheduler(found: object, path: str) -> None:
    passes = _steps(found) if isinstance(found, type) else _makes(found)
    if not (passes and callable(found) and _takes_optimizer(found)):
        raise ScheduleError(
            f"{path!r} is not a scheduler, and was not called; name a class with step() that takes "
            "an optimizer, or a function (optimizer, ...) -> LRScheduler",
        )


def _steps(found: type) -> bool:
    is_optimizer = hasattr(found, "zero_grad")
    return callable(getattr(found, "step", None)) and not is_optimizer


def _makes(found: object) -> bool:
    """Say whether a function makes schedulers, as far as can be seen without calling it."""
    if not isinstance(found, FunctionType):
        return False
    if found.__module__ in LIBRARIES and found.__name__.startswith("get_"):
        return True
    made = inspect.signature(found).return_annotation
    # Where it is text, the name may be known to type checkers only.
    return _steps(made) if isinstance(made, type) else str(made).endswith(_SAID_TO_RETURN)


def _takes_optimizer(found: Maker) -> bool:
    parameters = inspect.signature(found).parameters
    return "optimizer" in parameters or _takes_anything(found)


def _takes_anything(found: Maker) -> bool:
    return inspect.Parameter.VAR_KEYWORD in {
        parameter.kind for parameter in inspect.signature(found).parameters.values()
    }


def arguments_of(found: Maker) -> list[str] | None:
    """Names of what a scheduler takes beside the optimizer; ``None`` where it takes any name."""
    if _takes_anything(found):
        return None
    return [name for name in inspect.signature(found).parameters if name != "optimizer"]
