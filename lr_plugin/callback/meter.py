"""Meter: the few inner products that an advisor needs, of parameters that keep changing."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import final

import torch
from torch import Tensor

__all__ = ["Meter", "Slopes", "Way"]

_SKETCH = 65_536  # coordinates that are enough to tell how alike two gradients are


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """An update that has been applied.

    Parameters
    ----------
    update, distance : float
        Its length, and the distance from the anchor after it.
    """

    update: float
    distance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Slopes:
    """What a gradient is to the update before it.

    Parameters
    ----------
    gradient, slope, pull : float
        Its norm, and its products with the update and with the way back to the anchor.
    coherence : float
        Its cosine with the gradient before.
    """

    gradient: float
    slope: float
    pull: float
    coherence: float


@final
class Meter:
    """Measure updates, and the gradients after them, of some or all coordinates.

    It keeps two copies of the coordinates that it watches: where the window began, and the latest
    update. All sums are estimates for all coordinates.

    Parameters
    ----------
    parameters : iterable of Tensor
        Of one optimizer.
    sketch : int, optional
        How many coordinates to watch, the same ones throughout: a run of neighbours in each
        tensor, in proportion to its size. All of them if not given.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.zeros(4))
    >>> meter = Meter([weight])
    >>> weight.grad = torch.full((4,), -1.0)
    >>> meter.before()
    >>> with torch.no_grad():
    ...     _ = weight.sub_(0.5 * weight.grad)
    >>> meter.after()
    Way(update=1.0, distance=1.0)
    >>> meter.slopes()  # the same gradient again
    Slopes(gradient=2.0, slope=2.0, pull=2.0, coherence=1.0)
    """

    def __init__(self, parameters: Iterable[Tensor], sketch: int | None = None) -> None:
        held = [each for each in parameters if each.requires_grad]
        total = sum(each.numel() for each in held)
        self._share = min(1.0, sketch / total) if sketch and total else 1.0
        self._held = held
        self._small = min(1.0, _SKETCH / total) if total else 1.0
        self._anchor = self._copies()
        self._update: list[Tensor] = []
        self._gradient: list[Tensor] = []

    @torch.no_grad()
    def anchor(self) -> None:
        """Measure distances from here on."""
        self._anchor = self._copies()
        self._update, self._gradient = [], []

    @torch.no_grad()
    def before(self) -> None:
        """Note where the parameters are, and the gradient that is about to be applied."""
        self._update = self._copies()
        self._gradient = [part.clone() for part in self._gradients(self._small)]

    @torch.no_grad()
    def after(self) -> Way:
        """Return the update that has been applied since `before`."""
        parts = list(self._parts(self._share))
        for was, now in zip(self._update, parts, strict=True):
            was.sub_(now)
        away = (was - now for was, now in zip(self._anchor, parts, strict=True))
        squares = _numbers([_dots(self._update, self._update), _squares(away)])
        update, distance = (square / self._share for square in squares)
        return Way(update=update**0.5, distance=distance**0.5)

    @torch.no_grad()
    def slopes(self) -> Slopes:
        """Return what the gradient of now is to the update before it."""
        parts, gradients = list(self._parts(self._share)), list(self._gradients(self._share))
        back = [was - now for was, now in zip(self._anchor, parts, strict=True)]
        small, first = list(self._gradients(self._small)), self._gradient
        products = [(gradients, gradients), (gradients, self._update), (gradients, back)]
        alike = [(small, first), (small, small), (first, first)]
        found = _numbers([_dots(*pair) for pair in products + alike])
        square, slope, pull = (value / self._share for value in found[:3])
        both = (found[4] * found[5]) ** 0.5
        cosine = found[3] / both if both else 0.0
        return Slopes(gradient=square**0.5, slope=slope, pull=pull, coherence=cosine)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take the latest update back for a while."""
        kept = [each.detach().clone() for each in self._held]
        try:
            with torch.no_grad():
                for now, update in zip(self._parts(1.0), self._update, strict=True):
                    now.add_(update)
            yield
        finally:
            with torch.no_grad():
                for each, was in zip(self._held, kept, strict=True):
                    each.copy_(was)

    def _copies(self) -> list[Tensor]:
        return [part.clone() for part in self._parts(self._share)]

    def _parts(self, share: float) -> Iterator[Tensor]:
        return (_part(each.detach(), share) for each in self._held)

    def _gradients(self, share: float) -> Iterator[Tensor]:
        # a parameter that has no part in this step stands still
        grads = (
            torch.zeros_like(each) if each.grad is None else each.grad.detach()
            for each in self._held
        )
        return (_part(grad, share) for grad in grads)


def _part(tensor: Tensor, share: float) -> Tensor:
    if share == 1.0:
        return tensor
    flat = tensor.reshape(-1)
    length = max(round(share * flat.numel()), 1)
    return flat[(flat.numel() - length) // 2 :][:length]


def _dots(left: Sequence[Tensor], right: Sequence[Tensor]) -> list[Tensor]:
    pairs = zip(left, right, strict=True)
    return [torch.dot(_vector(one), _vector(other)) for one, other in pairs]


def _vector(tensor: Tensor) -> Tensor:
    # sums of half precision overflow
    flat = tensor.reshape(-1)
    return flat if flat.dtype in {torch.float32, torch.float64} else flat.float()


def _squares(parts: Iterable[Tensor]) -> list[Tensor]:
    kept = list(parts)
    return _dots(kept, kept)


def _numbers(sums: Sequence[Sequence[Tensor]]) -> list[float]:
    # one transfer for all: a GPU waits at each
    device = next((each.device for each in chain(*sums)), torch.device("cpu"))
    zero = torch.zeros((), device=device)
    found: list[float] = torch.stack([sum(parts, zero) for parts in sums]).tolist()
    return found
