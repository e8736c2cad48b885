"""The command line of commands that read what runs left behind."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Iterable
from pathlib import Path

__all__ = ["either", "parser"]


def parser(name: str, description: str, epilog: str) -> ArgumentParser:
    """Return a parser of directories and `--json`; what is no directory is refused.

    Parameters
    ----------
    name : str
        Of the command.
    description, epilog : str
        What it is for, and what else to know.
    """
    made = ArgumentParser(
        prog=f"lr-plugin {name}",
        description=description,
        epilog=epilog,
        formatter_class=RawDescriptionHelpFormatter,
    )
    made.add_argument("folders", nargs="+", type=_directory, metavar="DIR")
    made.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return made


def either(folders: Iterable[Path]) -> str:
    """Return the directories as they stand in a sentence that misses something in them.

    Examples
    --------
    >>> either([Path("one"), Path("two")])
    "'one' or 'two'"
    """
    return " or ".join(repr(str(folder)) for folder in folders)


def _directory(written: str) -> Path:
    if not written or not Path(written).is_dir():  # an empty variable of the shell is no "."
        raise ArgumentTypeError(f"{written!r} is not a directory; write that of a run or sweep")
    return Path(written)
