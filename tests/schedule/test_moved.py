"""Hold and Skip: another schedule at other steps."""

import numpy as np
import pytest
import torch

from lr_plugin.schedule import (
    Cosine,
    Curve,
    Drop,
    Firing,
    Hold,
    InverseSqrt,
    Linear,
    Phase,
    Repeat,
    ScheduleError,
    Segment,
    Sequence,
    Skip,
    Span,
)

TWO = Sequence(
    phases={"up": Phase(schedule=Linear(), duration="4 steps"), "down": Phase(schedule=Cosine())}
)


def test_a_held_schedule_is_what_torch_gives_when_it_is_stepped_once_an_epoch() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5)
    rates = []
    for _ in range(5):
        rates += 7 * [optimizer.param_groups[0]["lr"]]
        optimizer.step()
        scheduler.step()

    curve = Hold(schedule=Cosine(), every="1 epochs").over(Span(35, steps_per_epoch=7))

    np.testing.assert_allclose(curve(np.arange(35)), rates, rtol=1e-12, atol=1e-15)


def test_a_jump_on_the_end_is_not_taken() -> None:
    curve = Hold(schedule=Linear(), every="5 steps").over(Span(10))

    assert curve([9, 10, 1000]).tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(("every", "end"), [("5 steps", 10), ("4 steps", 8), ("30 steps", 20)])
def test_it_ends_with_the_jump_that_takes_the_last_value(every: str, end: int) -> None:
    once = Repeat(schedule=Linear(), period="7 steps", count=1)
    curve = Hold(schedule=once, every=every).over(Span(20))

    assert curve.end() == end
    assert len(set(curve(range(end, 100)).tolist())) == 1


def test_what_is_skipped_is_the_beginning_of_a_longer_whole() -> None:
    whole = TWO.over(Span(100))
    rest = Skip(schedule=TWO, by="30 steps").over(Span(70))

    np.testing.assert_array_equal(whole(np.arange(30, 120)), rest(np.arange(90)))
    assert whole.end() == 100
    assert rest.end() == 70


def test_segments_that_are_skipped_are_gone_and_the_first_one_left_begins_at_zero() -> None:
    assert [Segment("down", 0, 70)] == list(
        Skip(schedule=TWO, by="30 steps").over(Span(70)).segments()
    )
    assert [Segment("up", 0, 2), Segment("down", 2, 98)] == list(
        Skip(schedule=TWO, by="2 steps").over(Span(98)).segments()
    )


def test_percents_are_of_the_span_and_an_unknown_length_stays_unknown() -> None:
    half = Skip(schedule=Linear(), by="100%").over(Span(10))
    endless = Skip(schedule=InverseSqrt(timescale="10 steps"), by="30 steps").over(Span(None))

    assert half(0) == 0.5
    assert endless(0) == 0.5
    assert endless.end() is None
    assert [Segment("", 0, None)] == list(endless.segments())


def test_events_keep_their_steps() -> None:
    curve = Curve(Skip(schedule=Drop(event="e"), by="3 steps"), Span(9, log=(Firing("e", 4),)))

    assert curve([3, 4]).tolist() == [1.0, 0.1]


@pytest.mark.parametrize(
    ("node", "span", "words"),
    [
        (Hold(schedule=Linear(), every="0.5 steps"), Span(10), "every: '0.5 steps' is 0.5 steps"),
        (Hold(schedule=Linear(), every="1 epochs"), Span(10), "every: '1 epochs' needs an epoch"),
        (Skip(schedule=Linear(), by="1 min"), Span(10), "by: '1 min' has no fixed"),
        (
            Skip(
                schedule=Sequence(
                    phases={
                        "a": Phase(schedule=Linear(), duration="1 s"),
                        "b": Phase(schedule=Linear()),
                    }
                ),
                by="1 steps",
            ),
            Span(10),
            "schedule: what is skipped has a phase in the unit of the other clock",
        ),
    ],
)
def test_what_cannot_be_moved_is_refused(node: Hold | Skip, span: Span, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        node.over(span)
