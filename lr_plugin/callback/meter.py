"""Meter: the few inner products that an advisor needs, of parameters that keep changing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import is_
from typing import Any, Final, NamedTuple, final

import torch
from torch import Tensor

__all__ = ["Measured", "Meter"]

_ANCHOR, _BEFORE, _LAST, _NOW = 0, 1, 4, 5
_SEED: Final = 0  # of the draw of coordinates


class Measured(NamedTuple):
    """An update, and what the gradient after it is to it.

    Parameters
    ----------
    update, distance : float
        Its length, and the distance from the anchor after it.
    gradient, slope, pull : float
        Norm of the gradient, and its products with the update and with the way back to the anchor.
    coherence : float
        Cosine of the gradient with the one before.
    """

    update: float
    distance: float
    gradient: float
    slope: float
    pull: float
    coherence: float


@final
class Meter:
    """Measure updates and the gradients after them, of some or all coordinates.

    It keeps six copies of the coordinates that it watches: where they were at first, and what is
    multiplied. All results are estimates for all coordinates.

    Parameters
    ----------
    parameters : iterable of Tensor
        Of one optimizer.
    sketch : int, optional
        How many coordinates to watch at most, the same ones throughout: drawn at random from each
        tensor, in proportion to its size. All of them if not given.
    undoes : bool
        Whether updates are to be taken back, which takes one more copy, of all of them.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.zeros(4))
    >>> meter = Meter([weight])
    >>> meter.anchor()
    >>> weight.grad = torch.full((4,), -1.0)
    >>> meter.before()
    >>> with torch.no_grad():
    ...     _ = weight.sub_(0.5 * weight.grad)
    >>> meter.after()  # the same gradient again
    Measured(update=1.0, distance=1.0, gradient=2.0, slope=2.0, pull=2.0, coherence=1.0)
    """

    def __init__(
        self, parameters: Iterable[Tensor], sketch: int | None = None, *, undoes: bool = False
    ) -> None:
        self._held = [each for each in parameters if each.requires_grad]
        total = sum(each.numel() for each in self._held)
        self._share = min(1.0, sketch / total) if sketch and total else 1.0
        self._picked = [self._draw(each) for each in self._held] if self._share < 1 else []
        self._undoes = undoes
        self._kept: list[Tensor] = []
        self._make_room()

    def _make_room(self) -> None:
        parts = self._parts(self._values())
        # sums of half precision overflow
        is_double = any(each.dtype == torch.float64 for each in parts)
        kind = torch.float64 if is_double else torch.float32
        device = parts[0].device if parts else None
        sizes = [each.numel() for each in parts]
        self._rows = torch.zeros(6, sum(sizes), dtype=kind, device=device)
        # anchor and parameters before; ways from where they are now; gradient before, and now
        self._from, self._ways, self._now = self._rows[:2], self._rows[2:4], self._rows[5]
        self._factors, self._transposed = self._rows[2:], self._rows[2:].T
        split = [row.split(sizes) for row in self._rows]
        self._views = [
            [view.view_as(part) for view, part in zip(row, parts, strict=True)] for row in split
        ]

    def anchor(self) -> None:
        """Measure distances from here on."""
        self._make_room()  # parameters may have been moved since
        self._fill(_ANCHOR, self._values())

    def before(self) -> None:
        """Note where the parameters are, and the gradient that is about to be applied."""
        self._fill(_BEFORE, self._values())
        self._fill(_LAST, self._gradients())
        if self._undoes:
            self._kept = [each.clone() for each in self._values()]

    def after(self) -> Measured:
        """Return the update since `before`, and what the gradient of now is to it."""
        self._fill(_NOW, self._values())
        torch.sub(self._from, self._now, out=self._ways)
        self._fill(_NOW, self._gradients())
        # all products at once: a GPU waits at each number that is asked for
        back, update, last, now = (self._factors @ self._transposed).tolist()
        pull, slope, alike, square = now
        both = (square * last[2]) ** 0.5
        return Measured(
            update=(update[1] / self._share) ** 0.5,
            distance=(back[0] / self._share) ** 0.5,
            gradient=(square / self._share) ** 0.5,
            slope=slope / self._share,
            pull=pull / self._share,
            coherence=alike / both if both else 0.0,
        )

    def watches(self, parameters: Iterable[Tensor]) -> bool:
        """Say whether these are the parameters that it measures.

        Parameters
        ----------
        parameters : iterable of Tensor
            Those that do not take part in training do not count.
        """
        held = [each for each in parameters if each.requires_grad]
        return len(held) == len(self._held) and all(map(is_, held, self._held))

    @property
    def can_undo(self) -> bool:
        """Whether the latest update can be taken back."""
        return bool(self._kept)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take the latest update back for a while."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for each, kept in zip(self._held, self._kept, strict=True):
            now = each.clone()
            each.copy_(kept)
            kept.copy_(now)

    def pack(self, *, awaits: bool) -> dict[str, Any]:
        """Return what a checkpoint needs.

        Parameters
        ----------
        awaits : bool
            Whether `after` is still to come.
        """
        if not awaits:
            return {"rows": self._rows[[_ANCHOR]], "kept": []}
        return {"rows": self._rows[[_ANCHOR, _BEFORE, _LAST]], "kept": self._kept}

    @torch.no_grad()
    def unpack(self, packed: Mapping[str, Any]) -> bool:
        """Go on from a checkpoint; return whether it is about the same coordinates.

        Parameters
        ----------
        packed : mapping
            What `pack` returned.
        """
        self._make_room()
        rows: Tensor = packed["rows"]
        if rows.shape[1] != self._rows.shape[1]:
            return False
        for index, row in zip((_ANCHOR, _BEFORE, _LAST), rows, strict=False):
            self._rows[index].copy_(row)
        self._kept = [each.to(self._rows.device) for each in packed["kept"]]
        return True

    # without their history; to enter torch.no_grad() takes as long as all copies of a small model

    def _values(self) -> list[Tensor]:
        return [each.data for each in self._held]

    def _gradients(self) -> list[Tensor]:
        return [_gradient(each, each.grad) for each in self._held]

    def _fill(self, row: int, tensors: list[Tensor]) -> None:
        parts = self._parts(tensors)
        if parts:  # one call for all tensors, as in torch's optimizers
            torch._foreach_copy_(self._views[row], parts)

    def _parts(self, tensors: list[Tensor]) -> list[Tensor]:
        if self._share == 1:
            return tensors
        # parameters may have been moved since
        self._picked = [
            index.to(each.device) for index, each in zip(self._picked, tensors, strict=True)
        ]
        return [each.take(index) for index, each in zip(self._picked, tensors, strict=True)]

    def _draw(self, tensor: Tensor) -> Tensor:
        # the same in a resumed run, and nothing of what the user draws; sorted, it reads faster
        dice, size = torch.Generator().manual_seed(_SEED), tensor.numel()
        count = max(round(self._share * size), 1) if size else 0
        return torch.randint(max(size, 1), (count,), generator=dice).sort().values


def _gradient(parameter: Tensor, gradient: Tensor | None) -> Tensor:
    if gradient is None:  # a parameter that has no part in this step stands still
        return torch.zeros_like(parameter.data)
    return gradient.data.to_dense() if gradient.is_sparse else gradient.data
