"""Lines of the shell that mix options with Hydra's overrides, and answers to them."""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from typing_extensions import override

from lr_plugin.schedule import ScheduleError

__all__ = ["Parser", "answered", "no_option", "say", "split_line", "writing"]

_ALIKE = 0.65  # how much of two names has to be the same


class Parser(ArgumentParser):
    """Reads a line; raises instead of leaving the program.

    Parameters
    ----------
    usage : str
        The form of the line.
    about : str
        What the command does, and examples.
    epilog : str, optional
        What stands below the options.
    """

    def __init__(self, usage: str, about: str, epilog: str | None = None) -> None:
        super().__init__(
            usage=usage,
            description=about,
            epilog=epilog,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self.add_argument("-h", "--help", action="store_true", help="print this")

    @override
    def error(self, message: str) -> NoReturn:
        raise ScheduleError(message)


def split_line(parser: ArgumentParser, arguments: Sequence[str]) -> tuple[Namespace, list[str]]:
    """Split a line into options and overrides.

    Parameters
    ----------
    parser : ArgumentParser
        Knows the options.
    arguments : sequence of str
        The words of the line.

    Raises
    ------
    ScheduleError
        If there is no such option.
    """
    options, overrides = parser.parse_known_args(arguments)
    for word, following in pairwise([*overrides, ""]):
        if word.startswith("-"):
            known = [one for action in parser._actions for one in action.option_strings]  # noqa: SLF001 - argparse has no other list
            raise ScheduleError(no_option(word, following, known))
    return options, overrides


def no_option(word: str, following: str, known: Iterable[str]) -> str:
    """Say what to write instead of an option that there is not.

    Parameters
    ----------
    word : str
        What was written.
    following : str
        The word behind it, which is its value to those who are used to options.
    known : iterable of str
        The options that there are.

    Examples
    --------
    >>> no_option("--lr", "0.1", ["--log", "--png"])
    "there is no option '--lr'; values are written without dashes, lr=0.1"
    >>> no_option("--pgn", "a.png", ["--log", "--png"])
    "there is no option '--pgn'; did you mean '--png'?"
    """
    name, _, value = word.partition("=")
    options = {option.lstrip("-"): option for option in known if option.startswith("--")}
    for near in get_close_matches(name.lstrip("-"), options, n=1, cutoff=_ALIKE):
        return f"there is no option {name!r}; did you mean {options[near]!r}?"
    is_value = following and "=" not in following and not following.startswith("-")
    written = value or (following if is_value else "...")
    key = name.lstrip("-")
    return f"there is no option {name!r}; values are written without dashes, {key}={written}"


def answered(
    name: str, answer: Callable[[Sequence[str]], tuple[int, str]], arguments: Sequence[str]
) -> int:
    """Print the answer to a line, or what is wrong with it, and return the exit code.

    Parameters
    ----------
    name : str
        Of the command.
    answer : callable
        Gives the exit code and the text.
    arguments : sequence of str
        The words of the line.
    """
    try:
        code, text = answer(arguments)
    except ScheduleError as error:
        sys.stderr.write(f"lr-plugin {name}: {error}\n")
        return 1
    say(text)
    return code


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say which file cannot be written, and why.

    Raises
    ------
    ScheduleError
        If the system refuses.
    """
    try:
        yield
    except OSError as error:
        problem = f"cannot write {str(path)!r}: {error.strerror}; name a file that you may write"
        raise ScheduleError(problem) from error


def say(text: str) -> None:
    """Print, with ? for what the terminal cannot show."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text.rstrip()}\n".encode(encoding, "replace").decode(encoding))
