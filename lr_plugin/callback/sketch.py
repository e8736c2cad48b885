"""Sketch: a few of all coordinates that stand for the rest, in runs that memory is read in."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple, final

import torch
from torch import Tensor

__all__ = ["Sketch"]

_SEED: Final = 0  # the same draw in a resumed run, and nothing of what the user draws
_LONGEST, _FEWEST = 64, 4096  # coordinates of a run: longer ones are hardly faster; runs


class _Read(NamedTuple):
    """Which rows to read of a tensor, from here to there, if it is cut into rows."""

    tensor: int
    order: list[int]  # of its dimensions in memory
    start: int
    stop: int
    width: int
    which: Tensor


@final
class Sketch:
    """Coordinates drawn at random from all tensors together, each as likely as any other.

    All tensors are cut into runs of neighbours, of equal length but for the last of each tensor.
    These are divided evenly, and one run is drawn of each part.

    Parameters
    ----------
    tensors : sequence of Tensor
        What to draw from.
    most : int
        How many coordinates to draw at most; fewer than there are.

    Attributes
    ----------
    size : int
        How many it has drawn.

    Examples
    --------
    >>> tensors = [torch.arange(4.0), torch.arange(10.0, 16.0)]
    >>> sketch, row = Sketch(tensors, 5), torch.zeros(5)
    >>> sketch.copy(tensors, row)
    >>> row.tolist()
    [1.0, 3.0, 10.0, 13.0, 15.0]
    """

    def __init__(self, tensors: Sequence[Tensor], most: int) -> None:
        self._length = min(max(most // _FEWEST, 1), _LONGEST)
        self._reads = list(self._draw(tensors, most // self._length))
        self.size = sum(len(each.which) * each.width for each in self._reads)

    def copy(self, tensors: Sequence[Tensor], row: Tensor) -> None:
        """Copy the coordinates that were drawn.

        Parameters
        ----------
        tensors : sequence of Tensor
            Of the same shapes, on whatever device they are now.
        row : Tensor
            Where to, as long as `size`.
        """
        self._reads = [
            each._replace(which=each.which.to(tensors[each.tensor].device)) for each in self._reads
        ]
        places = torch.split(row, [len(each.which) * each.width for each in self._reads])
        for (tensor, order, start, stop, width, which), place in zip(
            self._reads, places, strict=True
        ):
            rows = tensors[tensor].permute(order).reshape(-1)[start:stop].view(-1, width)
            if (rows.dtype, rows.device) == (row.dtype, row.device):
                torch.index_select(rows, 0, which, out=place.view(-1, width))
            else:
                place.view(-1, width).copy_(rows.index_select(0, which))

    def _draw(self, tensors: Sequence[Tensor], count: int) -> Iterator[_Read]:
        ends = [*accumulate((-(-each.numel() // self._length) for each in tensors), initial=0)]
        dice = torch.Generator().manual_seed(_SEED)
        shifts = torch.rand(count, dtype=torch.float64, generator=dice)
        places = (torch.arange(count) + shifts) * (ends[-1] / count)
        drawn = places.long().clamp(max=ends[-1] - 1)  # rounding may reach the end
        cuts = torch.searchsorted(drawn, torch.tensor(ends)).tolist()
        for index, (start, stop) in enumerate(pairwise(cuts)):
            if start < stop:
                yield from self._reads_of(index, tensors[index], drawn[start:stop] - ends[index])

    def _reads_of(self, index: int, tensor: Tensor, drawn: Tensor) -> Iterator[_Read]:
        order = sorted(range(tensor.dim()), key=tensor.stride, reverse=True)  # spares a copy
        size, count = tensor.numel(), tensor.numel() // self._length
        whole, rests = count * self._length, drawn[drawn >= count]
        if len(rests) < len(drawn):
            yield _Read(index, order, 0, whole, self._length, drawn[drawn < count])
        if len(rests):
            yield _Read(index, order, whole, size, size - whole, rests - count)
