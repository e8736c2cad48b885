"""The console script `lr-plugin`: find the command, import it, hand it the rest of the line."""

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Final

from lr_plugin import __version__

__all__ = ["COMMANDS", "main"]

COMMANDS: Final = MappingProxyType(
    {
        "train": "train a model under a schedule; with -m, many runs and a table",
        "study": "compare schedules, each at a learning rate tuned for it, over fresh seeds",
        "show": "what a schedule will do, before any training",
        "find": "which learning rate: short test runs, and a suggestion with its confidence",
        "schema": "a JSON schema of recipes, for editors",
        "lint": "what is legal in a schedule but probably not meant",
        "advise": "should the learning rate have been higher or lower, and the evidence",
        "compare": "what the runs of one or more sweeps say of their schedules",
    }
)
_NO_READER: Final = 141  # what a shell reports of a program that SIGPIPE has ended
_UNKNOWN: Final = 2  # the exit code of argparse for a line it cannot read


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after `lr-plugin`; `sys.argv` by default.

    Examples
    --------
    >>> main(["--version"])
    lr-plugin 0.1.0
    0
    """
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name == "help" and rest:
        name, rest = rest[0], ["--help"]
    if name in ("-h", "--help", "help"):
        return _say(_usage())
    if name == "--version":
        return _say(f"lr-plugin {__version__}")
    if name not in COMMANDS:
        return _refuse(name)
    return _run(name, rest)


def _run(name: str, words: Sequence[str]) -> int:
    try:
        code: int = import_module(f"lr_plugin.app.{name}").main(words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to come
        return _NO_READER
    return code


def _usage() -> str:
    lines = [f"  {name:<8} {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        [
            "usage: lr-plugin COMMAND [...]",
            "",
            *lines,
            "",
            "lr-plugin COMMAND --help says what a command takes.",
        ]
    )


def _say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


def _refuse(name: str) -> int:
    near = get_close_matches(name, COMMANDS, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    sys.stderr.write(f"lr-plugin: there is no command {name!r}.{guess}\n\n{_usage()}\n")
    return _UNKNOWN
