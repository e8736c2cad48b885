"""Hand on what is printed, so that a table can stay below it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

__all__ = ["caught"]

_END: Final = "\0no more\n"


@contextmanager
def caught(say: Callable[[str], None]) -> Iterator[None]:
    """Hand each line to a function that this process, or one it starts, prints on the terminal.

    It works below Python's streams, because worker processes and libraries know nothing of them.
    What is not on a terminal, such as errors sent to a file, is left alone.

    Parameters
    ----------
    say : callable
        Takes a line; called in a thread of its own.
    """
    source, sink = os.pipe()
    reader = Thread(target=_hand_on, args=(source, say), name="caught", daemon=True)
    reader.start()
    try:
        with _printed_into(sink):
            yield
    finally:
        # workers that live on hold the pipe too, so that its end never comes by itself
        os.write(sink, _END.encode())
        os.close(sink)
        reader.join()


@contextmanager
def _printed_into(sink: int) -> Iterator[None]:
    _flush()
    kept = {stream: os.dup(stream) for stream in (1, 2) if os.isatty(stream)}
    for stream in kept:
        os.dup2(sink, stream)
    try:
        yield
    finally:
        _flush()
        for stream, terminal in kept.items():
            os.dup2(terminal, stream)
            os.close(terminal)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _hand_on(source: int, say: Callable[[str], None]) -> None:
    with os.fdopen(source, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            text = line.removesuffix(_END)
            if text:
                say(text.removesuffix("\n"))
            if text != line:
                return
