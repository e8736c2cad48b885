import torch

from lr_plugin.task.digits import DigitsData


def images(loader: object) -> torch.Tensor:
    return torch.cat([batch[0] for batch in loader])  # type: ignore[attr-defined] # a loader of pairs


def test_the_digits_are_split_into_1437_and_360_images_of_values_between_0_and_1() -> None:
    data = DigitsData()
    train, val = images(data.train_dataloader()), images(data.val_dataloader())
    assert (train.shape, val.shape) == ((1437, 1, 8, 8), (360, 1, 8, 8))
    assert (train.min().item(), train.max().item()) == (0.0, 1.0)


def test_the_split_is_the_same_for_every_seed_and_the_order_is_not() -> None:
    first, second = DigitsData(seed=0), DigitsData(seed=1)
    assert torch.equal(images(first.val_dataloader()), images(second.val_dataloader()))
    one, other = images(first.train_dataloader()), images(second.train_dataloader())
    assert not torch.equal(one, other)
    assert torch.equal(one.flatten(1).sum(0), other.flatten(1).sum(0))


def test_every_class_is_in_the_validation_set_as_often_as_in_the_training_set() -> None:
    data = DigitsData(batch_size=2000)
    (_, train), (_, val) = next(iter(data.train_dataloader())), next(iter(data.val_dataloader()))
    one, other = (labels.bincount() / len(labels) for labels in (train, val))
    assert torch.allclose(one, other, atol=0.002)
