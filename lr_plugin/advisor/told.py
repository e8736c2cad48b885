"""What was told: advice, the learning rate that it is about, and what was done."""

from dataclasses import dataclass

from lr_plugin.advisor.verdict import Advice
from lr_plugin.advisor.words import line, page

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
    """

    advice: Advice
    rate: float
    applied: float = 1.0

    @property
    def line(self) -> str:
        """All of it in a line."""
        return line(self.advice, self.rate, self.applied)

    @property
    def page(self) -> str:
        """The same as Markdown, with every statistic."""
        return page(self.advice, self.rate, self.applied)
