"""What the records in some directories come to: a page for each task and metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lr_plugin.compare.comparison import compare
from lr_plugin.compare.family import questions
from lr_plugin.compare.page import METHOD, Page, page, wrapped
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found
from lr_plugin.compare.words import listed

__all__ = ["Answer", "answer"]

_MOST_LINES: Final = 20  # of reasons why runs did not finish, in a terminal


@dataclass(frozen=True, kw_only=True)
class Answer:
    """All that was found, in numbers and words.

    Parameters
    ----------
    pages : tuple of Page
        One for each task and metric: what measures different things is never compared.
    broken : mapping of pathlib.Path to str
        Run directories whose record could not be read, and why.
    """

    pages: tuple[Page, ...]
    broken: Mapping[Path, str]

    @property
    def apart(self) -> list[str]:
        """Which tasks have runs that measure different things, as sentences."""
        measured: dict[str, list[str]] = {}
        for one in (each.comparison for each in self.pages):
            of = f" of {one.task}" if one.task else ""
            measured.setdefault(of, []).append(f"{one.metric or 'metric'} ({one.scale.mode})")
        return [
            f"Runs{of} measure different things, which are not compared: {listed(found)}."
            for of, found in measured.items()
            if len(found) > 1
        ]

    @property
    def has_results(self) -> bool:
        """Whether any run has a result."""
        return any(page.comparison.candidates for page in self.pages)

    @property
    def several(self) -> bool:
        """Whether there is more than one run."""
        return sum(len(page.comparison.runs) for page in self.pages) + len(self.broken) > 1

    @property
    def method(self) -> str:
        """How several runs were compared; empty where there is nothing to compare."""
        return METHOD if self.several and self.has_results else ""

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """The runs that did not finish, with their reasons: failures first, then divergences."""
        runs = [run for page in self.pages for run in page.comparison.runs]
        ended = [run for run in runs if run.status != "finished" or not run.is_result]
        ended.sort(key=lambda run: (run.diverged, str(run.folder)))
        return [
            *((folder.name, f"unreadable: {why}") for folder, why in sorted(self.broken.items())),
            *((run.folder.name, _why(run)) for run in ended),
        ]

    @property
    def reasons(self) -> list[str]:
        """The same for people: a line for each reason, with how many runs have it."""
        names: dict[str, list[str]] = {}
        for name, why in self.troubles:
            names.setdefault(why, []).append(name)
        return [f"{_which(found)}  {why}" for why, found in names.items()]

    def text(self) -> str:
        """Return all of it for a terminal."""
        lines = self.reasons
        more = [f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
        parts = [*map(wrapped, self.apart), *(page.text() for page in self.pages)]
        if lines:
            heading = "did not finish (the train.log of each has more):"
            parts += ["\n  ".join([heading, *lines[:_MOST_LINES], *more])]
        return "\n\n".join(parts)

    def markdown(self) -> str:
        """Return all of it as Markdown, with the method if several runs were compared."""
        parts = [*self.apart, *(page.markdown() for page in self.pages)]
        if self.troubles:
            parts += ["## Did not finish", "\n".join(f"- {line}" for line in self.reasons)]
        return "\n\n".join([*parts, *(["## Method", self.method] if self.method else [])])


def answer(found: Found, baseline: str | None = None) -> Answer:
    """Compare what can be compared.

    Parameters
    ----------
    found : Found
        The records.
    baseline : str, optional
        Compare the others to this schedule only, where there is a result of it.
    """
    pages = tuple(page(compare(question, baseline)) for question in questions(found.records))
    return Answer(pages=pages, broken=found.broken)


def _which(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} runs ({names[0]}, ...)"


def _why(record: RunRecord) -> str:
    if record.status == "running":
        return "running: it ended without a word (killed), or has not ended"
    if record.status == "finished":
        return f"finished: but {record.metric} is no number at its end"
    return f"{record.status}: {record.reason or 'no reason was recorded'}"
