"""Where an error came from in a user's own code, and what it says of itself."""

import os
import re
import sysconfig
import traceback
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path
from typing import Final

__all__ = ["message", "place", "where"]

_TRACEBACK: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(r'^\s*File "([^"]+)", line (\d+)', re.MULTILINE)
_LIBRARIES: Final = (sysconfig.get_path("stdlib"), Path(__file__).resolve().parents[1])
_INSTALLED: Final = {"site-packages", "dist-packages"}


def message(error: BaseException) -> str:
    r"""Give an error on one line, with its type; of a worker process, what went wrong there.

    Parameters
    ----------
    error : BaseException
        What was raised.

    Examples
    --------
    >>> message(RuntimeError("no\nmemory"))
    'RuntimeError: no memory'
    """
    text = str(error)
    if _TRACEBACK in text:
        *_, after = _FRAME.split(text)
        text = "\n".join(dropwhile(_is_indented, after.splitlines()[1:]))
    else:
        text = f"{type(error).__name__}: {text}"
    return " ".join(text.split())


def where(error: BaseException) -> str:
    """Give `` (FILE:LINE)``, the innermost place in code that is not installed; '' without one.

    Parameters
    ----------
    error : BaseException
        What was raised. Lines of a worker process are read from its text.
    """
    own = [place(file, line) for file, line in _frames(error) if _is_own(file)]
    return f" ({own[-1]})" if own else ""


def place(file: str, line: int) -> str:
    """Give ``FILE:LINE``, below the working directory without its path.

    Parameters
    ----------
    file : str
        Its path.
    line : int
        Counted from 1.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 - links stay as they are written
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}:{line}"


def _frames(error: BaseException) -> Iterator[tuple[str, int]]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield frame.filename, frame.lineno or 0
    if _TRACEBACK in str(error):
        yield from ((file, int(line)) for file, line in _FRAME.findall(str(error)))


def _is_own(file: str) -> bool:
    path = Path(file).resolve()
    is_library = any(path.is_relative_to(folder) for folder in _LIBRARIES)
    return path.is_file() and not is_library and _INSTALLED.isdisjoint(path.parts)


def _is_indented(line: str) -> bool:
    return line.startswith(" ")
