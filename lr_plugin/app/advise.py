"""`lr-plugin advise`: what the advisor said of a run, judged again from what it measured."""

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lr_plugin.advisor import (
    Advice,
    Circumstances,
    advise,
    line,
    page,
    plain,
    statistics,
    unpack,
)

__all__ = ["FILE", "Verdict", "main", "read_verdicts", "said"]

FILE: Final = "advice.jsonl"
"""What the runs of `lr-plugin train` call the file of their advisor."""

_NOTHING, _UNUSABLE = 1, 2

_EPILOG: Final = f"""\
DIR is the directory of a run, or one that holds several of them. Their advisor has left
a file {FILE} there, with what it measured; the verdicts are made anew from that.

exit codes: 0 there is advice, 1 there is none, 2 the command cannot be run
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Advice, and what it is about.

    Parameters
    ----------
    advice : Advice
        The verdict.
    rate : float
        The learning rate that was configured.
    """

    advice: Advice
    rate: float


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin advise`.
    """
    chosen = _parser().parse_intermixed_args(arguments)  # options anywhere
    for folder in chosen.folders:
        if not folder.is_dir():
            sys.stderr.write(f"lr-plugin advise: {str(folder)!r} is not a directory\n")
            return _UNUSABLE
    files = [path for folder in chosen.folders for path in sorted(folder.rglob(FILE))]
    if not files:
        where = " or ".join(repr(str(folder)) for folder in chosen.folders)
        sys.stderr.write(
            f"lr-plugin advise: there is no {FILE} in {where}; was it trained without advisor?\n"
        )
        return _NOTHING
    told = {path.parent: list(read_verdicts(path)) for path in files}
    sys.stdout.write(_json(told) if chosen.json else _text(told, chosen))
    return 0


def said(folder: Path) -> list[dict[str, Any]]:
    """Return what the advisor of a run said, in short, for the record of the run.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory; without advice there is nothing to return.
    """
    path = folder / FILE
    verdicts = read_verdicts(path) if path.is_file() else ()
    names = ("step", "fraction", "verdict", "factor", "confidence")
    return [{name: getattr(each.advice, name) for name in names} for each in verdicts]


def read_verdicts(path: Path) -> Iterator[Verdict]:
    """Judge again what an advisor measured.

    Parameters
    ----------
    path : pathlib.Path
        The file that it wrote; a last line that was cut off is left out.

    Yields
    ------
    Verdict
        In the order in which the advisor spoke.
    """
    for text in path.read_text("utf-8").splitlines():
        try:
            content = json.loads(text)
        except json.JSONDecodeError:  # the run was killed while it wrote
            continue
        window = unpack(content["windows"]["all"])
        known = Circumstances(**content["known"])
        yield Verdict(advice=advise(statistics(window), known), rate=content["rate"])


def _text(told: dict[Path, list[Verdict]], chosen: Namespace) -> str:
    write = page if chosen.full else line
    blocks = []
    for folder, verdicts in told.items():
        shown = verdicts if chosen.full or len(told) == 1 else verdicts[-1:]
        head = [f"{folder}"] if len(told) > 1 else []
        blocks.append("\n".join([*head, *(write(each.advice, each.rate) for each in shown)]))
    return "\n\n".join(blocks) + "\n"


def _json(told: dict[Path, list[Verdict]]) -> str:
    content: dict[str, Any] = {
        str(folder): [{"learning_rate": v.rate, **plain(v.advice)} for v in verdicts]
        for folder, verdicts in told.items()
    }
    return json.dumps(content, indent=2) + "\n"


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="lr-plugin advise",
        description="Say of finished runs whether their learning rate should have been another.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--full", action="store_true", help="every statistic, as Markdown")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return parser
