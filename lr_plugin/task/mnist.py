"""MNIST from the standard idx.gz files."""

import gzip
import zlib
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.task.download import Remote, fetch
from lr_plugin.task.loading import Arrays, loader

__all__ = ["FILES", "MnistData", "read_idx"]

_MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist"
_SHA256 = {
    "train-images-idx3": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "t10k-images-idx3": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}
FILES: Final = tuple(
    Remote(url=f"{_MIRROR}/{name}-ubyte.gz", sha256=digest) for name, digest in _SHA256.items()
)

Bytes: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
_UNSIGNED_BYTES = b"\0\0\x08"


def read_idx(path: Path) -> Bytes:
    """Read an idx.gz file of unsigned bytes (LeCun, Cortes & Burges 1998).

    Parameters
    ----------
    path : pathlib.Path
        The gzip-compressed file.

    Raises
    ------
    ValueError
        If it is not an idx file of unsigned bytes, or if it is cut short.
    """
    try:
        return _parse_idx(gzip.decompress(path.read_bytes()))
    except (EOFError, gzip.BadGzipFile, ValueError, zlib.error) as error:
        raise ValueError(
            f"{str(path)!r} is not a complete idx.gz file of unsigned bytes ({error}); "
            f"delete it and it is downloaded again"
        ) from error


def _parse_idx(content: bytes) -> Bytes:
    if content[:3] != _UNSIGNED_BYTES:
        raise ValueError(f"it begins with {content[:3]!r}, not {_UNSIGNED_BYTES!r}")
    header = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:header], dtype=">u4")
    return np.frombuffer(content[header:], dtype=np.uint8).reshape(shape)


@cache
def _part(images: Path, labels: Path) -> Arrays:
    pixels = torch.tensor(read_idx(images)).unsqueeze(1).float() / 255
    # mean and standard deviation of the training pixels, as is usual for MNIST
    return Arrays((pixels - 0.1307) / 0.3081, torch.tensor(read_idx(labels)).long())


class MnistData(LightningDataModule):
    """60 000 images of 28x28 pixels to train on, 10 000 to validate on.

    Parameters
    ----------
    data_dir : str or pathlib.Path
        The folder `mnist` in it holds the four idx.gz files; what is missing is downloaded into
        it and checked.
    batch_size : int, default 128
        Samples per batch.
    seed : int, default 0
        Seed of the order of the training samples.

    Raises
    ------
    DownloadError
        If files are missing and cannot be fetched, in `prepare_data`.
    """

    def __init__(self, *, data_dir: str | Path, batch_size: int = 128, seed: int = 0) -> None:
        super().__init__()
        self.folder = Path(data_dir) / "mnist"
        self.batch_size, self.seed = batch_size, seed

    @override
    def prepare_data(self) -> None:
        for remote in FILES:
            fetch(remote, self.folder)

    def _arrays(self, part: str) -> Arrays:
        names = (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
        return _part(*(self.folder / name for name in names))

    @override
    def train_dataloader(self) -> DataLoader[object]:
        return loader(self._arrays("train"), batch_size=self.batch_size, shuffle_seed=self.seed)

    @override
    def val_dataloader(self) -> DataLoader[object]:
        return loader(self._arrays("t10k"), batch_size=1000)
