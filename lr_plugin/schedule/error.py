"""The one exception that users of schedules see, and how it gets its key."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Self


class ScheduleError(ValueError):
    """What was written, why it cannot be, and what to write instead.

    Parameters
    ----------
    problem : str
        The sentence, without the place.
    key : str
        Where it was written, as a dotted key such as ``schedule.phases.warmup.duration``.

    Examples
    --------
    >>> from lr_plugin.schedule import ScheduleError
    >>> print(ScheduleError("-1 is negative", "duration").under("phases.warmup"))
    phases.warmup.duration: -1 is negative
    """

    def __init__(self, problem: str, key: str = "") -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.problem = problem
        self.key = key

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.problem, self.key)

    def under(self, part: str) -> Self:
        """Give the same error with `part` put in front of its key.

        Parameters
        ----------
        part : str
            Key of the node that holds the faulty one.

        Returns
        -------
        ScheduleError
            A new error.
        """
        return type(self)(self.problem, f"{part}.{self.key}" if self.key else part)


@contextmanager
def within(part: str) -> Iterator[None]:
    """Put `part` in front of the key of every `ScheduleError` raised inside."""
    try:
        yield
    except ScheduleError as error:
        raise error.under(part) from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ``"; did you mean 'x'?"`` for the nearest of `known`, or all of them if none is near."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; write one of {', '.join(words)}"
