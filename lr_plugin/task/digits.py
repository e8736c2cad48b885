"""scikit-learn's bundled handwritten digits: real data without a network."""

from functools import cache

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.task.loading import Arrays, loader

__all__ = ["DigitsData"]


@cache  # a sweep of many jobs in one process reads and splits the data once
def _split() -> tuple[Arrays, Arrays]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    labels = torch.tensor(labels)
    train, val = train_test_split(
        range(len(labels)), test_size=360, random_state=0, stratify=labels
    )
    return Arrays(images[train], labels[train]), Arrays(images[val], labels[val])


class DigitsData(LightningDataModule):
    """1797 images of 8x8 pixels: 1437 to train on, 360 to validate on, the same split in every run.

    The images are those of the UCI "Optical recognition of handwritten digits" test set (Alpaydin
    & Kaynak 1998), which scikit-learn ships.

    Parameters
    ----------
    batch_size : int, default 32
        Samples per batch.
    seed : int, default 0
        Seed of the order of the training samples; the split does not depend on it.

    Examples
    --------
    >>> images, labels = next(iter(DigitsData(batch_size=16).train_dataloader()))
    >>> images.shape, labels.shape
    (torch.Size([16, 1, 8, 8]), torch.Size([16]))
    """

    def __init__(self, *, batch_size: int = 32, seed: int = 0) -> None:
        super().__init__()
        self.batch_size, self.seed = batch_size, seed

    @override
    def train_dataloader(self) -> DataLoader[object]:
        return loader(_split()[0], batch_size=self.batch_size, shuffle_seed=self.seed)

    @override
    def val_dataloader(self) -> DataLoader[object]:
        return loader(_split()[1], batch_size=max(self.batch_size, 360))
