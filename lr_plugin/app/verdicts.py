"""What the advisor of a run measured, judged again."""

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Final

from lr_plugin.advisor import Circumstances, advise, statistics, unpack
from lr_plugin.advisor.told import Told
from lr_plugin.compare.said import Said

__all__ = ["FILE", "AdviceError", "as_said", "read_verdicts", "said"]

FILE: Final = "advice.jsonl"
"""What the runs of `lr-plugin train` call the file of their advisor."""

_log = logging.getLogger(__name__)


class AdviceError(ValueError):
    """A file cannot be read, or is not what an advisor of this version wrote."""


def read_verdicts(path: Path) -> Iterator[Told]:
    """Judge again what an advisor measured.

    Parameters
    ----------
    path : pathlib.Path
        The file that it wrote; a line that was cut off is left out.

    Yields
    ------
    Told
        In the order in which the advisor spoke.

    Raises
    ------
    AdviceError
        If it cannot be read, or if a line is none that an advisor wrote.
    """
    for number, content in _contents(path):
        if not isinstance(content, dict):
            raise AdviceError(
                f"line {number} of {str(path)!r} is {shortened(content)}, which no advisor wrote"
            )
        try:
            yield _verdict(content)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise AdviceError(
                f"{str(path)!r} was not written by this version ({error!r}): read it with the "
                "version that trained the run"
            ) from error


def _contents(path: Path) -> Iterator[tuple[int, object]]:
    """Yield what is in each line, with its number; a line that is no JSON as it is."""
    for number, text in enumerate(_text(path).splitlines(), 1):
        try:
            yield number, json.loads(text)
        except json.JSONDecodeError:
            if text and not text.startswith("{"):  # else the run was killed while it wrote
                yield number, text


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise AdviceError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AdviceError(f"{str(path)!r} is no text in UTF-8, so no advisor wrote it") from error


def said(folder: Path) -> list[Said]:
    """Return what the advisor of a run said, for the record of the run.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory; without advice there is nothing to return.
    """
    path = folder / FILE
    try:
        verdicts = list(read_verdicts(path)) if path.is_file() else []
    except AdviceError as error:  # an earlier version began the run, which is no reason to lose it
        _log.warning("%s", error)
        return []
    return [as_said(each) for each in verdicts]


def _verdict(content: Mapping[str, Any]) -> Told:
    windows = content["windows"].items()
    (_, whole), *groups = ((name, statistics(unpack(window))) for name, window in windows)
    return Told(
        advice=advise(whole, Circumstances(**content["known"])),
        rate=float(content["rate"]),
        applied=float(content.get("applied", 1.0)),  # earlier versions did not say it
        groups=dict(groups),
    )


def as_said(told: Told) -> Said:
    """Return a verdict as it stands in the record of a run.

    Parameters
    ----------
    told : Told
        What was told.
    """
    advice = told.advice
    return Said(
        step=advice.step,
        fraction=advice.fraction,
        verdict=advice.verdict,
        confidence=advice.confidence,
        factor=advice.factor,
        applied=told.applied,
        sentence=told.line,
        signs=tuple(each.sentence for each in advice.supporting),
    )
