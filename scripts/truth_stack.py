"""Train many copies of a network at once, each with its own learning rates, seed and batches.

A small network on one thread spends its time in calling PyTorch, not in arithmetic: hundreds of
copies cost little more than a few. Parameters of a copy are one row of a matrix, so that an
optimizer is a few lines and distances, norms and inner products are one call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.func import functional_call, vmap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from torch import nn

Samples: TypeAlias = tuple[Tensor, Tensor]  # inputs and targets


@dataclass(frozen=True, kw_only=True)
class Update:
    """An optimizer and its constants, without the learning rate.

    Parameters
    ----------
    kind
        SGD as in `torch.optim.SGD` (weight decay added to the gradient), or AdamW.
    momentum, second
        Decay of the running means of the gradient and, for AdamW, of its square.
    weight_decay
        Strength of the decay.
    clip
        Largest norm of a gradient; None leaves it.
    """

    kind: Literal["sgd", "adamw"]
    momentum: float = 0.9
    second: float = 0.999
    weight_decay: float = 0.0
    clip: float | None = None


class Stack:
    """A network whose parameters are rows of a matrix, one row for each copy.

    Parameters
    ----------
    net
        The network; only its structure is used.
    loss
        Mean loss of a batch from outputs and targets.
    """

    def __init__(self, net: nn.Module, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        named = dict(net.named_parameters())
        self.shapes = [parameter.shape for parameter in named.values()]
        self.sizes = [parameter.numel() for parameter in named.values()]

        def one(parts: tuple[Tensor, ...], inputs: Tensor, targets: Tensor) -> Tensor:
            outputs = functional_call(net, dict(zip(named, parts, strict=True)), (inputs,))
            return loss(outputs, targets)

        self._own = vmap(one)
        self._shared = vmap(one, in_dims=(0, None, None))

    def parts(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Return the parameters of all copies, in the network's shapes."""
        cut = torch.split(rows, self.sizes, dim=1)
        return tuple(p.reshape(-1, *shape) for p, shape in zip(cut, self.shapes, strict=True))

    def losses(self, rows: Tensor, samples: Samples) -> Tensor:
        """Return the loss of each copy on its own batch."""
        found: Tensor = self._own(self.parts(rows), *samples)
        return found

    def evaluate(self, rows: Tensor, samples: Samples, at_once: int = 24) -> Tensor:
        """Return the loss of each copy on the same samples, a few copies at a time."""
        with torch.no_grad():
            chunks = [self._shared(self.parts(c), *samples) for c in torch.split(rows, at_once)]
        return torch.cat(chunks)

    def gradient(self, rows: Tensor, samples: Samples) -> tuple[Tensor, Tensor]:
        """Return the loss and the gradient of each copy."""
        leaf = rows.detach().requires_grad_()
        losses = self.losses(leaf, samples)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
        return losses.detach(), gradient


@dataclass(frozen=True)
class Batches:
    """Which samples each copy sees.

    Parameters
    ----------
    inputs, targets
        All training samples.
    order
        Indices of samples for each seed, step and place in the batch.
    owner
        The seed, an index into `order`, of each copy.
    """

    inputs: Tensor
    targets: Tensor
    order: Tensor
    owner: Tensor

    def at(self, step: int) -> Samples:
        """Return the batches of a step, one for each copy."""
        index = self.order[:, step]
        return self.inputs[index][self.owner], self.targets[index][self.owner]


@dataclass(frozen=True)
class Taken:
    """A step that was taken: losses and gradients before it, parameters before and after."""

    step: int
    losses: Tensor
    gradient: Tensor
    before: Tensor
    after: Tensor


def train(
    stack: Stack, update: Update, start: Tensor, rates: NDArray[Any], batches: Batches
) -> Iterator[Taken]:
    """Train every copy at its own rates, one column of `rates` for each step."""
    rows, memory = start, [torch.zeros_like(start), torch.zeros_like(start)]
    columns = torch.tensor(rates, dtype=start.dtype)
    for step in range(columns.shape[1]):
        losses, gradient = stack.gradient(rows, batches.at(step))
        used = clipped(gradient, update.clip)
        after = updated(update, step, rows, used, memory, columns[:, step, None])
        yield Taken(step, losses, gradient, rows, after)
        rows = after


def trained(
    stack: Stack, update: Update, start: Tensor, rates: NDArray[Any], batches: Batches
) -> Tensor:
    """Return the parameters after all steps of `train`."""
    return deque(train(stack, update, start, rates, batches), maxlen=1).pop().after


def clipped(gradient: Tensor, most: float | None) -> Tensor:
    """Return gradients scaled down to a norm, as `torch.nn.utils.clip_grad_norm_` does."""
    if most is None:
        return gradient
    norm = gradient.norm(dim=1, keepdim=True)
    scaled: Tensor = gradient * (most / (norm + 1e-6)).clamp(max=1.0)
    return scaled


def updated(  # noqa: PLR0913, PLR0917 - all that an optimizer looks at
    update: Update, step: int, rows: Tensor, gradient: Tensor, memory: list[Tensor], rate: Tensor
) -> Tensor:
    """Return new parameters; the running means in `memory` are brought up to date."""
    if update.kind == "sgd":
        memory[0] = update.momentum * memory[0] + gradient + update.weight_decay * rows
        return rows - rate * memory[0]
    memory[0].lerp_(gradient, 1 - update.momentum)
    memory[1].mul_(update.second).addcmul_(gradient, gradient, value=1 - update.second)
    scale = (memory[1] / (1 - update.second ** (step + 1))).sqrt_().add_(1e-8)
    direction = memory[0] / (1 - update.momentum ** (step + 1)) / scale
    return rows * (1 - rate * update.weight_decay) - rate * direction
