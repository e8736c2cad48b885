import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lr_plugin.compare.answer import Answer, answer
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found
from lr_plugin.compare.save import FOLDER, save

Make = Callable[..., RunRecord]


@pytest.fixture
def told(run: Make, tmp_path: Path) -> Answer:
    records = [
        run(name, 0.1, seed, 1.0 + seed, folder=tmp_path / f"{name}{seed}")
        for name in "ab"
        for seed in (0, 1)
    ]
    return answer(Found(records=(*records, run("a", 0.1, 0, 1.0, task=None)), broken={}))


def test_tensorboard_reads_the_tables_and_the_pictures(told: Answer, tmp_path: Path) -> None:
    save(told, tmp_path / FOLDER)
    board = EventAccumulator(str(tmp_path / FOLDER))
    board.Reload()
    (image,) = board.Images("comparison_digits_val_loss/ranks")
    (text,) = board.Tensors("comparison_digits_val_loss/table")

    assert board.Tags()["images"] == ["comparison_digits_val_loss/ranks"]
    assert board.Tags()["tensors"] == [
        "comparison_digits_val_loss/table",
        "comparison_val_loss/table",
    ]
    assert image.encoded_image_string == (tmp_path / FOLDER / "ranks.png").read_bytes()
    assert (image.width, image.height) == (990, 187)
    assert text.tensor_proto.string_val[0].decode() == told.pages[0].markdown()
    metadata = board.SummaryMetadata("comparison_digits_val_loss/table")
    assert metadata.plugin_data.plugin_name == "text"


def test_it_says_when_the_last_run_ended(told: Answer, tmp_path: Path) -> None:
    for seed, ended in enumerate((1000, 3000)):
        (tmp_path / f"a{seed}").mkdir()
        (tmp_path / f"a{seed}" / "result.json").write_text("{}")
        os.utime(tmp_path / f"a{seed}" / "result.json", (ended, ended))
    save(told, tmp_path / FOLDER)
    board = EventAccumulator(str(tmp_path / FOLDER))
    board.Reload()

    assert board.FirstEventTimestamp() == 0.0  # no run began earlier
    assert board.Images("comparison_digits_val_loss/ranks")[0].wall_time == 3000.0


def test_a_new_comparison_takes_the_place_of_the_old(told: Answer, tmp_path: Path) -> None:
    for _ in range(2):
        save(told, tmp_path / FOLDER)

    assert len([*(tmp_path / FOLDER).glob("events.out.tfevents.*")]) == 1


@pytest.mark.parametrize(
    "run", ["000_adaptive_lr0.1_seed0", "000_wsd_lr0.1_seed0", "001_a", "0000_a", "a", "small"]
)
def test_the_comparison_is_the_first_run_that_people_see(run: str) -> None:
    assert sorted([run, FOLDER], key=as_tensorboard_sorts) == [FOLDER, run]


def as_tensorboard_sorts(name: str) -> list[tuple[int, float, str]]:
    """Numbers by value and before signs, '_' and '/' before letters, as its pages sort runs."""
    import re

    parts = re.findall(r"\d+|.", name)
    return [
        (0, float(part), "") if part.isdigit() else (1 if part in "_/" else 2, 0.0, part)
        for part in parts
    ]
