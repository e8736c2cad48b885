"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Numbers of repeats, and lengths.

    Parameters
    ----------
    turns
        Turns of what takes microseconds.
    updates
        Updates per turn of another scheduler with one group; fewer with more groups.
    values
        Values of a curve computed at once.
    hooks
        Steps per turn of the hooks called directly.
    fits, fit_steps, copies
        Turns of whole fits, optimizer steps of each, and copies of what is measured in it.
    advised
        Steps of the runs that an advisor watches.
    jobs, epochs
        Jobs of a sweep, and epochs of each.
    records, comparisons
        Runs that are compared, and turns of it.
    """

    turns: int
    updates: int
    values: int
    hooks: int
    fits: int
    fit_steps: int
    copies: int
    advised: tuple[int, int]
    jobs: int
    epochs: int
    records: int
    comparisons: int


FULL = Sizes(
    turns=61,
    updates=600,
    values=1_000_000,
    hooks=4096,
    fits=7,
    fit_steps=150,
    copies=20,
    advised=(1000, 10_000),
    jobs=30,
    epochs=20,
    records=1000,
    comparisons=2,
)

QUICK = Sizes(
    turns=3,
    updates=50,
    values=10_000,
    hooks=200,
    fits=1,
    fit_steps=5,
    copies=3,
    advised=(60, 120),
    jobs=6,
    epochs=1,
    records=20,
    comparisons=1,
)
