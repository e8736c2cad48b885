"""A sketch is drawn from all coordinates alike, whatever tensors they are in."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from lr_plugin.callback.meter import Meter
from lr_plugin.callback.sketch import Sketch


def numbered(shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """Return tensors whose elements say which of all coordinates they are."""
    tensors, count = [], 0
    for shape in shapes:
        size = torch.Size(shape).numel()
        tensors.append(torch.arange(count, count + size, dtype=torch.float64).view(shape))
        count += size
    return tensors


def drawn(tensors: Sequence[Tensor], most: int) -> list[int]:
    sketch = Sketch(tensors, most)
    row = torch.zeros(sketch.size, dtype=torch.float64)
    sketch.copy(tensors, row)
    return [int(each) for each in row.tolist()]


@pytest.mark.parametrize(
    ("shapes", "most"),
    [
        ([(3,)] * 2000, 100),
        ([()] * 1000, 100),
        ([(10,), (0,), (300,), (70, 100)], 700),
        ([(5,)] * 1000 + [(500, 200)], 20_000),  # in runs of four
        ([(100,), (1000, 500)], 499_999),
    ],
)
def test_at_most_so_many_are_watched_all_over(shapes: list[tuple[int, ...]], most: int) -> None:
    tensors = numbered(shapes)
    total, found = sum(each.numel() for each in tensors), drawn(tensors, most)

    assert 0.9 * most <= len(found) <= most
    assert sum(found) / len(found) == pytest.approx(total / 2, rel=0.05)


def test_runs_are_as_long_as_many_of_them_allow() -> None:
    gaps = torch.tensor(drawn(numbered([(1000, 1000)]), 100_000)).diff()

    assert (gaps == 1).double().mean() > 0.9  # neighbours
    assert (gaps > 1).sum() > 3000


def test_every_coordinate_is_as_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors, counts = numbered([(37,), (2, 50), (13,)]), torch.zeros(150)
    monkeypatch.setattr("lr_plugin.callback.sketch._FEWEST", 4)  # runs of eight
    for seed in range(3000):
        monkeypatch.setattr("lr_plugin.callback.sketch._SEED", seed)
        for each in drawn(tensors, 32):
            counts[each] += 1

    assert (counts / 3000).tolist() == pytest.approx([4 / 20] * 150, abs=0.035)


def test_the_same_is_drawn_again_and_nothing_of_the_process() -> None:
    tensors = numbered([(40,), (40,), (40,)])
    state = torch.get_rng_state()
    first = drawn(tensors, 30)

    assert drawn(tensors, 30) == first
    assert torch.equal(torch.get_rng_state(), state)
    assert len({each % 40 for each in first}) > 15  # not the same ones of each tensor


def test_values_and_gradients_are_of_the_same_coordinates_in_any_layout() -> None:
    torch.manual_seed(0)
    plain = torch.randn(8, 6, 5, 5)
    sketch = Sketch([plain.to(memory_format=torch.channels_last)], 300)
    rows = torch.zeros(2, sketch.size, dtype=torch.float64)
    for row, layout in zip(rows, (torch.channels_last, torch.contiguous_format), strict=True):
        sketch.copy([plain.to(memory_format=layout)], row)

    assert torch.equal(*rows)


def test_lengths_are_estimated_for_all_coordinates() -> None:
    parameters = [torch.nn.Parameter(torch.zeros(3)) for _ in range(2000)]
    meter = Meter(parameters, 100)
    for each in parameters:
        each.grad = torch.ones(3)
    meter.anchor()
    meter.before()
    with torch.no_grad():
        for each in parameters:
            each.add_(1.0)

    assert meter.after().update == pytest.approx(6000**0.5)
