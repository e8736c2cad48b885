"""`lr-plugin advise`: what the advisor said of a run, judged again from what it measured."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lr_plugin.advisor.told import Told
from lr_plugin.app.folders import either, parser
from lr_plugin.app.verdicts import FILE, AdviceError, read_verdicts
from lr_plugin.compare.records import find_runs

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
    found = [run for folder in chosen.folders for run in find_runs(folder, FILE)]
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


def _read(found: Sequence[Path]) -> Iterator[tuple[Path, list[Told]]]:
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
    for number, (folder, verdicts) in enumerate(spoken.items()):
        shown = verdicts if full or not several else verdicts[-1:]
        said = (
            "\n\n".join(each.page for each in shown)
            if full
            else "\n".join(each.line for each in shown)
        )
        yield from ("\n" * bool(number), f"{folder}\n" * several, f"{said}\n")


def _json(told: dict[Path, list[Told]]) -> str:
    content: dict[str, Any] = {
        str(folder): [each.plain for each in verdicts] for folder, verdicts in told.items()
    }
    return json.dumps(content, indent=2) + "\n"


def _parser() -> ArgumentParser:
    made = parser("advise", _ABOUT, _EPILOG)
    made.add_argument("--full", action="store_true", help="every statistic, as Markdown")
    return made
