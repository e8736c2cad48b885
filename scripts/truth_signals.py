"""What an adviser could have seen: a few sums over sampled steps of each window of a run.

A window is a part of the run that ends where the adviser speaks. In each, 16 pairs of neighbouring
steps are sampled; u is the update that the first of them applied, g the gradient at the second.

====================  ==========================================================================
``slope``             mean of -<g, u>: the slope along the update where it ended (s1)
``slope_sd``          its standard deviation over the pairs
``begin``             mean of 2 (f1 - f0) - s1, the slope where the update began (c1); f0 and f1
                      are losses of the second step's batch before and after the update.
                      rho is ``slope / begin``
``begin_sd``          its standard deviation
``cosine``            mean cosine of g and u
``cosine_sd``         its standard deviation
``update``            mean of |u|^2
``gradient``          mean of |g|^2
``neighbours``        mean of <g, g of the step before>
``home``              mean of <g, start of the run - parameters>
``far``, ``away``     largest and last distance, in the window, from the start of the run
``far_here``,
``away_here``         the same from the start of the window
``weights``           norm of the parameters at the end
``loss``              mean training loss over all steps of the window
``trend``             least-squares change of the loss over the window
``ripple``            standard deviation of the loss around that line
====================  ==========================================================================
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from truth_stack import Batches, Stack, Taken

EDGES = (0.0, 0.1, 0.2, 0.3, 0.6, 1.0)
PAIRS = 16
PAIRED = ("slope", "begin", "cosine", "update", "gradient", "neighbours", "home")
NAMES = (
    *("slope", "slope_sd", "begin", "begin_sd", "cosine", "cosine_sd", "update", "gradient"),
    *("neighbours", "home", "far", "away", "far_here", "away_here", "weights"),
    *("loss", "trend", "ripple"),
)


def windows(steps: int) -> list[tuple[int, int]]:
    """Return the first step of each window and the first after it.

    Examples
    --------
    >>> windows(200)
    [(0, 20), (20, 40), (40, 60), (60, 120), (120, 200)]
    """
    return list(pairwise(round(edge * steps) for edge in EDGES))


def sampled(first: int, end: int) -> list[int]:
    """Return the first steps of the pairs of a window, evenly spaced.

    Examples
    --------
    >>> sampled(0, 20)
    [0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18]
    """
    steps = np.linspace(first, end - 2, PAIRS).round().astype(int)
    return [int(step) for step in np.unique(steps)]


class Watch:
    """Look at the sampled steps of a training that goes on.

    Parameters
    ----------
    stack, batches
        What is trained, on what.
    start
        Parameters before the first step.
    steps
        Length of the run.
    """

    def __init__(self, stack: Stack, batches: Batches, start: Tensor, steps: int) -> None:
        self.stack, self.batches, self.start = stack, batches, start
        self.firsts = {step for window in windows(steps) for step in sampled(*window)}
        self.begins = {first for first, _ in windows(steps)}
        self.ends = windows(steps)
        self.anchor, self.pending = start, None
        self.pairs: dict[int, Tensor] = {}
        self.places: dict[int, Tensor] = {}
        self.losses: list[Tensor] = []

    pending: tuple[Taken, Tensor] | None

    def see(self, taken: Taken) -> None:
        """Take in one step."""
        self.losses.append(taken.losses)
        if taken.step in self.begins:
            self.anchor = taken.before
        if self.pending is not None:
            self.pairs[taken.step - 1] = self._pair(*self.pending, taken)
            self.pending = None
        if taken.step in self.firsts:
            self.places[taken.step] = self._place(taken.after)
            self.pending = taken, self._ahead(taken)

    def _ahead(self, taken: Taken) -> Tensor:
        with torch.no_grad():
            return self.stack.losses(taken.before, self.batches.at(taken.step + 1))

    def _place(self, rows: Tensor) -> Tensor:
        parts = (rows - self.start, rows - self.anchor, rows)
        return torch.stack([part.norm(dim=1) for part in parts])

    def _pair(self, first: Taken, before: Tensor, second: Taken) -> Tensor:
        update, gradient = first.before - first.after, second.gradient
        slope = -(gradient * update).sum(1)
        squares, length = gradient.square().sum(1), update.square().sum(1)
        return torch.stack(
            [
                slope,
                2 * (second.losses - before) - slope,
                -slope / (squares * length).sqrt(),
                length,
                squares,
                (gradient * first.gradient).sum(1),
                (gradient * (self.start - second.before)).sum(1),
            ]
        )

    def found(self) -> NDArray[np.float64]:
        """Return the sums: copies, windows, and the values of `NAMES`."""
        losses = torch.stack(self.losses, dim=1).double().numpy()
        ends = windows(losses.shape[1])
        return np.stack([self._window(losses, *window) for window in ends], axis=1)

    def _window(self, losses: NDArray[np.float64], first: int, end: int) -> NDArray[np.float64]:
        steps = sampled(first, end)
        pairs = torch.stack([self.pairs[step] for step in steps]).double().numpy()
        places = torch.stack([self.places[step] for step in steps]).double().numpy()
        mean, spread = pairs.mean(0), pairs.std(0, ddof=1)
        both = [row for k in range(3) for row in (mean[k], spread[k])]
        far = [row for k in range(2) for row in (places[:, k].max(0), places[-1, k])]
        columns = [*both, *mean[3:], *far, places[-1, 2], *line(losses[:, first:end])]
        return np.stack(columns, axis=-1)


def line(losses: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return mean, change and ripple of each row's least-squares line.

    Examples
    --------
    >>> [part.tolist() for part in line(np.array([[3.0, 2.0, 1.0]]))]
    [[2.0], [-2.0], [0.0]]
    """
    time = np.linspace(-0.5, 0.5, losses.shape[1])
    mean = losses.mean(1)
    change = losses @ time / (time @ time)
    rest = losses - mean[:, None] - change[:, None] * time
    return [mean, change, rest.std(1)]
