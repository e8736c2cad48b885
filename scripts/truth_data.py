"""The data of the tasks: a few thousand samples each, split once."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from sklearn import datasets

from lr_plugin.task.download import fetch
from lr_plugin.task.mnist import FILES, read_idx
from lr_plugin.task.text import ShakespeareData, encode, read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

FOLDER = Path(os.environ.get("LR_PLUGIN_DATA", Path.home() / ".cache" / "lr_plugin"))


class Data(NamedTuple):
    """Samples to train on, and samples to judge by."""

    inputs: Tensor
    targets: Tensor
    val_inputs: Tensor
    val_targets: Tensor

    def first(self, samples: int, *, val: bool) -> tuple[Tensor, Tensor]:
        """Return some of the samples to judge by, or of those to train on."""
        inputs, targets = self[2:] if val else self[:2]
        return inputs[:samples], targets[:samples]

    def take(self, samples: int) -> Data:
        """Return the data with its first training samples only."""
        return self._replace(inputs=self.inputs[:samples], targets=self.targets[:samples])


def split(inputs: Tensor, targets: Tensor, val: int) -> Data:
    """Shuffle, and keep the last samples to judge by."""
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(0))
    train, kept = order[:-val], order[-val:]
    return Data(inputs[train], targets[train], inputs[kept], targets[kept])


def standard(values: NDArray[np.float64]) -> Tensor:
    """Return columns with mean 0 and standard deviation 1."""
    return torch.tensor((values - values.mean(0)) / values.std(0), dtype=torch.float32)


@cache
def digits() -> Data:
    """Return 8x8 images of digits (Alpaydin & Kaynak 1998)."""
    images, labels = datasets.load_digits(return_X_y=True)
    pixels = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    return split(pixels, torch.tensor(labels), 360)


def autoencoding() -> Data:
    """Return digits to be reproduced."""
    data, flat = digits(), torch.nn.Flatten()
    train, val = flat(data.inputs), flat(data.val_inputs)
    return Data(train, train, val, val)


@cache
def mnist() -> Data:
    """Return 4000 + 600 images of MNIST at half its resolution."""
    images, labels = (fetch(remote, FOLDER / "mnist") for remote in FILES[:2])
    pixels = torch.tensor(read_idx(images)[:4600]).unsqueeze(1).float() / 255
    small = torch.nn.functional.avg_pool2d((pixels - 0.1307) / 0.3081, 2)
    return split(small, torch.tensor(read_idx(labels)[:4600]).long(), 600)


def mislabelled(share: float) -> Data:
    """Return MNIST with labels drawn at random for a share of all samples."""
    data, generator = mnist(), torch.Generator().manual_seed(1)

    def drawn(labels: Tensor) -> Tensor:
        other = torch.randint(10, labels.shape, generator=generator)
        return torch.where(torch.rand(labels.shape, generator=generator) < share, other, labels)

    return data._replace(targets=drawn(data.targets), val_targets=drawn(data.val_targets))


def sideways() -> Data:
    """Return 400 images of MNIST, turned, for a network that knows them upright."""
    data = mnist().take(400)
    return data._replace(
        inputs=data.inputs.transpose(2, 3), val_inputs=data.val_inputs.transpose(2, 3)
    )


def cancer() -> Data:
    """Return 30 measurements of 569 tumours, benign or malignant (Street et al. 1993)."""
    values, labels = datasets.load_breast_cancer(return_X_y=True)
    return split(standard(values), torch.tensor(labels), 169)


def regression(samples: tuple[NDArray[np.float64], NDArray[np.float64]], val: int = 500) -> Data:
    """Return a problem with standardised inputs and targets."""
    values, targets = samples
    return split(standard(values), standard(targets[:, None]), val)


def diabetes() -> Data:
    """Return ten measurements of 442 patients and a year's progress (Efron et al. 2004)."""
    return regression(datasets.load_diabetes(return_X_y=True), val=142)


def friedman1() -> Data:
    """Return the first benchmark of Friedman (1991)."""
    return regression(datasets.make_friedman1(1500, noise=1.0, random_state=0))


def friedman3() -> Data:
    """Return the third benchmark of Friedman (1991)."""
    return regression(datasets.make_friedman3(1500, noise=0.1, random_state=0))


def heavy_tailed() -> Data:
    """Return a regression whose noise has no variance (Student's t, two degrees of freedom)."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(1500, 8))
    signal = np.sin(values[:, 0]) + values[:, 1] * values[:, 2] + values[:, 3]
    return regression((values, signal + 0.5 * generator.standard_t(2, 1500)))


def moons() -> Data:
    """Return two interleaved half circles."""
    values, labels = datasets.make_moons(1500, noise=0.2, random_state=0)
    return split(standard(values), torch.tensor(labels), 500)


@cache
def _characters() -> tuple[Tensor, int]:
    source = ShakespeareData(data_dir=FOLDER)
    source.prepare_data()
    codes = encode(read_text(source.path)[:300_000])
    return codes, int(codes.max()) + 1


def alphabet() -> int:
    """Return how many characters the text is made of."""
    return _characters()[1]


def next_characters(length: int) -> Data:
    """Return windows of Shakespeare's plays, each beside itself a character later."""
    windows = _characters()[0].unfold(0, length + 1, length)
    return split(windows[:, :-1], windows[:, 1:], 500)


def last_character(context: int) -> Data:
    """Return windows of Shakespeare's plays and the character that comes next."""
    windows = _characters()[0].unfold(0, context + 1, 7)
    return split(windows[:, :-1], windows[:, -1], 1500)
