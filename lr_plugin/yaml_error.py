"""What is wrong in a text that is not YAML: in which line, and what is probably meant.

A parser says where it could not go on, in words about its own state. People want to know what they
forgot: a comma, a quote, a brace.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from yaml import MarkedYAMLError, YAMLError

__all__ = ["not_yaml"]

_LONGEST: Final = 80  # letters of a line that are shown
_SHOWN_BEFORE: Final = 60


def not_yaml(
    error: BaseException, source: str | None = None, text: str | None = None
) -> str | None:
    r"""Say in one line what is wrong; None if it is no error of reading YAML.

    Parameters
    ----------
    error : BaseException
        What was raised while a text was read.
    source : str, optional
        What was read, for people; by default the file that the error names.
    text : str, optional
        What was in it; by default the file is read.

    Examples
    --------
    >>> import yaml
    >>> text = "kind: sequence\nphases:\n  all: {kind: linear duration: 5%}\n"
    >>> try:
    ...     found = yaml.safe_load(text)
    ... except yaml.YAMLError as error:
    ...     print(not_yaml(error, "'mine.yaml'", text))
    'mine.yaml' is not YAML: line 3, 'all: {kind: linear duration: 5%}': a comma is missing before
    'duration'
    """
    if isinstance(error, UnicodeDecodeError):
        return f"{source or 'a file of the config'} is not text ({error}); save it in UTF-8"
    if not isinstance(error, YAMLError):
        return None
    mark = getattr(error, "problem_mark", None)
    file = str(getattr(mark or error, "name", ""))
    said = source or repr(file)
    if not isinstance(error, MarkedYAMLError) or mark is None:
        return f"{said} is not YAML: {' '.join(str(error).split())}; save it as plain text in UTF-8"
    lines = (_content(file) if text is None else text).splitlines()
    problem = _Problem.of(error, lines)
    return f"{said} is not YAML: {problem.place}: {problem.meant()}"


def _content(file: str) -> str:
    path = Path(file)
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class _Problem:
    """Where a parser could not go on, in the terms of the text."""

    said: str
    number: int
    line: str
    column: int
    since: int

    @staticmethod
    def of(error: MarkedYAMLError, lines: list[str]) -> "_Problem":
        found, begun = error.problem_mark, error.context_mark or error.problem_mark
        assert found is not None  # noqa: S101 - the caller has looked
        assert begun is not None  # noqa: S101 - the same, or the one before
        said = f"{error.context or ''} {error.problem or ''}"
        mark = begun if re.search(_BEGUN, said) else found
        return _Problem(
            said=said,
            number=mark.line + 1,
            line=lines[mark.line] if mark.line < len(lines) else "",
            column=mark.column,
            since=begun.line + 1,
        )

    @property
    def place(self) -> str:
        start = max(0, self.column - _SHOWN_BEFORE)
        shown = self.line[start : start + _LONGEST].strip()
        return f"line {self.number}, {shown!r}" if shown else f"line {self.number}"

    @property
    def word(self) -> str:
        """What the parser stumbled over; of a key its name, in front of the colon."""
        before, after = self.line[: self.column], self.line[self.column :]
        key = re.search(r"[^\s{\[,]+$", before) if after.startswith(":") else None
        here = key or re.match(r"[^\s,:{}\[\]]+|\S", after)
        return here[0] if here else ""

    def meant(self) -> str:
        for pattern, answer in _MEANT.items():
            if found := re.search(pattern, self.said):
                parts = found.groups()
                return answer.format(*parts) if isinstance(answer, str) else answer(self, *parts)
        return self.said.strip()


def _enclosed(problem: _Problem, close: str, found: str) -> str:
    opened = {"}": "{", "]": "["}[close]
    if found == "<stream end>":
        return f"'{opened}' is never closed; write '{close}' where it ends"
    if found in "}]":
        return f"the '{opened}' of line {problem.since} is closed with '{found}'; write '{close}'"
    if problem.number == problem.since:
        return f"a comma is missing before {problem.word!r}"
    still = f"the '{opened}' of line {problem.since} is still open"
    return f"a comma or '{close}' is missing before {problem.word!r}, for {still}"


def _second_colon(problem: _Problem) -> str:
    if ": " in problem.line[: problem.column]:
        return "there are two ': ' in one line; put quotes around what is text, or begin a new line"
    return (
        "it is indented further than the line above, which has a value already; write as many "
        "blanks before it as there are above"
    )


def _otherwise(_: _Problem, found: str) -> str:
    if found in "}]":
        return f"'{found}' closes nothing; remove it, or write what it is to close"
    if found == "<scalar>":
        return "text goes on behind a quote; put one pair of quotes around all of it"
    return (
        "it is indented otherwise than what it stands beside; write as many blanks before it as "
        "before the lines that it belongs to"
    )


def _no_colon(problem: _Problem) -> str:
    if re.search(r"\w:\S", problem.line):
        return "a blank is missing behind ':'"
    return "it is neither 'key: value' nor part of the line above; write ': ' and a value"


# Where the end of a quote, a brace or a key is missed, people look for its beginning.
_BEGUN: Final = r"<stream end>|unexpected end of stream|could not find expected ':'"
_MEANT: Final[Mapping[str, str | Callable[..., str]]] = {
    r"expected ',' or '(.)', but got '(.+)'": _enclosed,
    r"expected the node content, but found '(.+)'": "a value is missing before '{0}'",
    r"found character '\\t'": "there is a tab in it; write blanks instead",
    r"found character '(.)' that cannot start": "no value begins with '{0}'; put quotes around it",
    r"found duplicate key (.+)": "the key {0!r} is there twice; remove one of them",
    r"unexpected end of stream": "a quote is not closed; write it where the text ends",
    r"mapping values are not allowed": _second_colon,
    r"expected <block end>, but found '(.+)'": _otherwise,
    r"could not find expected ':'": _no_colon,
    r"found undefined alias '(.+)'": "'*{0}' stands for nothing; put quotes around it",
    r"the tag '(?:tag:yaml.org,2002:)?(.+)'": "plain data has no tag such as {0!r}; remove it",
    r"found another document": "'---' begins a second text; write one in a file",
    r"unknown escape character '(.)'": r"between double quotes '\{0}' stands for nothing; write "
    "single quotes",
    r"found unhashable key": "a key is text or a number; write it without braces",
}
