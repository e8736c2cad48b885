"""Batches from tensors in memory, in an order that depends on the seed and the epoch alone."""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler

__all__ = ["Arrays", "SeededShuffle", "loader"]


class Arrays(Dataset[Any]):
    """Inputs and labels in memory, read a whole batch at a time.

    Parameters
    ----------
    inputs, labels : torch.Tensor
        As many rows in one as in the other.
    """

    def __init__(self, inputs: Tensor, labels: Tensor) -> None:
        self.inputs, self.labels = inputs, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.inputs[index], self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        rows = torch.tensor(indices)
        return self.inputs[rows], self.labels[rows]


class SeededShuffle(RandomSampler):
    """A random order that a resumed run finds again: it is drawn from the seed and the epoch.

    Parameters
    ----------
    data : Dataset
        What is shuffled; only its length matters.
    seed : int
        Runs with the same seed see the samples in the same order.
    """

    def __init__(self, data: Arrays, *, seed: int) -> None:
        super().__init__(data, generator=torch.Generator())
        self.seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Draw the order of this epoch next; Lightning calls it at the start of each epoch."""
        # a plain sum would give seed 0 in epoch 1 the order of seed 1 in epoch 0
        self.generator.manual_seed(self.seed * 1_000_003 + epoch)


def _as_read(batch: Any) -> Any:  # noqa: ANN401 - DataLoader's own type for a batch
    return batch


def loader(data: Arrays, *, batch_size: int, shuffle_seed: int | None = None) -> DataLoader[Any]:
    """Return a loader without worker processes; shuffled where a seed is given.

    Parameters
    ----------
    data : Arrays
        The samples.
    batch_size : int
        Samples per batch; the last batch of an epoch may be smaller.
    shuffle_seed : int, optional
        Seed of the order; None keeps the order of the data.

    Examples
    --------
    >>> data = Arrays(torch.arange(4.0), torch.arange(4))
    >>> [labels.tolist() for _, labels in loader(data, batch_size=3)]
    [[0, 1, 2], [3]]
    """
    sampler = None if shuffle_seed is None else SeededShuffle(data, seed=shuffle_seed)
    return DataLoader(data, batch_size=batch_size, sampler=sampler, collate_fn=_as_read)
