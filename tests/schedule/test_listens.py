"""Which events are read at a step, and from where their firings count."""

import pytest

from lr_plugin.schedule import (
    Affine,
    Clamp,
    Constant,
    Drop,
    Firing,
    Hold,
    Linear,
    Phase,
    Product,
    Repeat,
    Scaled,
    Schedule,
    Sequence,
    Skip,
    Span,
    Stretch,
)
from lr_plugin.schedule.reads import reads

DROP = Drop(event="plateau")
WARMUP = Phase(schedule=Linear(), duration="10 steps")
HOLD = Phase(schedule=Constant(), duration="20 steps", until="plateau")
REST = Phase(schedule=Scaled(event="pace"))
THREE = Sequence(phases={"warmup": WARMUP, "hold": HOLD, "rest": REST})
ONE = Sequence(phases={"warmup": WARMUP, "rest": Phase(schedule=DROP)})

HOUR = Phase(schedule=DROP, duration="1 h")


def listens(schedule: Schedule, step: int, *log: Firing) -> list[tuple[str, int]]:
    return list(schedule.listens(step, Span(100, log=log)))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Linear(), []),
        (DROP, [("plateau", 0)]),
        (Clamp(schedule=DROP, min_value=0.1), [("plateau", 0)]),
        (Affine(schedule=ONE), [("plateau", 10)]),
        (Stretch(schedule=ONE, factor=2), [("plateau", 20)]),
        (Hold(schedule=ONE, every="7 steps"), [("plateau", 10)]),
        (Skip(schedule=ONE, by="4 steps"), [("plateau", 6)]),
        (Skip(schedule=ONE, by="30 steps"), [("plateau", 0)]),
        (Product(factors={"a": DROP, "b": ONE}), [("plateau", 0), ("plateau", 10)]),
        (Repeat(schedule=ONE, period="25 steps"), [("plateau", 35)]),
        (Repeat(schedule=DROP, count=3), [("plateau", 33)]),
        (Sequence(phases={"a": WARMUP, "b": Phase(schedule=ONE)}), [("plateau", 20)]),
        (Sequence(phases={"a": Phase(schedule=ONE, until="end")}), [("end", 0), ("plateau", 10)]),
        (Sequence(phases={"a": WARMUP, "b": HOUR}), [("plateau", 10)]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Schedule) else None,
)  # fmt: skip
def test_an_event_counts_from_where_the_part_that_reads_it_began(
    schedule: Schedule, expected: list[tuple[str, int]]
) -> None:
    assert listens(schedule, 40) == expected


@pytest.mark.parametrize(
    ("step", "log", "expected"),
    [
        (9, [], []),
        (10, [], [("plateau", 10)]),
        (29, [], [("plateau", 10)]),
        (30, [], [("pace", 30)]),
        (14, [15], [("plateau", 10)]),
        (15, [15], [("pace", 15)]),
        (10**6, [15], [("pace", 15)]),
    ],
)
def test_a_phase_that_an_event_ended_listens_no_longer(
    step: int, log: list[int], expected: list[tuple[str, int]]
) -> None:
    assert listens(THREE, step, *(Firing("plateau", at) for at in log)) == expected


def test_the_events_of_a_schedule_are_found_wherever_they_are_written() -> None:
    inside = Repeat(schedule=Clamp(schedule=THREE, min_value=0.1), count=2)
    schedule = Product(factors={"a": Drop(event="branch"), "b": inside})
    assert reads(schedule) == {
        "branch": "factors.a.event",
        "plateau": "factors.b.schedule.schedule.phases.hold.until",
        "pace": "factors.b.schedule.schedule.phases.rest.event",
    }
    assert reads(Sequence(phases={"warmup": WARMUP})) == {}
