"""Telling: what TensorBoard and files get of a verdict."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning
from pytorch_lightning.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lr_plugin.advisor import Pair, Statistics, Window, advise, statistics
from lr_plugin.callback.telling import Told, tell

Make = Callable[..., Any]


def window(slope: float = 0.9) -> Window:
    """Return what a straight path leaves, with gradients along each update."""
    pairs = tuple(
        Pair(
            step=step,
            rate=0.1,
            loss=9.0 - step / 99,
            update=1.0,
            distance=step + 1.0,
            gradient=1.0,
            slope=slope,
            pull=slope * (step + 1),
            coherence=0.9,
        )
        for step in range(0, 100, 10)
    )
    return Window(
        start=0, stop=100, since=0, fraction=0.1, momentum=0.0, first_loss=9.0, pairs=pairs
    )


def found(slope: float = 0.9) -> Statistics:
    return statistics(window(slope))


@pytest.fixture(name="board")
def board_fixture(make_trainer: Make, tmp_path: Path) -> Callable[[Told], EventAccumulator]:
    """Tell something, and return what TensorBoard has."""

    def told(what: Told) -> EventAccumulator:
        logger = TensorBoardLogger(tmp_path, name=None, version="")
        tell(make_trainer(pytorch_lightning, [], logger=logger), what)
        logger.experiment.flush()
        return EventAccumulator(str(tmp_path)).Reload()

    return told


def text_of(events: EventAccumulator) -> str:
    (page,) = events.Tensors("advice/text_summary")
    (text,) = page.tensor_proto.string_val
    return str(text, "utf-8")


def test_the_page_of_tensorboard_says_what_was_applied(
    board: Callable[[Told], EventAccumulator],
) -> None:
    told = Told(advice=advise(found()), rate=0.1, applied=3.0)
    text = text_of(board(told))

    assert text == told.page
    assert " Applied: 3x, to 0.3.\n" in text


def test_groups_are_scalars_of_tensorboard_and_rows_of_its_page(
    board: Callable[[Told], EventAccumulator],
) -> None:
    groups = {"encoder": found(0.5), "head": found(0.0)}
    events = board(Told(advice=advise(found()), rate=0.1, groups=groups))
    names = ("alignment", "directedness", "displacement")
    expected = {f"advisor/{name}" for name in ("factor", *names)} | {
        f"advisor/{group}/{name}" for group in groups for name in (*names, "coherence")
    }

    assert {*events.Tags()["scalars"]} == expected
    (scalar,) = events.Scalars("advisor/encoder/alignment")
    assert (scalar.step, scalar.value) == (100, 0.5)
    assert "| encoder | 0.5 (increase) | 1 (increase) | 0.5 (increase) | 0.9 |" in text_of(events)
