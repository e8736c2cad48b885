"""A comparison in words: title, table, what follows from it, and what went wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Final

from lr_plugin.compare.advised import ABOUT_SIGNS, HEADING, Advised, advised
from lr_plugin.compare.caveats import caveats
from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.table import Table, table, to_markdown, to_text
from lr_plugin.compare.verdict import verdict
from lr_plugin.compare.words import counted

__all__ = ["METHOD", "Page", "page", "wrapped"]

_WIDTH: Final = 100  # of a line in a terminal

METHOD: Final = """\
Each schedule is shown at its own learning rate: the smallest whose mean cost on the tuning seeds is
within one standard error of the best. The cost is the metric, or its logarithm if it is a loss that
is always positive. Results are of fresh seeds where there are any.

Schedules are compared seed by seed. Intervals are 95 % bootstrap intervals of the mean difference
(BCa from 10 seeds on, percentile below), not adjusted for their number. The test flips the signs of
the differences in all ways (99 999 random ones beyond 30 seeds), two-sided, with Holm's correction
over all comparisons: all pairs, or all with the baseline. Not separable does not mean equal. An
effect is the mean difference in standard deviations of the differences; P(better) is the share of
seeds on which a schedule is better.

A run that diverged ranks worst. It is never dropped and never averaged: with one there is no mean,
no interval and no effect, and the test is one of signed ranks.
"""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A comparison in words.

    Parameters
    ----------
    comparison : Comparison
        The numbers.
    title : str
        What was measured, and what is better.
    content : sequence of sequence of str
        The table, a header and rows; empty if no run has a result.
    verdict, caveats : tuple of str
        Sentences: what the numbers decide, and what to know before believing them.
    advised : Advised, optional
        What the advisor said.
    """

    comparison: Comparison
    title: str
    content: Table
    verdict: tuple[str, ...]
    caveats: tuple[str, ...]
    advised: Advised | None

    def text(self) -> str:
        """Return all of it for a terminal."""
        sentences = ["\n".join(map(wrapped, each)) for each in (self.verdict, self.caveats)]
        return _joined([self.title, self._table(to_text), *sentences])

    def markdown(self) -> str:
        """Return all of it as Markdown."""
        sentences = [" ".join(self.verdict), _bullets(self.caveats)]
        parts = [f"## {self.title}", self._table(to_markdown), *sentences]
        if self.advised is not None:
            told = [to_markdown(self.advised.content), _bullets(self.advised.sentences)]
            parts += [f"### {HEADING}", *told, ABOUT_SIGNS]
        return _joined(parts)

    def _table(self, form: Callable[[Table], str]) -> str:
        return form(self.content) if len(self.content) > 1 else ""


def _bullets(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def wrapped(sentence: str) -> str:
    """Return a sentence in lines of a terminal.

    Parameters
    ----------
    sentence : str
        Of any length.
    """
    return fill(sentence, _WIDTH, subsequent_indent="  ")


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def page(comparison: Comparison) -> Page:
    """Put a comparison into words.

    Parameters
    ----------
    comparison : Comparison
        What was measured.
    """
    return Page(
        comparison=comparison,
        title=_title(comparison),
        content=table(comparison),
        verdict=tuple(verdict(comparison)),
        caveats=tuple(caveats(comparison)),
        advised=advised(comparison),
    )


def _title(comparison: Comparison) -> str:
    better = {"max": "higher", "min": "lower"}[comparison.scale.mode]
    of = f" of {comparison.task}" if comparison.task else ""
    runs = counted(len(comparison.runs), "run")
    return f"{comparison.metric or 'metric'}{of} at the end of {runs} ({better} is better)"
