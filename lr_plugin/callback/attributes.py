"""Attributes: numbers of a module that a schedule drives, found by their paths."""

from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from difflib import get_close_matches
from functools import cache
from math import isclose
from typing import TYPE_CHECKING, Any, final
from weakref import WeakKeyDictionary, ref

from typing_extensions import override

from lr_plugin.rule import MODULE, OF_MODULE, Group
from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean

if TYPE_CHECKING:
    from pytorch_lightning import LightningModule, Trainer

_MOST_SHOWN = 10
_WRITABLE = "make it a plain attribute, or an entry of a list or dict"

# By module: the configured value of each key, and the list whose one entry was written last.
_left_behind: WeakKeyDictionary[object, dict[str, tuple[float, Sequence[float]]]] = (
    WeakKeyDictionary()
)


@final
class Attributes:
    """The attributes of a module, read and written like a parameter group.

    Parameters
    ----------
    module : LightningModule
        Whose attributes they are; it is not kept alive.

    Examples
    --------
    >>> from pytorch_lightning import LightningModule
    >>> module = LightningModule()
    >>> module.weights = {"kl": 0.1}
    >>> Attributes(module)["module.weights.kl"] = 0.2
    >>> module.weights
    {'kl': 0.2}
    """

    __slots__ = ("_ref",)

    def __init__(self, module: "LightningModule") -> None:
        self._ref = ref(module)

    @property
    def _module(self) -> Any:  # noqa: ANN401 - it holds anything
        return self._ref()

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - a module holds anything
        return self._find(key)[2]

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 - a number or a Tensor
        owner, part, held = self._find(key)
        if hasattr(held, "fill_"):
            # Others may hold this Tensor, so it stays the one that it is.
            held.fill_(float(value))
        else:
            _assign(owner, part, value)

    def configured(self, key: str) -> float:
        """Read the value that a schedule starts from, after checking that it can be driven.

        Parameters
        ----------
        key : str
            Path of the attribute.

        Returns
        -------
        float
            The value now, or, where it is the one that an earlier run left behind, the value from
            which that run started.

        Raises
        ------
        ScheduleError
            If it cannot be driven.
        """
        value = self._checked(key)
        base, last = _left_behind.get(self._module, {}).get(key, (value, [value]))
        return float(base if isclose(value, last[0], rel_tol=1e-6) else value)

    def remember(self, key: str, base: float, written: Sequence[float]) -> None:
        """Keep what a run starts from, for the next run of the same module.

        An optimizer is made anew for every run and a module is not.

        Parameters
        ----------
        key : str
            Path of the attribute.
        base : float
            Its configured value.
        written : sequence of float
            Whose only entry will be what was written last.
        """
        _left_behind.setdefault(self._module, {})[key] = base, written

    def _find(self, key: str) -> tuple[Any, str, Any]:
        """Give what holds an attribute, under which name, and what it is."""
        owner, part, held = None, "", self._module
        try:
            for part in _parts(key):
                owner, held = held, _enter(held, part)
        except (AttributeError, LookupError, ValueError):
            raise ScheduleError(self._missing(key), "key") from None
        return owner, part, held

    def _checked(self, key: str) -> Any:  # noqa: ANN401 - a number or a Tensor
        owner, part, value = self._find(key)
        problem = _why_kept(key, owner, part) or _why_not(value)
        if problem:
            raise ScheduleError(f"{key!r} {problem}", "key")
        try:
            self[key] = value
        except (AttributeError, TypeError) as error:
            problem = f"{key!r} cannot be written: {error}; {_WRITABLE}"
            raise ScheduleError(problem, "key") from None
        return value

    def _missing(self, key: str) -> str:
        known = list(_numbers(self._module))
        near = get_close_matches(key, known, n=1) or known[:_MOST_SHOWN]
        instead = did_you_mean(key, near) if near else "; give it one, a number, in its __init__"
        return f"the module has no {key!r}{instead}"


@final
class Reach(Sequence[Group]):
    """The groups of an optimizer, and the module in the place of a group at index `MODULE`.

    Parameters
    ----------
    groups : sequence of mapping
        What it has the length and the items of.
    attributes : Attributes, optional
        Of the module.
    """

    __slots__ = ("_attributes", "_groups")

    def __init__(self, groups: Sequence[Group], attributes: Attributes | None) -> None:
        self._groups, self._attributes = groups, attributes

    @override
    def __getitem__(self, index: Any) -> Any:
        return self._attributes if index == MODULE else self._groups[index]

    @override
    def __len__(self) -> int:
        return len(self._groups)

    @override
    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups)


def reach(trainer: "Trainer") -> list[Reach]:
    """Give the groups of every optimizer of a trainer, with the module within reach."""
    attributes = Attributes(trainer.lightning_module)
    return [Reach(optimizer.param_groups, attributes) for optimizer in trainer.optimizers]


@cache
def _parts(key: str) -> list[str]:
    return key.removeprefix(OF_MODULE).split(".")


def _enter(held: Any, part: str) -> Any:  # noqa: ANN401 - a module holds anything
    if isinstance(held, Mapping):
        return held[part]
    if isinstance(held, Sequence):
        return held[int(part)]
    return getattr(held, part)


def _assign(owner: Any, part: str, value: object) -> None:  # noqa: ANN401 - as above
    if isinstance(owner, MutableMapping):
        owner[part] = value
    elif isinstance(owner, MutableSequence):
        owner[int(part)] = value
    else:
        setattr(owner, part, value)


def _why_not(value: Any) -> str:  # noqa: ANN401 - as above
    """Say why a value is no number that can be driven; nothing if it is one."""
    if hasattr(value, "fill_"):
        if value.numel() == 1 and value.is_floating_point():
            return ""
        return (
            f"is a Tensor of {value.numel()} entries of {value.dtype}; a schedule needs one entry "
            "of a floating type, as torch.tensor(1.0) has it"
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ""
    return f"is a {type(value).__name__} here, which is not a number; make it one, such as 1.0"


def _why_kept(key: str, owner: Any, part: str) -> str:  # noqa: ANN401 - as above
    """Say why a checkpoint would bring a scheduled value back as if it were configured."""
    remedy = f"write for example self.{part} = {part}"
    if _parts(key)[0] == "hparams":
        return (
            "is a hyperparameter of the module, which every checkpoint keeps as it was configured; "
            f"give the module an attribute of its own: {remedy} in its __init__"
        )
    if part in getattr(owner, "_parameters", {}):
        return f"is a Parameter, which training moves; {remedy}"
    if part in getattr(owner, "_buffers", {}) and part not in owner._non_persistent_buffers_set:  # noqa: SLF001 - torch has no public name for it
        return (
            "is a buffer that checkpoints restore, so that a resumed run would take a scheduled "
            f"value for the configured one; register it with persistent=False, or {remedy}"
        )
    return ""


def _numbers(module: Any) -> Iterator[str]:  # noqa: ANN401 - a module or what stands for one
    """Give the paths of the numbers in a module, those of its own first."""
    for path, part in module.named_modules():
        held = {**vars(part), **dict(part.named_buffers(recurse=False))}
        for name, value in held.items():
            if not name.startswith("_"):
                yield from _entries(
                    f"{OF_MODULE}{path}.{name}" if path else OF_MODULE + name, value
                )


def _entries(key: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (f"{key}.{name}" for name, entry in value.items() if not _why_not(entry))
    elif not _why_not(value):
        yield key
