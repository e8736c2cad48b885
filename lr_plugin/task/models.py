"""The networks of the ready tasks."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

__all__ = ["CNN", "MLP", "CharGRU"]


class MLP(nn.Sequential):
    """Fully connected layers with ReLU between them.

    Parameters
    ----------
    inputs : int
        Numbers per sample; images are flattened.
    hidden : sequence of int
        Width of each hidden layer; empty for a linear classifier.
    classes : int
        Logits per sample.

    Examples
    --------
    >>> import torch
    >>> MLP(inputs=64, hidden=[128], classes=10)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(self, *, inputs: int, hidden: Sequence[int], classes: int) -> None:
        super().__init__(nn.Flatten())
        for width, following in pairwise([inputs, *hidden]):
            self.extend([nn.Linear(width, following), nn.ReLU()])
        self.append(nn.Linear([inputs, *hidden][-1], classes))


class CNN(nn.Module):
    """Two 3x3 convolutions, each halved by max pooling, and a linear classifier.

    Parameters
    ----------
    side : int
        Height and width of the single-channel images, in pixels; at least 4.
    channels : int
        Feature maps of the first convolution; the second has twice as many.
    classes : int
        Logits per sample.

    Examples
    --------
    >>> import torch
    >>> CNN(side=8, channels=4, classes=10)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(self, *, side: int, channels: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(2 * channels * (side // 4) ** 2, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return one row of logits per image."""
        logits: Tensor = self.classifier(self.features(images).flatten(1))
        return logits


class CharGRU(nn.Module):
    """Predict each next character with a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078).

    Parameters
    ----------
    characters : int
        How many different ones there are.
    embedding : int
        Numbers that stand for a character.
    width : int
        Numbers in the recurrent state, which begins at zero in every piece of text.

    Examples
    --------
    >>> import torch
    >>> net = CharGRU(characters=65, embedding=16, width=32)
    >>> net(torch.zeros(2, 7, dtype=torch.long)).shape
    torch.Size([2, 65, 7])
    """

    def __init__(self, *, characters: int, embedding: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, embedding)
        self.recurrent = nn.GRU(embedding, width, batch_first=True)
        self.classifier = nn.Linear(width, characters)

    def forward(self, characters: Tensor) -> Tensor:
        """Return logits with the characters in the second dimension, where torch's losses look."""
        states, _ = self.recurrent(self.embedding(characters))
        logits: Tensor = self.classifier(states).transpose(1, 2)
        return logits
