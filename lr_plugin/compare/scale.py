"""What better means: a metric as a cost, of which less is always better."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log
from typing import Literal

__all__ = ["Scale"]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How values of a metric are compared.

    Parameters
    ----------
    mode : {'min', 'max'}
        Which values are better, as the records declare it.
    logarithmic : bool
        Whether logarithms are compared, so that differences are ratios.

    Examples
    --------
    >>> accuracy = Scale.of("max", [0.25, 0.75])
    >>> [accuracy.cost(value) for value in (0.75, None)]
    [-0.75, inf]
    """

    mode: Literal["min", "max"]
    logarithmic: bool

    @classmethod
    def of(cls, mode: str, values: Iterable[float]) -> "Scale":
        """Return the scale of these values: a loss that is always positive has logarithms."""
        known = list(values)
        positive = bool(known) and min(known) > 0
        return cls(mode="max" if mode == "max" else "min", logarithmic=positive and mode == "min")

    def cost(self, value: float | None) -> float:
        """Return what is lower for a better value; None stands for a run that diverged."""
        if value is None:
            return inf
        if self.mode == "max":
            return 0.0 - value  # a minus alone would make -0.0 of nothing
        return log(value) if self.logarithmic else value

    def value(self, cost: float) -> float:
        """Return the metric of a cost, and of a difference of costs a difference or a ratio."""
        if self.mode == "max":
            return 0.0 - cost
        return exp(cost) if self.logarithmic else cost
