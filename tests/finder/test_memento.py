import io
import random
from collections import deque
from dataclasses import dataclass
from functools import partial
from multiprocessing import Value
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lr_plugin.finder import FindError
from lr_plugin.finder.memento import Memento


class Holder:
    """Holds one thing, for others to change."""

    def __init__(self, held: Any) -> None:  # noqa: ANN401 - any kind
        self.held = held


@dataclass(slots=True, frozen=True)
class Slotted:
    """Has slots instead of a dictionary."""

    held: Any


def draw(generator: Any) -> float:  # noqa: ANN401 - any kind
    if isinstance(generator, torch.Generator):
        return float(torch.rand((), generator=generator))
    return float(generator.random() if hasattr(generator, "random") else generator.random_raw())


@pytest.mark.parametrize(
    "generator",
    [
        torch.Generator(),
        random.Random(0),  # noqa: S311 - nothing is secret
        np.random.default_rng(0),
        np.random.RandomState(0),
        np.random.PCG64(0),
    ],
    ids=lambda generator: type(generator).__name__,
)
@pytest.mark.parametrize(
    "hidden", [Holder, Slotted, lambda each: [each], lambda each: ({"deep": each},)]
)
def test_generators_draw_the_same_again_wherever_they_are(generator: Any, hidden: Any) -> None:  # noqa: ANN401 - any kind
    before = Memento(hidden(generator))
    drawn = [draw(generator) for _ in range(3)]
    before.restore()

    assert [draw(generator) for _ in range(3)] == drawn


def test_generators_of_the_process_draw_the_same_again() -> None:
    def drawn() -> list[float]:
        return [random.random(), float(np.random.rand()), float(torch.rand(()))]  # noqa: NPY002, S311 - users use them

    before = Memento()
    first = drawn()
    before.restore()

    assert drawn() == first


@pytest.mark.parametrize(
    ("thing", "change"),
    [
        ({"a": 1}, lambda d: d.update(a=2, b=3)),
        ([1, 2, 3], lambda each: each.pop()),
        ({1, 2}, lambda each: each.add(3)),
        (deque([1, 2], maxlen=2), lambda each: each.append(3)),
        (np.arange(3), lambda array: array.fill(7)),
        (torch.arange(3), lambda tensor: tensor.fill_(7)),
    ],
    ids=lambda each: type(each).__name__,
)
@pytest.mark.parametrize("hidden", [Holder, Slotted, partial])
def test_contents_come_back_in_the_same_container(thing: Any, change: Any, hidden: Any) -> None:  # noqa: ANN401 - any kind
    shown = str(thing)
    root = hidden(partial(print, thing)) if hidden is partial else hidden(thing)
    before = Memento(root)
    change(thing)
    assert str(thing) != shown
    before.restore()
    before.restore()

    assert str(thing) == shown


def test_attributes_come_back_and_new_ones_go() -> None:
    holder = Holder(1)
    before = Memento({"holder": holder})
    holder.held, holder.new = 2, 3  # type: ignore[attr-defined] # that is the point
    before.restore()

    assert vars(holder) == {"held": 1}


def test_a_slot_that_was_never_filled_does_not_matter() -> None:
    Memento(Slotted.__new__(Slotted)).restore()


def test_what_a_bound_method_belongs_to_is_remembered() -> None:
    holder = Holder([1])
    before = Memento(holder.held.append, Holder(holder.__init__))  # type: ignore[misc] # a method will do
    holder.held = 5
    before.restore()

    assert holder.held == [1]


def test_a_file_is_wound_back() -> None:
    text = io.StringIO("abcdef")
    text.read(2)
    before = Memento(Holder(text))
    text.read()
    before.restore()

    assert text.read() == "cdef"


def test_a_closed_file_does_not_matter() -> None:
    text = io.StringIO("abc")
    text.close()

    Memento(Holder(text)).restore()


def test_large_arrays_are_data_and_are_not_copied() -> None:
    rows, table = torch.zeros(1000), np.zeros(1000)
    before = Memento(Holder((rows, table)))
    rows[0], table[0] = 1, 1
    before.restore()

    assert [float(rows[0]), float(table[0])] == [1, 1]


def test_an_array_that_cannot_be_written_is_left_alone() -> None:
    fixed = np.zeros(3)
    fixed.flags.writeable = False

    Memento([fixed]).restore()


def test_things_that_hold_each_other_are_looked_at_once() -> None:
    one, other = Holder(None), Holder(None)
    one.held, other.held = other, one
    before = Memento(one)
    other.held = None
    before.restore()

    assert other.held is one


def test_what_is_apart_is_not_looked_into() -> None:
    holder = Holder(1)
    before = Memento([holder], apart=[holder])
    holder.held = 2
    before.restore()

    assert holder.held == 2


def test_what_runs_beside_us_is_left_alone() -> None:
    counter, data = Value("i", 0), TensorDataset(torch.arange(1, 3))
    running = iter(DataLoader(data))
    before = Memento(counter, Holder(running))
    counter.value = 3
    next(running)
    before.restore()

    assert counter.value == 3
    assert next(running)[0].tolist() == [2]


def test_the_order_of_a_loader_comes_again() -> None:
    data = TensorDataset(torch.arange(20))
    loader = DataLoader(data, shuffle=True, generator=torch.Generator())
    before = Memento(loader)
    first = [int(batch) for (batch,) in loader]
    before.restore()

    assert [int(batch) for (batch,) in loader] == first


@pytest.mark.parametrize(
    ("once", "kind"),
    [((x for x in [1]), "generator"), (iter([1]), "list_iterator"), (zip([1], [2]), "zip")],  # noqa: B905 - its kind alone matters
)
def test_what_can_be_read_only_once_is_refused(once: Any, kind: str) -> None:  # noqa: ANN401 - any kind
    with pytest.raises(FindError, match=f"^the training data hold a {kind}, which can be read"):
        Memento(Holder(once))
