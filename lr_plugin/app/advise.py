"""`lr-plugin advise`: what the advisor said of a run, judged again from what it measured."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
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

exit codes: 0 there is advice, 1 there is none, 2 the command cannot be run
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
        sys.stderr.write(
            f"lr-plugin advise: there is no {FILE} in {either(chosen.folders)}; was it trained "
            "without advisor?\n"
        )
        return _NOTHING
    try:
        told = {run: list(read_verdicts(run / FILE)) for run in found}
    except AdviceError as error:
        sys.stderr.write(f"lr-plugin advise: {error}\n")
        return _UNUSABLE
    sys.stdout.write(_json(told) if chosen.json else _text(told, chosen))
    return 0


def _text(told: dict[Path, list[Told]], chosen: Namespace) -> str:
    blocks = []
    for folder, verdicts in told.items():
        shown = verdicts if chosen.full or len(told) == 1 else verdicts[-1:]
        head = [f"{folder}"] if len(told) > 1 else []
        blocks.append(
            "\n".join([*head, *(each.page if chosen.full else each.line for each in shown)])
        )
    return "\n\n".join(blocks) + "\n"


def _json(told: dict[Path, list[Told]]) -> str:
    content: dict[str, Any] = {
        str(folder): [each.plain for each in verdicts] for folder, verdicts in told.items()
    }
    return json.dumps(content, indent=2) + "\n"


def _parser() -> ArgumentParser:
    made = parser("advise", _ABOUT, _EPILOG)
    made.add_argument("--full", action="store_true", help="every statistic, as Markdown")
    return made
