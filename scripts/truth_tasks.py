"""The tasks: a network, a loss and data each, and which of them constants may be fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import torch
import truth_data as data
import truth_nets as nets
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor
    from truth_data import Data

# The only tasks that a constant of the finder, or a threshold of the advisor, may be fitted on.
TUNING = frozenset({"digits_mlp", "digits_cnn"})


@dataclass(frozen=True)
class Task:
    """What is trained.

    Parameters
    ----------
    net
        Makes the network, from PyTorch's global generator.
    loss
        Mean loss of a batch.
    data
        Reads the samples.
    """

    net: Callable[[], nn.Module]
    loss: Callable[[Tensor, Tensor], Tensor]
    data: Callable[[], Data]


def flat(*widths: int, between: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Return a dense network on flattened images."""
    return nn.Sequential(nn.Flatten(), *nets.dense(*widths, between=between))


def over_places(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy over all places of a text."""
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


@cache
def upright() -> dict[str, Tensor]:
    """Return parameters that know MNIST: 300 steps of AdamW from seed 0."""
    torch.manual_seed(0)
    net, samples = flat(196, 32, 32, 10), data.mnist()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    for step in range(300):
        batch = slice(64 * (step % 50), 64 * (step % 50 + 1))
        optimizer.zero_grad()
        loss = functional.cross_entropy(net(samples.inputs[batch]), samples.targets[batch])
        torch.autograd.backward(loss)
        optimizer.step()
    return {name: value.clone() for name, value in net.state_dict().items()}


def pretrained() -> nn.Module:
    """Return the network that knows MNIST, with a new last layer."""
    net = flat(196, 32, 32, 10)
    head = {name: value for name, value in net.state_dict().items() if name.startswith("5.")}
    net.load_state_dict(upright() | head)
    return net


entropy, squares, huber = functional.cross_entropy, functional.mse_loss, functional.huber_loss

TASKS = {
    "digits_mlp": Task(partial(flat, 64, 48, 10), entropy, data.digits),
    "digits_cnn": Task(partial(nets.convolutional, 8, 6), entropy, data.digits),
    "mnist_cnn": Task(partial(nets.convolutional, 14, 4), entropy, data.mnist),
    "mnist_linear": Task(partial(flat, 196, 10), entropy, data.mnist),
    "mnist_layer_norm": Task(
        lambda: nn.Sequential(nn.Flatten(), nets.layer_normalised(196, 16, 10, 3)),
        *(entropy, data.mnist),
    ),
    "mnist_noisy": Task(partial(flat, 196, 24, 10), entropy, partial(data.mislabelled, 0.3)),
    "mnist_few": Task(partial(flat, 196, 24, 10), entropy, lambda: data.mnist().take(320)),
    "mnist_finetune": Task(pretrained, entropy, data.sideways),
    "cancer_batch_norm": Task(partial(nets.batch_normalised, 30, 24, 2), entropy, data.cancer),
    "diabetes": Task(partial(nets.dense, 10, 32, 1), squares, data.diabetes),
    "friedman1": Task(partial(nets.dense, 10, 32, 32, 1), squares, data.friedman1),
    "friedman3_tanh": Task(
        partial(nets.dense, 4, 24, 24, 1, between=nn.Tanh), huber, data.friedman3
    ),
    "heavy_tailed": Task(partial(nets.dense, 8, 32, 32, 1), squares, data.heavy_tailed),
    "moons_tanh": Task(partial(nets.dense, 2, 16, 16, 16, 2, between=nn.Tanh), entropy, data.moons),
    "autoencoder": Task(partial(nets.dense, 64, 32, 8, 32, 64), squares, data.autoencoding),
    "char_ngram": Task(
        lambda: nets.neural_ngram(data.alphabet(), 5, 8, 48),
        *(entropy, partial(data.last_character, 5)),
    ),
    "char_transformer": Task(
        lambda: nets.Transformer(data.alphabet(), 24, 16),
        *(over_places, partial(data.next_characters, 16)),
    ),
}
