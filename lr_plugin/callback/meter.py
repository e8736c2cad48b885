"""Meter: the few inner products that an advisor needs, of parameters that keep changing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor

__all__ = ["Meter", "Slopes", "Way"]

_ALIKE: Final = 65_536  # coordinates that are enough to tell how alike two gradients are


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

    It keeps two copies of the coordinates that it watches: where they were at first, and the latest
    update. All results are estimates for all coordinates.

    Parameters
    ----------
    parameters : iterable of Tensor
        Of one optimizer.
    sketch : int, optional
        How many coordinates to watch at most, the same ones throughout: neighbours in the middle
        of each tensor, in proportion to its size. All of them if not given.
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
    >>> meter.after()
    Way(update=1.0, distance=1.0)
    >>> meter.slopes()  # the same gradient again
    Slopes(gradient=2.0, slope=2.0, pull=2.0, coherence=1.0)
    """

    def __init__(
        self, parameters: Iterable[Tensor], sketch: int | None = None, *, undoes: bool = False
    ) -> None:
        self._held = [each for each in parameters if each.requires_grad]
        total = sum(each.numel() for each in self._held)
        self._share = min(1.0, sketch / total) if sketch and total else 1.0
        self._few = min(1.0, _ALIKE / total) if total else 1.0
        self._anchor = self._update = self._gradient = torch.empty(0)
        self._undoes = undoes
        self._kept: list[Tensor] = []

    def anchor(self) -> None:
        """Measure distances from here on."""
        self._anchor = self._values(self._share)

    def before(self) -> None:
        """Note where the parameters are, and the gradient that is about to be applied."""
        self._update = self._values(self._share)
        self._gradient = self._gradients(self._few)
        if self._undoes:
            self._kept = [each.detach().clone() for each in self._held]

    def after(self) -> Way:
        """Return the update that has been applied since `before`."""
        now = self._values(self._share)
        self._update -= now
        update, distance = _numbers(_square(self._update), _square(now.sub_(self._anchor)))
        return Way(update=(update / self._share) ** 0.5, distance=(distance / self._share) ** 0.5)

    def slopes(self) -> Slopes:
        """Return what the gradient of now is to the update before it."""
        gradient, few = self._gradients(self._share), self._gradients(self._few)
        back = self._anchor - self._values(self._share)
        square, slope, pull, alike, here, there = _numbers(
            _square(gradient),
            torch.dot(gradient, self._update),
            torch.dot(gradient, back),
            torch.dot(few, self._gradient),
            _square(few),
            _square(self._gradient),
        )
        both = (here * there) ** 0.5
        return Slopes(
            gradient=(square / self._share) ** 0.5,
            slope=slope / self._share,
            pull=pull / self._share,
            coherence=alike / both if both else 0.0,
        )

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

    def pack(self) -> dict[str, list[Tensor]]:
        """Return what a checkpoint needs."""
        return {"vectors": [self._anchor, self._update, self._gradient], "kept": self._kept}

    def unpack(self, packed: Mapping[str, Sequence[Tensor]]) -> bool:
        """Go on from a checkpoint; return whether it is about the same coordinates.

        Parameters
        ----------
        packed : mapping
            What `pack` returned.
        """
        now = self._values(self._share)
        if packed["vectors"][0].shape != now.shape:
            return False
        self._anchor, self._update, self._gradient = (
            each.to(now.device) for each in packed["vectors"]
        )
        self._kept = [each.to(now.device) for each in packed["kept"]]
        return True

    def _values(self, share: float) -> Tensor:
        return _vector([_part(each.detach(), share) for each in self._held])

    def _gradients(self, share: float) -> Tensor:
        # a parameter that has no part in this step stands still
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._held]
        return _vector([_part(grad.detach(), share) for grad in grads])


def _part(tensor: Tensor, share: float) -> Tensor:
    flat = tensor.reshape(-1)
    if share == 1.0:
        return flat
    length = max(round(share * flat.numel()), 1)
    return flat[(flat.numel() - length) // 2 :][:length]


def _vector(parts: list[Tensor]) -> Tensor:
    whole = torch.cat(parts) if parts else torch.empty(0)
    # sums of half precision overflow
    return whole if whole.dtype in {torch.float32, torch.float64} else whole.float()


def _square(vector: Tensor) -> Tensor:
    return torch.dot(vector, vector)


def _numbers(*sums: Tensor) -> list[float]:
    # one transfer for all: a GPU waits at each
    found: list[float] = torch.stack(sums).tolist()
    return found
