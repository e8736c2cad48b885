"""Our schedules give the numbers of twelve other systems, or the table says where not and why."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lr_plugin.schedule import Span, load
from tests.peers.table import ALL, INDEX, MOMENTUM, Ours, unlike

UNLIKE = [entry for entry in ALL if entry.differs]
WITH_MOMENTUM = [entry for entry in ALL if "momentum" in entry.theirs]
TORCH = [entry for entry in UNLIKE if entry.golden["system"] == "torch"]
TORCH_COLUMNS = [(entry, column) for entry in TORCH for column in entry.theirs]


def cases(entries: list[Ours]) -> Callable[[Callable[..., None]], pytest.MarkDecorator]:
    return pytest.mark.parametrize("entry", entries, ids=str)


def test_every_traced_scheduler_has_its_schedule() -> None:
    traced = {case["file"].removesuffix(".csv") for case in INDEX["cases"]}

    assert {entry.name for entry in ALL} == traced
    assert len(ALL) == len(traced)


@cases(ALL)
def test_a_schedule_gives_their_numbers_but_where_the_table_says_not(entry: Ours) -> None:
    assert entry.unlike() == entry.stated


@cases(WITH_MOMENTUM)
def test_momentum_is_driven_against_the_learning_rate_as_theirs(entry: Ours) -> None:
    assert set(entry.unlike("momentum")) <= set(entry.stated)


def test_every_traced_momentum_is_compared() -> None:
    assert [entry.name for entry in WITH_MOMENTUM] == [e.name for e in ALL if e.momentum]


@cases(UNLIKE)
def test_the_table_says_by_how_much_we_differ_and_why(entry: Ours) -> None:
    largest = np.abs(entry.values() - entry.theirs["value"]).max()

    assert float(f"{largest:.2g}") == entry.by
    assert len(entry.because) > 20


def test_a_difference_that_is_none_is_not_stated() -> None:
    assert [e.name for e in ALL if not e.differs and (e.by or e.because)] == []


def nested(written: Any) -> Any:  # noqa: ANN401 - any plain data
    """Write the calls inside arguments as the node for other people's schedulers does."""
    if isinstance(written, list):
        return [nested(part) for part in written]
    if isinstance(written, dict):
        return {"scheduler" if k == "call" else k: nested(v) for k, v in written.items()}
    return written


@pytest.mark.parametrize(("entry", "column"), TORCH_COLUMNS, ids=str)
def test_where_we_differ_from_torch_its_own_scheduler_can_be_brought(
    entry: Ours, column: str
) -> None:
    call = {"scheduler": entry.golden["call"], "arguments": nested(entry.golden["arguments"])}
    read = {"key": "momentum", "base": MOMENTUM} if column == "momentum" else {}
    node = {"kind": "lr_plugin.interop.Torch", **call, "absolute": True} | read
    node = {"base": entry.golden["base"]} | node
    curve = load(node, allow=["lr_plugin.interop"]).over(Span(len(entry.steps)))

    assert unlike(curve(entry.steps), entry.theirs[column], 1e-12) == []


def test_noise_stays_within_the_bounds_of_timm() -> None:
    (entry,) = [e for e in ALL if e.golden["oracle"] == "bounds"]
    clean = (1 + np.cos(np.pi * np.array(entry.steps) / 24)) / 2
    noisy = slice(5, 20)
    ours, theirs = (
        values[noisy] / clean[noisy] for values in (entry.values(), entry.theirs["value"])
    )

    assert (np.abs(theirs - 1) < 0.3).all()
    assert (np.abs(ours - 1) < 0.3).all()
    assert ours.std() > 0.1


def test_a_schedule_that_is_one_step_late_is_caught() -> None:
    curve = load({"kind": "cosine"}).over(Span(100))

    assert unlike(curve(range(99)), curve(range(1, 100)), 1e-12) == list(range(99))


def test_a_curve_that_is_off_by_a_billionth_is_caught() -> None:
    values = np.linspace(0.1, 1.0, 5)

    assert unlike(values, values * (1 + 1e-9), 1e-12) == [0, 1, 2, 3, 4]
    assert unlike(values, values * (1 + 1e-14), 1e-12) == []
