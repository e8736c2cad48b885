import gzip
import os
from functools import partial
from pathlib import Path

import pytest
import torch
from pytorch_lightning import Trainer, seed_everything

from lr_plugin.task.download import DownloadError
from lr_plugin.task.models import CharGRU
from lr_plugin.task.module import Classifier
from lr_plugin.task.text import ShakespeareData, encode, read_text, split, windows

REAL = Path(os.environ.get("LR_PLUGIN_DATA", "nowhere"))
needs_text = pytest.mark.skipif(
    not (REAL / "tinyshakespeare.txt.gz").is_file(),
    reason="LR_PLUGIN_DATA does not name a folder with tinyshakespeare.txt.gz in it",
)
UNIGRAM_LOSS = 3.3  # of a model that knows how often each character occurs, and nothing else


def test_every_character_has_a_number_below_the_number_of_characters() -> None:
    text = b"To be, or not to be"
    codes = encode(text)
    assert sorted(set(codes.tolist())) == list(range(len(set(text))))
    assert bytes(sorted(set(text))[code] for code in codes) == text


def test_each_label_is_the_character_after_its_input() -> None:
    pieces = windows(torch.arange(100, 120), context=4)
    assert torch.equal(pieces.labels, pieces.inputs + 1)
    assert pieces.inputs.flatten().tolist() == list(range(100, 116))


@pytest.mark.parametrize(("length", "count"), [(4, 0), (5, 1), (8, 1), (9, 2)])
def test_a_piece_needs_one_character_more_than_its_length(length: int, count: int) -> None:
    assert len(windows(torch.arange(length), context=4)) == count


def test_no_character_is_both_trained_and_validated_on() -> None:
    train, val = split(torch.arange(1000), context=7)
    assert train.labels.max() == 896
    assert val.inputs.min() == 900


@pytest.mark.parametrize("name", ["text.gz", "input.txt"])
def test_another_text_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"Now is the winter") if path.suffix == ".gz" else b"of our")
    with pytest.raises(ValueError, match=rf"{name}' holds \d+ bytes that are not Tiny Shakespeare"):
        read_text(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"Now")[:-3], gzip.compress(b"Now")[:15] + b"\xff"],
    ids=["empty", "not packed", "cut off", "damaged"],
)
def test_a_broken_archive_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"text\.gz'.*remove it and the text is downloaded again"):
        read_text(path)


def test_a_text_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    data = ShakespeareData(data_dir=tmp_path)
    data.path.parent.mkdir()
    data.path.write_bytes(b"mine")
    data.prepare_data()
    assert [path.name for path in tmp_path.rglob("*.*")] == ["input.txt"]


def test_a_packed_text_is_preferred(tmp_path: Path) -> None:
    data = ShakespeareData(data_dir=tmp_path)
    assert data.path == tmp_path / "tinyshakespeare" / "input.txt"
    (tmp_path / "tinyshakespeare.txt.gz").touch()
    assert data.path == tmp_path / "tinyshakespeare.txt.gz"


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "tinyshakespeare").write_bytes(b"a file where the folder is to be")
    with pytest.raises(DownloadError, match=r"cannot download .*input\.txt.* set data_dir"):
        ShakespeareData(data_dir=tmp_path).prepare_data()


@needs_text
def test_the_real_text_is_split_into_15685_and_1742_pieces_of_65_characters() -> None:
    data = ShakespeareData(data_dir=REAL, batch_size=20_000)
    train, val = ([*one] for one in (data.train_dataloader(), data.val_dataloader()))
    assert train[0][0].shape == (15_685, 64)
    assert sum(len(batch[1]) for batch in val) == 1742
    assert train[0][0].unique().tolist() == list(range(65))


@needs_text
def test_the_order_depends_on_the_seed_alone_and_the_split_not_even_on_that() -> None:
    first, again, other = (ShakespeareData(data_dir=REAL, seed=seed) for seed in (0, 0, 1))
    batch, same, another = (next(iter(one.train_dataloader())) for one in (first, again, other))
    assert torch.equal(batch[0], same[0])
    assert not torch.equal(batch[0], another[0])
    one, two = (next(iter(data.val_dataloader())) for data in (first, other))
    assert torch.equal(one[0], two[0])


def loss_after(steps: int, seed: int) -> float:
    seed_everything(seed, verbose=False)
    net = CharGRU(characters=65, embedding=16, width=32)
    module = Classifier(net=net, optimizer=partial(torch.optim.AdamW, lr=0.02))
    quiet = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    trainer = Trainer(accelerator="cpu", max_epochs=1, limit_train_batches=steps, **quiet)  # type: ignore[arg-type] # Trainer takes many types
    trainer.fit(module, datamodule=ShakespeareData(data_dir=REAL, seed=seed))
    return float(trainer.callback_metrics["val/loss"])


@needs_text
def test_a_short_training_learns_more_than_how_often_characters_occur_and_can_be_repeated() -> None:
    first = loss_after(100, seed=0)
    assert first < UNIGRAM_LOSS
    assert loss_after(100, seed=0) == first
    assert loss_after(100, seed=1) != first
