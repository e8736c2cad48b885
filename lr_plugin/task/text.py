"""Tiny Shakespeare: a million characters, to predict the next one of."""

import gzip
import hashlib
import zlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader
from typing_extensions import override

from lr_plugin.task.download import Remote, fetch
from lr_plugin.task.loading import Arrays, loader

__all__ = ["TEXT", "ShakespeareData", "encode", "read_text", "split", "windows"]

_REPOSITORY = "https://raw.githubusercontent.com/karpathy/char-rnn"
_COMMIT = "d1d7aa34fdb3626174bce1d753e6cc6845ce7087"
TEXT: Final = Remote(
    url=f"{_REPOSITORY}/{_COMMIT}/data/tinyshakespeare/input.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)
_TRAINED_ON: Final = 0.9
_VALIDATION_BATCH: Final = 128


def read_text(path: Path) -> bytes:
    """Read the text and check that it is the one that is meant, so that all runs split the same.

    Parameters
    ----------
    path : pathlib.Path
        The text, or with the suffix ``.gz`` the text compressed by gzip.

    Raises
    ------
    ValueError
        If it holds anything else.
    """
    content = path.read_bytes()
    try:
        text = gzip.decompress(content) if path.suffix == ".gz" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{str(path)!r} is not a whole gzip file ({error}); {_REMEDY}") from error
    if hashlib.sha256(text).hexdigest() != TEXT.sha256:
        raise ValueError(
            f"{str(path)!r} holds {len(text)} bytes that are not Tiny Shakespeare; {_REMEDY}"
        )
    return text


_REMEDY = "remove it and the text is downloaded again"


def encode(text: bytes) -> Tensor:
    """Return a text as numbers: those of its characters in the alphabet of all that occur in it.

    Parameters
    ----------
    text : bytes
        One byte per character.

    Examples
    --------
    >>> encode(b"banana")
    tensor([1, 0, 2, 0, 2, 0])
    """
    _, numbers = np.unique(np.frombuffer(text, dtype=np.uint8), return_inverse=True)
    return torch.from_numpy(numbers.astype(np.int64))


def windows(codes: Tensor, context: int) -> Arrays:
    """Cut a text into pieces side by side; the labels are the characters one further on.

    Parameters
    ----------
    codes : torch.Tensor
        The characters as numbers, in one dimension.
    context : int
        Characters per piece; what is left at the end is not used.

    Examples
    --------
    >>> pieces = windows(torch.arange(6), context=2)
    >>> pieces.inputs.tolist(), pieces.labels.tolist()
    ([[0, 1], [2, 3]], [[1, 2], [3, 4]])
    """
    used = (len(codes) - 1) // context * context
    return Arrays(codes[:used].view(-1, context), codes[1 : used + 1].view(-1, context))


def split(codes: Tensor, context: int) -> tuple[Arrays, Arrays]:
    """Return the pieces of the first 90 % of a text, to train on, and of the rest, to validate on.

    Parameters
    ----------
    codes : torch.Tensor
        The characters as numbers, in one dimension.
    context : int
        Characters per piece.
    """
    boundary = int(_TRAINED_ON * len(codes))
    return windows(codes[:boundary], context), windows(codes[boundary:], context)


@cache  # a sweep of many jobs in one process reads the text once
def _pieces(path: Path, context: int) -> tuple[Arrays, Arrays]:
    return split(encode(read_text(path)), context)


class ShakespeareData(LightningDataModule):
    """Tiny Shakespeare (Karpathy 2015): 65 different characters, the last tenth to validate on.

    With 64 characters of context there are 15 685 pieces to train on and 1742 to validate on.

    Parameters
    ----------
    data_dir : str or pathlib.Path
        ``tinyshakespeare.txt.gz`` is looked for in it, else ``tinyshakespeare/input.txt``; if
        neither is there, the latter is downloaded and checked.
    context : int, default 64
        Characters per piece.
    batch_size : int, default 16
        Pieces per batch.
    seed : int, default 0
        Seed of the order of the pieces; the split does not depend on it.

    Raises
    ------
    DownloadError
        If the text is missing and cannot be fetched, in `prepare_data`.
    ValueError
        If the file that is there is not the text that is meant, when it is read.
    """

    def __init__(
        self, *, data_dir: str | Path, context: int = 64, batch_size: int = 16, seed: int = 0
    ) -> None:
        super().__init__()
        self.folder = Path(data_dir)
        self.context, self.batch_size, self.seed = context, batch_size, seed

    @property
    def path(self) -> Path:
        """Where the text is, or will be."""
        packed = self.folder / "tinyshakespeare.txt.gz"
        return packed if packed.is_file() else self.folder / "tinyshakespeare" / TEXT.name

    @override
    def prepare_data(self) -> None:
        if not self.path.is_file():
            fetch(TEXT, self.path.parent)

    @override
    def train_dataloader(self) -> DataLoader[object]:
        train, _ = _pieces(self.path, self.context)
        return loader(train, batch_size=self.batch_size, shuffle_seed=self.seed)

    @override
    def val_dataloader(self) -> DataLoader[object]:
        _, val = _pieces(self.path, self.context)
        return loader(val, batch_size=_VALIDATION_BATCH)
