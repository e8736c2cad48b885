"""Telling: what TensorBoard and files get of a verdict."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.loggers import TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from typing_extensions import override

from lr_plugin.advisor import Circumstances, Pair, Statistics, Window, advise, statistics
from lr_plugin.app.verdicts import read_verdicts
from lr_plugin.callback import LearningRateAdvisor
from lr_plugin.callback.telling import Told, rewind, tell, write

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
    told = Told(advice=advise(found()), rate=0.1, applied=10.0)
    text = text_of(board(told))

    assert text == told.page
    assert " Applied: 10x, to 1.\n" in text


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
    assert "\n| encoder | 0.5 (increase) | 1 (increase) | 0.5 (increase) | 0.9 " in text_of(events)


def said(step: int) -> bytes:
    return json.dumps({"rate": 0.1, "advice": {"step": step}}).encode() + b"\n"


def test_what_was_said_after_a_checkpoint_is_dropped_and_the_rest_stays_as_it_is(
    tmp_path: Path,
) -> None:
    file, odd = tmp_path / "advice.jsonl", b'\n3\n\xff\xfe\n{"advice": null}\r\n'
    file.write_bytes(said(10) + odd + said(20) + said(30) + b'{"rate": 0.')

    rewind(file, 20)
    assert file.read_bytes() == said(10) + odd + said(20) + b'{"rate": 0.'
    rewind(file, 0)
    assert file.read_bytes() == odd + b'{"rate": 0.'
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_where_there_is_nothing_to_drop_nothing_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "advice.jsonl"
    rewind(file, 0)
    assert not file.exists()

    file.write_bytes(said(10))
    before = file.stat()
    rewind(file, 10)
    assert file.stat() == before


def test_a_line_that_was_cut_off_does_not_swallow_the_next(tmp_path: Path) -> None:
    file = tmp_path / "advice.jsonl"
    told, windows = Told(advice=advise(found()), rate=0.1), {"all": window()}
    write(file, told, Circumstances(), windows)
    (line,) = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(line + line[:9])
    write(file, told, Circumstances(), windows)

    assert file.read_bytes() == line + line[:9] + b"\n" + line


class Save(Callback):
    """Saves a checkpoint on the way."""

    def __init__(self, path: Path, step: int) -> None:
        self.path, self.step = path, step

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


def test_a_run_that_goes_on_from_a_checkpoint_writes_each_verdict_once(
    fit: Make, make_slope: Make, tmp_path: Path
) -> None:
    file, saved = tmp_path / "advice.jsonl", tmp_path / "35.ckpt"

    def run(**more: Any) -> bytes:  # noqa: ANN401 - of the fit
        callbacks = [LearningRateAdvisor(path=file), Save(saved, 35)]
        fit(*callbacks, module=make_slope(rates=(0.1,), batches=100), max_epochs=1, **more)
        return file.read_bytes()

    whole = run()
    again = run(ckpt_path=saved)

    assert [told.advice.step for told in read_verdicts(file)] == [10, 20, 30, 60, 100]
    assert again.splitlines()[:3] == whole.splitlines()[:3]


def test_an_advisor_of_groups_shows_them(
    make_trainer: Make, make_slope: Make, tmp_path: Path
) -> None:
    logger = TensorBoardLogger(tmp_path, name=None, version="")
    advisor = LearningRateAdvisor(groups=True, path=tmp_path / "advice.jsonl")
    trainer = make_trainer(pytorch_lightning, [advisor], logger=logger, max_epochs=1)
    trainer.fit(make_slope(rates=(0.1, 0.2), batches=100))
    events = EventAccumulator(str(tmp_path)).Reload()
    *_, last = read_verdicts(tmp_path / "advice.jsonl")

    assert [each.step for each in events.Scalars("advisor/group1/directedness")][-1] == 100
    assert last.groups.keys() == {"group0", "group1"}
    assert repr(dict(last.groups)) == repr(advisor.by_group)
