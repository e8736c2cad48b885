"""The hot path: one rule's values, written into the groups of one optimizer at every step."""

from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np

from lr_plugin.callback.slots import Entry, number, places
from lr_plugin.rule import Group, Rule
from lr_plugin.schedule import Curve

BLOCK = 4096
"""Values computed at once; a run of any length holds one block of them."""

Report = Callable[[int, float, Any], None]
"""Takes the index of a group, the value written last and the one found instead."""


@final
class Lane:
    """Writes the values of one rule into its groups of one optimizer.

    Parameters
    ----------
    rule : Rule
        What is driven, and how.
    curve : Curve
        The rule's schedule, bound to the length of the run.
    report : callable
        Is told, once per group, that something else wrote the value.

    Examples
    --------
    >>> from lr_plugin.schedule import Linear, Span
    >>> rule = Rule(name="lr", schedule=Linear())
    >>> lane, groups = Lane(rule, rule.schedule.over(Span(4)), print), [{"lr": 0.1}, {"lr": 1.0}]
    >>> lane.take(groups, {0: 0.1, 1: 1.0})
    >>> lane.write(groups, 2)
    >>> groups
    [{'lr': 0.05}, {'lr': 0.5}]
    """

    __slots__ = (
        "_block", "_factor", "_key", "_left", "_report", "_start", "_stop", "_weights", "_whole",
        "_written", "bases", "curve", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule, curve: Curve, report: Report) -> None:
        self.rule = rule
        self.curve = curve
        self.bases: dict[int, float] = {}
        self._report = report
        self._key = rule.key
        self._whole = False
        self._factor = 1.0
        self._start = self._stop = 0
        self._block: list[float] = []
        self._weights: list[float] = []
        self._written: list[float] = []
        self._left: dict[int, tuple[Any, int]] = {}

    @property
    def factor(self) -> float:
        """The schedule's number now in force."""
        return self._factor

    def follow(self, curve: Curve) -> None:
        """Go on with another curve: the same schedule, of which more is recorded now.

        Parameters
        ----------
        curve : Curve
            Its next values are evaluated when they are needed.
        """
        self.curve, self._start, self._stop = curve, 0, 0

    def take(self, groups: Sequence[Group], bases: dict[int, float]) -> None:
        """Take over groups, from the values they hold now.

        Parameters
        ----------
        groups : sequence of mapping
            All groups of the optimizer.
        bases : dict of int to float
            Configured value by index of the group; indices above those already taken. Empty where
            groups appeared that are not this lane's.
        """
        for index, base in bases.items():
            (place,) = places([groups[index]], self._key)
            value = place[self._key]
            if hasattr(value, "fill_"):
                # Groups made from one Tensor share it, and with the optimizer's defaults.
                place[self._key] = value.detach().clone()
            self.bases[index] = base
            self._weights.append(base if self.rule.mode == "scale" else 1.0)
            self._written.append(float(value))
        self._whole = list(self.bases) == list(range(len(groups))) and "." not in self._key

    def adopt(self, groups: Sequence[Group], index: int) -> float:
        """Take over a group that appeared during the run, undoing the factor in force.

        Parameters
        ----------
        groups : sequence of mapping
            All groups of the optimizer.
        index : int
            The new one.

        Returns
        -------
        float
            Its configured value, as it must have been.
        """
        found = number(self._key, groups[index])
        undone = self.rule.mode == "scale" and self._factor != 0
        base = found / self._factor if undone else found
        self.take(groups, {index: base})
        return base

    def write(self, groups: Sequence[Group], step: int) -> None:
        """Write the values of one step; called twice per step, so written for speed.

        Parameters
        ----------
        groups : sequence of mapping
            All groups of the optimizer.
        step : int
            Index of the optimizer step.
        """
        if not self._start <= step < self._stop:
            self._fill(step)
        key, written, weights = self._key, self._written, self._weights
        factor = self._factor = self._block[step - self._start]
        slot = 0
        for place in groups if self._whole else self._places(groups):
            if place[key] is written[slot]:
                place[key] = written[slot] = weights[slot] * factor
            else:
                self._write_carefully(slot, place, weights[slot] * factor)
            slot += 1  # noqa: SIM113 - enumerate takes as long as the write

    def _fill(self, step: int) -> None:
        self._start = step - step % BLOCK
        self._stop = self._start + BLOCK
        self._block = self.curve(np.arange(self._start, self._stop)).tolist()

    def _places(self, groups: Sequence[Group]) -> Sequence[Group | Entry]:
        return places([groups[index] for index in self.bases], self._key)

    def _write_carefully(self, slot: int, place: Group | Entry, new: float) -> None:
        found, old = place[self._key], self._written[slot]
        if hasattr(found, "fill_"):
            self._fill_tensor(slot, found, new)
        else:
            if found not in (old, new):
                self._report(self._index(slot), old, found)
            place[self._key] = new
        self._written[slot] = new

    def _fill_tensor(self, slot: int, found: Any, new: float) -> None:  # noqa: ANN401 - torch is not imported here
        tensor, version = self._left.get(slot, (None, 0))
        old = self._written[slot]
        if found is tensor:
            # The version counter shows a foreign write without waiting for the device.
            if found._version != version:  # noqa: SLF001 - torch has no public name for it
                self._report(self._index(slot), old, found)
            elif new == old:
                return
        found.fill_(new)
        self._left[slot] = (found, found._version)  # noqa: SLF001 - as above

    def _index(self, slot: int) -> int:
        return list(self.bases)[slot]
