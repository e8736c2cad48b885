"""What was told: advice, the learning rate that it is about, and what was done."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lr_plugin.advisor.by_group import evidence_of, table
from lr_plugin.advisor.signals import Statistics
from lr_plugin.advisor.verdict import Advice
from lr_plugin.advisor.words import finite, line, page, plain

__all__ = ["Told"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """Advice, and what it is about.

    Parameters
    ----------
    advice : Advice
        What to say.
    rate : float
        The learning rate that it is about: as configured, times what was applied before.
    applied : float
        What the rate was multiplied by because of it; 1 if nothing was done.
    groups : mapping of str to Statistics
        Of single parameter groups, where they were measured, by name.
    """

    advice: Advice
    rate: float
    applied: float = 1.0
    groups: Mapping[str, Statistics] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """All of it in a line."""
        return line(self.advice, self.rate, self.applied)

    @property
    def page(self) -> str:
        """The same as Markdown, with every statistic, and those of the groups."""
        said = page(self.advice, self.rate, self.applied)
        return f"{said}\n\n{table(self.groups)}" if self.groups else said

    @property
    def plain(self) -> dict[str, Any]:
        """All of it as plain values for JSON."""
        groups = {name: evidence_of(found) for name, found in self.groups.items()}
        return {
            "learning_rate": self.rate,
            "applied": self.applied,
            **plain(self.advice),
            "groups": {
                name: [finite(asdict(each)) for each in found] for name, found in groups.items()
            },
        }
