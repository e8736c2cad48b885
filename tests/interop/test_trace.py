"""Traces: made once, kept while there is room, and without an effect on anything else."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lr_plugin.interop import Torch, trace
from lr_plugin.interop.peer import Peer, Wanted
from lr_plugin.interop.trace import Traces
from lr_plugin.schedule import ScheduleError, Span

TORCH = "torch.optim.lr_scheduler"
COSINE = Torch(scheduler=f"{TORCH}.CosineAnnealingLR", total_argument="T_max")
HALVES = Torch(scheduler=f"{TORCH}.ExponentialLR", arguments={"gamma": 0.5})


def test_equal_schedulers_are_traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Peer] = []

    def counted(wanted: Wanted) -> Peer:
        made.append(Peer(wanted))
        return made[-1]

    monkeypatch.setattr(trace, "Peer", counted)
    gamma = {"gamma": 0.4567}
    node = replace(HALVES, arguments=gamma)

    for steps in (10, 20, 15):
        curve = replace(node, arguments=dict(gamma)).over(Span(steps))
        assert curve(range(steps)).tolist() == node.over(Span(steps))(range(steps)).tolist()

    assert len(made) == 1


def test_what_failed_is_built_again(third_party: str) -> None:
    node = Torch(scheduler=f"{third_party}.Breaking", arguments={"at": 5})

    for _ in range(2):
        with pytest.raises(ScheduleError, match="gives nan after 5 calls"):
            node.over(Span(8))
    assert node.over(Span(5))(range(5)).tolist() == [1.0] * 5


def test_traces_that_do_not_fit_are_forgotten_oldest_first() -> None:
    traces = Traces(limit=25)
    a, b, c = (replace(HALVES, base=base)._wanted({"gamma": 0.5}) for base in (1.0, 2.0, 3.0))  # noqa: SLF001 - ours

    kept_a, kept_b = traces.get(a, 10), traces.get(b, 10)
    assert traces.get(a, 5) is kept_a
    traces.get(c, 10)

    assert len(traces) == 20
    assert traces.get(a, 10) is kept_a
    assert traces.get(b, 10) is not kept_b
    assert len(traces.get(c, 100)) == len(traces) == 100


def test_tracing_leaves_torchs_random_numbers_alone() -> None:
    state = torch.get_rng_state()
    replace(COSINE, base=0.123).over(Span(17))

    assert torch.equal(state, torch.get_rng_state())


def test_a_long_span_is_evaluated_block_by_block() -> None:
    curve = COSINE.over(Span(30_000))
    whole = curve(np.arange(30_000))

    blocks = [curve(np.arange(start, start + 4096)) for start in range(0, 30_000, 4096)]

    assert np.concatenate(blocks)[:30_000].tolist() == whole.tolist()
