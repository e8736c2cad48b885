import gzip
import os
from pathlib import Path

import pytest
import torch

from lr_plugin.task.download import sha256
from lr_plugin.task.mnist import FILES, MnistData, read_idx

REAL = Path(os.environ.get("LR_PLUGIN_DATA", "nowhere"))
needs_mnist = pytest.mark.skipif(
    not (REAL / "mnist").is_dir(), reason="LR_PLUGIN_DATA does not name a folder with mnist in it"
)


def write_idx(path: Path, shape: tuple[int, ...], content: bytes) -> Path:
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    path.write_bytes(gzip.compress(b"\0\0\x08" + bytes([len(shape)]) + sizes + content))
    return path


def test_an_idx_file_is_read_in_row_major_order(tmp_path: Path) -> None:
    path = write_idx(tmp_path / "a.gz", (2, 3), bytes(range(6)))
    assert read_idx(path).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "content",
    [
        b"not gzip",
        b"",
        gzip.compress(b""),
        gzip.compress(b"\0\0\x0d\x01\0\0\0\x01\0"),
        gzip.compress(b"\0\0\x08\x01\0\0\0\x05ab"),
        gzip.compress(b"\0\0\x08\x01\0\0\0\x01a")[:-3],
    ],
    ids=["no gzip", "empty", "nothing inside", "floats", "rows missing", "cut short"],
)
def test_a_file_that_is_not_a_whole_idx_file_is_refused_by_name(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.gz' is not a complete idx\.gz file"):
        read_idx(path)


def test_files_that_are_there_are_used_and_no_network_is(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part, rows in (("train", 6), ("t10k", 4)):
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", (rows, 2, 2), bytes(4 * rows))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", (rows,), bytes(range(rows)))
    data = MnistData(data_dir=tmp_path, batch_size=6)
    data.prepare_data()
    inputs, labels = next(iter(data.train_dataloader()))
    assert inputs.shape == (6, 1, 2, 2)
    assert sorted(labels.tolist()) == list(range(6))
    assert next(iter(data.val_dataloader()))[1].tolist() == list(range(4))


@needs_mnist
def test_the_checksums_are_those_of_the_real_files() -> None:
    assert [sha256(REAL / "mnist" / file.name) for file in FILES] == [file.sha256 for file in FILES]


@needs_mnist
def test_real_mnist_has_60000_and_10000_images_with_mean_0_and_deviation_1() -> None:
    data = MnistData(data_dir=REAL, batch_size=60_000)
    inputs, labels = next(iter(data.train_dataloader()))
    assert inputs.shape == (60_000, 1, 28, 28)
    assert sum(len(batch[1]) for batch in data.val_dataloader()) == 10_000
    assert labels.unique().tolist() == list(range(10))
    assert torch.allclose(
        torch.stack([inputs.mean(), inputs.std()]), torch.tensor([0.0, 1.0]), atol=1e-3
    )
