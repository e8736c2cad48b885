"""A small descent in plain NumPy, and the window that it leaves."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lr_plugin.advisor import Pair, Probe, Window

Values = NDArray[np.float64]
Gradient = Callable[[Values, int], Values]
Loss = Callable[[Values, int], float]
Record = Callable[..., Window]


def record(  # noqa: PLR0913 - all that a descent is made of
    start: Values,
    gradient: Gradient,
    loss: Loss,
    *,
    rate: float,
    steps: int,
    momentum: float = 0.0,
    every: int = 1,
) -> Window:
    """Descend, and note every so many updates as a callback would."""
    here, velocity, pairs, probes = start.copy(), np.zeros_like(start), [], []
    previous = gradient(here, 0)
    for step in range(steps):
        velocity = momentum * velocity + previous
        there = here - rate * velocity
        update, following = here - there, gradient(there, step + 1)
        if step % every == 0:
            slope, way = float(following @ update), start - there
            norm = float(np.linalg.norm(following))
            both = norm * float(np.linalg.norm(previous))
            pairs.append(
                Pair(
                    step=step,
                    rate=rate,
                    loss=loss(here, step),
                    update=float(np.linalg.norm(update)),
                    distance=float(np.linalg.norm(way)),
                    gradient=norm,
                    slope=slope,
                    pull=float(following @ way),
                    coherence=float(following @ previous) / both if both else 0.0,
                )
            )
            before, after = loss(here, step + 1), loss(there, step + 1)
            probes.append(Probe(before=before, after=after, slope=slope))
        here, previous = there, following
    return Window(
        start=0,
        stop=steps,
        since=0,
        fraction=0.1,
        momentum=momentum,
        first_loss=pairs[0].loss,
        pairs=tuple(pairs),
        probes=tuple(probes),
    )


@pytest.fixture(name="record")
def record_fixture() -> Record:
    return record
