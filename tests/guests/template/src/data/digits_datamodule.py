"""Handwritten digits of 8 by 8 pixels."""

import torch
from lightning import LightningDataModule
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


class DigitsDataModule(LightningDataModule):
    def __init__(self, batch_size: int = 128, num_workers: int = 0) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False)
        self.parts: list[Dataset[tuple[torch.Tensor, ...]]] = []

    def setup(self, stage: str | None = None) -> None:
        if not self.parts:
            images, labels = load_digits(return_X_y=True)
            pixels = torch.tensor(images / 16, dtype=torch.float32)
            whole = TensorDataset(pixels, torch.tensor(labels))
            seed = torch.Generator().manual_seed(42)
            self.parts = [*random_split(whole, [0.8, 0.1, 0.1], generator=seed)]

    def train_dataloader(self) -> DataLoader[tuple[torch.Tensor, ...]]:
        return self._loader(0, shuffle=True)

    def val_dataloader(self) -> DataLoader[tuple[torch.Tensor, ...]]:
        return self._loader(1)

    def test_dataloader(self) -> DataLoader[tuple[torch.Tensor, ...]]:
        return self._loader(2)

    def _loader(self, part: int, *, shuffle: bool = False) -> DataLoader[tuple[torch.Tensor, ...]]:
        return DataLoader(
            self.parts[part],
            batch_size=self.hparams["batch_size"],
            num_workers=self.hparams["num_workers"],
            shuffle=shuffle,
        )
