"""Meter: the few inner products that an advisor needs, of parameters that keep changing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import is_
from typing import Any, NamedTuple, final

import torch
from torch import Tensor

from lr_plugin.callback.sketch import Sketch

__all__ = ["Measured", "Meter"]

_ANCHOR, _BEFORE, _LAST, _NOW = 0, 1, 4, 5


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
        How many coordinates to watch at most, drawn at random, the same ones throughout. All of
        them if not given.
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
        self._sketch = Sketch(self._held, sketch) if sketch and sketch < total else None
        self._undoes = undoes
        self._kept: list[Tensor] = []
        self._make_room()
        self._share = self._rows.shape[1] / total if total else 1.0

    def _make_room(self) -> None:
        values, sketch = self._values(), self._sketch
        # sums of half precision overflow
        is_double = any(each.dtype == torch.float64 for each in values)
        kind = torch.float64 if is_double else torch.float32
        device = values[0].device if values else None
        sizes = [each.numel() for each in values]
        size = sum(sizes) if sketch is None else sketch.size
        self._rows = torch.zeros(6, size, dtype=kind, device=device)
        # anchor and parameters before; ways from where they are now; gradient before, and now
        self._from, self._ways, self._now = self._rows[:2], self._rows[2:4], self._rows[5]
        self._factors, self._transposed = self._rows[2:], self._rows[2:].T
        self._views = [
            [view.view_as(each) for view, each in zip(row.split(sizes), values, strict=True)]
            for row in (self._rows if sketch is None else ())
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
        if self._sketch is not None:
            self._sketch.copy(tensors, self._rows[row])
        elif tensors:  # one call for all of them, as in torch's optimizers
            torch._foreach_copy_(self._views[row], tensors)


def _gradient(parameter: Tensor, gradient: Tensor | None) -> Tensor:
    if gradient is None:  # a parameter that has no part in this step stands still
        return torch.zeros_like(parameter.data)
    return gradient.data.to_dense() if gradient.is_sparse else gradient.data
