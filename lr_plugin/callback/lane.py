"""The hot path: one rule's values, written into the groups of one optimizer at every step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from lr_plugin.callback.attributes import Attributes
from lr_plugin.callback.slots import Entry, number, places
from lr_plugin.rule import MODULE, Group, Rule
from lr_plugin.schedule import Curve

BLOCK = 4096
"""Values computed at once; a run of any length holds one block of them."""


@final
@dataclass(frozen=True, slots=True)
class Found:
    """A value that is not the one that was written last.

    Parameters
    ----------
    group : int
        Index of the parameter group.
    value : float or Tensor
        What is there now.
    written : float
        What was written.
    factor : float
        The schedule's number when it was written.
    """

    group: int
    value: Any
    written: float
    factor: float


Report = Callable[[Found], float | None]
"""Gives what is to multiply the schedule's number from now on, None for what did."""


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
        Is told that something else wrote the value.

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
        "_block", "_factor", "_key", "_left", "_module", "_report", "_start", "_stop", "_weights",
        "_whole", "_written", "curve", "indices", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule, curve: Curve, report: Report) -> None:
        self.rule = rule
        self.curve = curve
        self.indices: list[int] = []
        self._module: Sequence[Attributes] = ()
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

    def take(self, groups: Sequence[Group], weights: dict[int, float]) -> None:
        """Take over groups, from the values they hold now.

        Parameters
        ----------
        groups : sequence of mapping
            All groups of the optimizer.
        weights : dict of int to float
            What multiplies the schedule's number, by index of the group; indices above those
            already taken. Empty where groups appeared that are not this lane's.
        """
        for index, weight in weights.items():
            (place,) = places([groups[index]], self._key)
            value = place[self._key]
            if hasattr(value, "fill_"):
                # Groups made from one Tensor share it, and with the optimizer's defaults.
                place[self._key] = value.detach().clone()
            self.indices.append(index)
            self._weights.append(weight)
            self._written.append(float(value))
        self._whole = self.indices == list(range(len(groups))) and "." not in self._key

    def take_module(self, attributes: Attributes, base: float, weight: float) -> None:
        """Take over an attribute of the module, instead of groups.

        Parameters
        ----------
        attributes : Attributes
            Of the module.
        base : float
            The configured value.
        weight : float
            What multiplies the schedule's number.
        """
        self._module = [attributes]
        self._written = [float(attributes[self._key])]
        self.indices, self._weights = [MODULE], [weight]
        attributes.remember(self._key, base, self._written)

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
        scales = self.rule.mode == "scale"
        base = found / self._factor if scales and self._factor != 0 else found
        self.take(groups, {index: base if scales else 1.0})
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
        factor = self._block[step - self._start]
        slot = 0
        for place in groups if self._whole else self._places(groups):
            if place[key] is written[slot]:
                place[key] = written[slot] = weights[slot] * factor
            else:
                self._write_carefully(slot, place, factor)
            slot += 1  # noqa: SIM113 - enumerate takes as long as the write
        self._factor = factor

    def look(self, groups: Sequence[Group]) -> None:
        """Report what something else has written since, and leave it there.

        Parameters
        ----------
        groups : sequence of mapping
            All groups of the optimizer.
        """
        for slot, place in enumerate(self._places(groups)):
            found = place[self._key]
            if self._is_foreign(slot, found, self._written[slot]):
                self._ask(slot, found)
                self._note(slot, found, float(found))

    def _fill(self, step: int) -> None:
        self._start = step - step % BLOCK
        self._stop = self._start + BLOCK
        self._block = self.curve(np.arange(self._start, self._stop)).tolist()

    def _places(self, groups: Sequence[Group]) -> Sequence[Group | Entry | Attributes]:
        return self._module or places([groups[index] for index in self.indices], self._key)

    def _write_carefully(self, slot: int, place: Group | Entry | Attributes, factor: float) -> None:
        found = place[self._key]
        if self._is_foreign(slot, found, self._weights[slot] * factor):
            self._ask(slot, found)
        new = self._weights[slot] * factor
        if not hasattr(found, "fill_"):
            place[self._key] = found = new
        elif new != self._written[slot] or not self._is_noted(slot, found):
            found.fill_(new)
        self._note(slot, found, new)

    def _is_foreign(self, slot: int, found: Any, new: float) -> bool:  # noqa: ANN401 - torch is not imported here
        """Say whether something else wrote what is found, where `new` is about to be written."""
        if not hasattr(found, "fill_"):
            return found not in (self._written[slot], new)
        if slot not in self._left:
            return float(found) not in (self._written[slot], new)
        # The version counter shows a foreign write without waiting for the device.
        return not self._is_noted(slot, found)

    def _is_noted(self, slot: int, found: Any) -> bool:  # noqa: ANN401 - as above
        tensor, version = self._left.get(slot, (None, 0))
        return found is tensor and found._version == version  # noqa: SLF001 - it has no public name

    def _note(self, slot: int, found: Any, value: float) -> None:  # noqa: ANN401 - as above
        self._written[slot] = value
        if hasattr(found, "fill_"):
            self._left[slot] = (found, found._version)  # noqa: SLF001 - as above
        else:
            self._written[slot] = found

    def _ask(self, slot: int, found: Any) -> None:  # noqa: ANN401 - as above
        known = Found(self.indices[slot], found, self._written[slot], self._factor)
        taken = self._report(known)
        if taken is not None:
            self._weights[slot] = taken
