"""The networks of the tasks: as small as a learning rate still matters to them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


def dense(*widths: int, between: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Return fully connected layers with an activation between them."""
    layers = [nn.Linear(width, following) for width, following in pairwise(widths)]
    return nn.Sequential(layers[0], *(part for each in layers[1:] for part in (between(), each)))


def convolutional(side: int, channels: int) -> nn.Sequential:
    """Return two 3x3 convolutions that halve the image, and a classifier of ten classes."""
    last = 2 * channels * math.ceil(side / 4) ** 2
    first = nn.Conv2d(1, channels, 3, stride=2, padding=1)
    second = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), nn.Linear(last, 10))


def batch_normalised(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """Return two hidden layers, each normalised over the batch, in validation too."""
    norms = [nn.BatchNorm1d(width, track_running_stats=False) for _ in range(2)]
    return nn.Sequential(
        *(nn.Linear(inputs, width), norms[0], nn.ReLU()),
        *(nn.Linear(width, width), norms[1], nn.ReLU()),
        nn.Linear(width, outputs),
    )


class Residual(nn.Module):
    """Add what a branch makes of the normalised input.

    Parameters
    ----------
    width
        Of the input and the output.
    branch
        What is added.
    """

    def __init__(self, width: int, branch: nn.Module) -> None:
        super().__init__()
        self.norm, self.branch = nn.LayerNorm(width), branch

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the sum."""
        total: Tensor = inputs + self.branch(self.norm(inputs))
        return total


def layer_normalised(inputs: int, width: int, outputs: int, blocks: int) -> nn.Sequential:
    """Return residual blocks of two layers, each normalised over the features."""
    branches = [dense(width, 2 * width, width) for _ in range(blocks)]
    middle = [Residual(width, branch) for branch in branches]
    return nn.Sequential(
        nn.Linear(inputs, width), *middle, nn.LayerNorm(width), nn.Linear(width, outputs)
    )


class Attention(nn.Module):
    """Causal attention with one head (Vaswani et al. 2017).

    Parameters
    ----------
    width
        Numbers per token.
    length
        Tokens per sample.
    """

    mask: Tensor

    def __init__(self, width: int, length: int) -> None:
        super().__init__()
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        future = torch.full((length, length), -math.inf).triu(1)
        self.register_buffer("mask", future, persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return one mean of the past for each token."""
        query, key, value = self.project(inputs).chunk(3, dim=-1)
        scores = query @ key.transpose(-1, -2) / math.sqrt(inputs.shape[-1])
        found: Tensor = self.out((scores + self.mask).softmax(dim=-1) @ value)
        return found


class Transformer(nn.Module):
    """A decoder of one block that predicts the next character at each place.

    Parameters
    ----------
    characters
        Size of the alphabet.
    width
        Numbers per token.
    length
        Tokens per sample.
    """

    def __init__(self, characters: int, width: int, length: int) -> None:
        super().__init__()
        self.token = nn.Embedding(characters, width)
        self.place = nn.Parameter(0.02 * torch.randn(length, width))
        wide = dense(width, 4 * width, width)
        self.blocks = nn.Sequential(
            Residual(width, Attention(width, length)), Residual(width, wide)
        )
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, characters))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits for each place."""
        found: Tensor = self.head(self.blocks(self.token(tokens) + self.place))
        return found


def neural_ngram(characters: int, context: int, width: int, hidden: int) -> nn.Sequential:
    """Return a model of the next character from the last few (Bengio et al. 2003)."""
    return nn.Sequential(
        nn.Embedding(characters, width), nn.Flatten(), *dense(context * width, hidden, characters)
    )
