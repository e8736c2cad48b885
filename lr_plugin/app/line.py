"""Lines of the shell that mix options with Hydra's overrides, and answers to them."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import NoReturn

from typing_extensions import override

from lr_plugin.schedule import ScheduleError
from lr_plugin.schedule.error import did_you_mean

__all__ = ["Parser", "say", "split_line"]


class Parser(ArgumentParser):
    """Raises instead of leaving the program."""

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
    for word in overrides:
        if word.startswith("-"):
            known = [one for action in parser._actions for one in action.option_strings]  # noqa: SLF001 - argparse has no other list
            name = word.partition("=")[0]
            raise ScheduleError(f"there is no option {name!r}{did_you_mean(name, known)}")
    return options, overrides


def say(text: str) -> None:
    """Print, with ? for what the terminal cannot show."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text.rstrip()}\n".encode(encoding, "replace").decode(encoding))
