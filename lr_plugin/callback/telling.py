"""Telling: where advice appears."""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytorch_lightning.utilities import rank_zero_info

from lr_plugin.advisor import Circumstances, Evidence, Window, pack, plain
from lr_plugin.advisor.by_group import evidence_of
from lr_plugin.advisor.told import Told
from lr_plugin.callback.boards import boards

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

__all__ = ["Told", "cannot", "rewind", "tell", "write"]

_log: Final = logging.getLogger(__name__)


def cannot(reason: str) -> None:
    """Say that there will be no advice."""
    rank_zero_info(f"LearningRateAdvisor will be silent: {reason}")


def tell(trainer: "Trainer", told: Told) -> None:
    """Log advice as a line; in TensorBoard as scalars and a page.

    Parameters
    ----------
    trainer : Trainer
        Whose loggers to use.
    told : Told
        What to say.
    """
    advice, text = told.advice, told.line
    # an application that shows our lines has a handler for them; others see Lightning's
    if trainer.is_global_zero and _log.isEnabledFor(logging.INFO) and _log.hasHandlers():
        _log.info("%s", text)
    else:
        rank_zero_info(text)
    for board in boards(trainer):
        for name, value in _scalars(told):
            board.add_scalar(f"advisor/{name}", value, advice.step)
        board.add_text("advice", told.page, advice.step)


def _scalars(told: Told) -> Iterator[tuple[str, float]]:
    yield "factor", told.advice.factor
    yield from _named(told.advice.evidence)
    for group, found in told.groups.items():
        yield from ((f"{group}/{name}", value) for name, value in _named(evidence_of(found)))


def _named(evidence: Iterable[Evidence]) -> Iterator[tuple[str, float]]:
    known = (each for each in evidence if isfinite(each.value))
    yield from ((each.name.replace(" ", "_"), each.value) for each in known)


def write(path: Path, told: Told, known: Circumstances, windows: Mapping[str, Window]) -> None:
    """Append advice, and all that it was made from, to a file as a line of JSON.

    Parameters
    ----------
    path : Path
        The file.
    told : Told
        What was said.
    known : Circumstances
        What was known beside the measurements.
    windows : mapping of str to Window
        By the name of the parameters, ``all`` first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "rate": told.rate,
        "applied": told.applied,
        "advice": plain(told.advice),
        "known": asdict(known),
        "windows": {name: pack(window) for name, window in windows.items()},
    }
    with path.open("a+b") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
        is_cut_off = file.read(1) not in {b"", b"\n"}  # a run was killed while it wrote
        file.write(b"\n" * is_cut_off + json.dumps(content).encode() + b"\n")


def rewind(path: Path, step: int) -> None:
    """Drop from a file of advice what a run that goes on from a checkpoint will say again.

    Parameters
    ----------
    path : Path
        The file; nothing is done if there is none. What is no advice stays as it is.
    step : int
        Optimizer steps taken at the checkpoint: what was said after them is dropped.
    """
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not _is_after(step, line)]
    if len(kept) < len(lines):
        arriving = path.with_name(f".{path.name}.{os.getpid()}")
        arriving.write_bytes(b"".join(kept))
        arriving.replace(path)


def _is_after(step: int, line: bytes) -> bool:
    try:
        return bool(json.loads(line)["advice"]["step"] > step)
    except (LookupError, TypeError, ValueError):
        return False
