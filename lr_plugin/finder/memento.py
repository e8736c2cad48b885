"""Put random generators and data back exactly as they were, whatever has happened in between."""

import io
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import (
    BuiltinFunctionType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    NoneType,
)
from typing import Any, Final, TypeAlias

import numpy as np
import torch

from lr_plugin.finder.error import FindError

Undo: TypeAlias = Callable[[], object]

_ATOMS: Final = (str, bytes, int, float, complex, type, NoneType)
_CODE: Final = (FunctionType, BuiltinFunctionType, ModuleType)
# Larger arrays are data, which training reads; smaller ones may be counters.
_LARGEST_COUNTER: Final = 256
# What runs beside us must not be moved under its own feet.
_ALIVE: Final = ("multiprocessing", "threading", "queue", "concurrent", "logging", "weakref")
_ALIVE_IN_TORCH: Final = "torch.utils.data.dataloader"


class Memento:
    """What can be reached from some objects, as it is now.

    Attributes, lists, dictionaries, sets, random generators, positions of files and small arrays
    are remembered; the data themselves are not copied.

    Parameters
    ----------
    *roots : object
        Where to begin, such as a data module and a loader.
    apart : iterable of object
        What is not looked into.

    Raises
    ------
    FindError
        If something on the way can be read only once.

    Examples
    --------
    >>> sampler = {"epoch": 0, "order": [1, 2]}
    >>> before = Memento(sampler)
    >>> sampler["epoch"] = 7
    >>> sampler["order"].reverse()
    >>> before.restore()
    >>> sampler
    {'epoch': 0, 'order': [1, 2]}
    """

    def __init__(self, *roots: object, apart: Iterable[object] = ()) -> None:
        self._undo: list[Undo] = list(_global_generators())
        # The objects are kept, so that no id is given to another one.
        seen = {id(thing): thing for thing in apart}
        waiting: list[object] = list(roots)
        while waiting:
            thing = waiting.pop()
            if id(thing) not in seen and not isinstance(thing, (*_ATOMS, *_CODE)):
                seen[id(thing)] = thing
                undo, parts = _look(thing)
                self._undo.extend(undo)
                waiting.extend(parts)
        self._seen = seen

    def restore(self) -> None:
        """Put everything back; may be called again."""
        for undo in self._undo:
            undo()


def _global_generators() -> Iterator[Undo]:
    yield partial(random.setstate, random.getstate())
    yield partial(np.random.set_state, np.random.get_state())  # noqa: NPY002 - users may use it
    yield partial(torch.set_rng_state, torch.get_rng_state())
    if torch.cuda.is_available():
        yield partial(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
    if torch.backends.mps.is_available():
        yield partial(torch.mps.set_rng_state, torch.mps.get_rng_state())


Found: TypeAlias = tuple[list[Undo], list[object]]


def _look(thing: Any) -> Found:  # noqa: ANN401 - data are made of anything
    if isinstance(thing, GeneratorType) or _is_plain_iterator(thing):
        raise FindError(
            f"the training data hold a {type(thing).__name__}, which can be read only once, so "
            f"that the training itself would miss what this test reads: give a DataLoader"
        )
    undo = _generator(thing) or _array(thing) or _file(thing)
    if undo is not None:
        return [undo], []
    if isinstance(thing, MethodType):
        return [], [thing.__self__]
    if _is_alive(type(thing)):
        return [], []
    contents, parts = _container(thing)
    attributes, more = _attributes(thing)
    return [*contents, *attributes], [*parts, *more]


def _is_plain_iterator(thing: object) -> bool:
    ours = type(thing).__module__ in ("builtins", "itertools")
    return ours and isinstance(thing, Iterator)


def _is_alive(kind: type) -> bool:
    module = kind.__module__
    return module.split(".")[0] in _ALIVE or (
        module == _ALIVE_IN_TORCH
        and issubclass(kind, torch.utils.data.dataloader._BaseDataLoaderIter)  # noqa: SLF001 - the only name it has
    )


def _generator(thing: Any) -> Undo | None:  # noqa: ANN401 - see above
    if isinstance(thing, torch.Generator):
        return partial(thing.set_state, thing.get_state())
    if isinstance(thing, random.Random):
        return partial(thing.setstate, thing.getstate())
    if isinstance(thing, np.random.RandomState):
        return partial(thing.set_state, thing.get_state())
    if isinstance(thing, np.random.Generator):
        return _generator(thing.bit_generator)
    if isinstance(thing, np.random.BitGenerator):
        return partial(setattr, thing, "state", thing.state)
    return None


def _array(thing: Any) -> Undo | None:  # noqa: ANN401 - see above
    if isinstance(thing, torch.Tensor):
        if thing.numel() > _LARGEST_COUNTER:
            return _nothing
        return partial(thing.data.copy_, thing.detach().clone())
    if isinstance(thing, np.ndarray):
        if thing.size > _LARGEST_COUNTER or not thing.flags.writeable:
            return _nothing
        return partial(np.copyto, thing, thing.copy())
    return None


def _file(thing: Any) -> Undo | None:  # noqa: ANN401 - see above
    if not isinstance(thing, io.IOBase):
        return None
    return partial(thing.seek, thing.tell()) if not thing.closed and thing.seekable() else _nothing


def _nothing() -> None:
    pass


def _container(thing: Any) -> Found:  # noqa: ANN401 - see above
    if isinstance(thing, dict):
        return [partial(_refill, thing, dict(thing))], [*thing.values()]
    if isinstance(thing, list):
        return [partial(thing.__setitem__, slice(None), list(thing))], [*thing]
    if isinstance(thing, set | deque):
        return [partial(_refill, thing, thing.copy())], [*thing]
    if isinstance(thing, tuple | frozenset):
        return [], [*thing]
    if isinstance(thing, partial):
        return [], [thing.func, thing.args, thing.keywords]
    return [], []


def _refill(thing: Any, content: Any) -> None:  # noqa: ANN401 - a dict, a set or a deque
    thing.clear()
    fill = thing.extend if isinstance(thing, deque) else thing.update
    fill(content)


def _attributes(thing: object) -> Found:
    named = getattr(thing, "__dict__", None)
    undo: list[Undo] = [partial(_refill, named, dict(named))] if isinstance(named, dict) else []
    parts = [*named.values()] if isinstance(named, dict) else []
    for name in _slots(type(thing)):
        if hasattr(thing, name):
            undo.append(partial(object.__setattr__, thing, name, getattr(thing, name)))
            parts.append(getattr(thing, name))
    return undo, parts


def _slots(kind: type) -> list[str]:
    listed = (base.__dict__.get("__slots__", ()) for base in kind.__mro__)
    names = (name for each in listed for name in ([each] if isinstance(each, str) else each))
    return [name for name in names if name not in ("__dict__", "__weakref__")]
