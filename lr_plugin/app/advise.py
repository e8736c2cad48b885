"""`lr-plugin advise`: what the advisor said of a run, judged again from what it measured."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lr_plugin.advisor.told import Told
from lr_plugin.app.folders import either, parser
from lr_plugin.app.verdicts import FILE, AdviceError, as_said, read_verdicts
from lr_plugin.compare.records import find_runs
from lr_plugin.compare.said import changes

__all__ = ["main"]

_NOTHING, _UNUSABLE = 1, 2

_ABOUT: Final = "Say of finished runs whether their learning rate should have been another."
_EPILOG: Final = f"""\
DIR is the directory of a run, or one that holds several of them. Their advisor has left
a file {FILE} there, with what it measured; the verdicts are made anew from that.

exit codes: 0 there is advice, 1 there is none, 2 a file cannot be read, or the command be run
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin advise`.
    """
    chosen = _parser().parse_intermixed_args(arguments)  # options anywhere
    runs = (run for folder in chosen.folders for run in find_runs(folder, FILE))
    found = {run.resolve(): run for run in runs}.values()  # a run of two of them is read once
    if not found:
        _complain(
            f"there is no {FILE} in {either(chosen.folders)}; was it trained without advisor?"
        )
        return _NOTHING
    told = dict(_read(found))
    if chosen.json:
        sys.stdout.write(_json(told))
    else:
        sys.stdout.writelines(_text(told, full=chosen.full, several=len(found) > 1))
    if len(told) < len(found):
        return _UNUSABLE
    return 0 if any(told.values()) else _NOTHING


def _read(found: Iterable[Path]) -> Iterator[tuple[Path, list[Told]]]:
    """Yield the verdicts of each run; say where there are none, or none that can be read."""
    for run in found:
        try:
            verdicts = list(read_verdicts(run / FILE))
        except AdviceError as error:
            _complain(str(error))
            continue
        if not verdicts:
            _complain(
                f"there is no advice in {str(run / FILE)!r} yet: the first comes after 10 % of a "
                "run"
            )
        yield run, verdicts


def _complain(why: str) -> None:
    sys.stderr.write(f"lr-plugin advise: {why}\n")


def _text(told: dict[Path, list[Told]], *, full: bool, several: bool) -> Iterator[str]:
    spoken = {folder: verdicts for folder, verdicts in told.items() if verdicts}
    say = _in_full if full else _in_a_line if several else _in_lines
    for number, (folder, verdicts) in enumerate(spoken.items()):
        head = f"## {folder}\n\n" if full else f"{folder}\n"
        yield from ("\n" * bool(number), head * several, f"{say(verdicts)}\n")


def _in_full(verdicts: Sequence[Told]) -> str:
    return "\n\n".join(each.page for each in verdicts)


def _in_lines(verdicts: Sequence[Told]) -> str:
    return "\n".join(each.line for each in verdicts)


def _in_a_line(verdicts: Sequence[Told]) -> str:
    done = changes(map(as_said, verdicts))
    return f"{verdicts[-1].line}{f' Applied in all: {done}.' * bool(done)}"


def _json(told: dict[Path, list[Told]]) -> str:
    content: dict[str, Any] = {
        str(folder): [each.plain for each in verdicts] for folder, verdicts in told.items()
    }
    return json.dumps(content, indent=2) + "\n"


def _parser() -> ArgumentParser:
    made = parser("advise", _ABOUT, _EPILOG)
    made.add_argument("--full", action="store_true", help="every statistic, as Markdown")
    return made
