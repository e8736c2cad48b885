from itertools import chain

import pytest
import torch
from torch.utils.data import DataLoader, RandomSampler

from lr_plugin.task.loading import Arrays, SeededShuffle, loader


@pytest.fixture
def data() -> Arrays:
    return Arrays(torch.arange(20.0).reshape(10, 2), torch.arange(10))


def labels(batches: DataLoader[object]) -> list[list[int]]:
    return [batch[1].tolist() for batch in batches]


def test_a_batch_holds_the_same_rows_as_single_items(data: Arrays) -> None:
    inputs, numbers = next(iter(loader(data, batch_size=3)))
    assert torch.equal(inputs, torch.stack([data[row][0] for row in range(3)]))
    assert numbers.tolist() == [data[row][1].item() for row in range(3)]


def test_without_a_seed_the_order_is_that_of_the_data(data: Arrays) -> None:
    assert labels(loader(data, batch_size=4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_the_same_seed_gives_the_same_order_and_another_seed_another(data: Arrays) -> None:
    first = labels(loader(data, batch_size=5, shuffle_seed=1))
    assert labels(loader(data, batch_size=5, shuffle_seed=1)) == first
    assert labels(loader(data, batch_size=5, shuffle_seed=2)) != first
    assert sorted(chain.from_iterable(first)) == list(range(10))


def test_an_epoch_has_its_order_whether_or_not_earlier_epochs_were_read(data: Arrays) -> None:
    read, skipped = SeededShuffle(data, seed=0), SeededShuffle(data, seed=0)
    first = list(read)
    read.set_epoch(1)
    skipped.set_epoch(1)
    second = list(read)
    assert list(skipped) == second
    assert first != second


def test_the_next_epoch_of_one_seed_is_not_the_first_epoch_of_the_next_seed(data: Arrays) -> None:
    sampler = SeededShuffle(data, seed=0)
    sampler.set_epoch(1)
    assert list(sampler) != list(SeededShuffle(data, seed=1))


def test_the_sampler_is_of_a_kind_that_lightning_can_make_distributed(data: Arrays) -> None:
    assert isinstance(loader(data, batch_size=2, shuffle_seed=0).sampler, RandomSampler)
