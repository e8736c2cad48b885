from collections.abc import Callable

import pytest

from lr_plugin.compare.baseline import UnknownBaselineError, refuse_unknown
from lr_plugin.compare.comparison import compare
from lr_plugin.compare.naming import names
from lr_plugin.compare.record import RunRecord

Make = Callable[..., RunRecord]
DECAY, WARMUP = "schedule.phases.decay.duration", "schedule.phases.warmup.duration"


def named(run: Make, *overrides: tuple[str, ...]) -> list[str]:
    groups = {each: [run("wsd", 0.1, 0, 0.5, overrides=each)] for each in overrides}
    return list(names(groups).values())


def test_what_differs_is_in_the_name_and_what_all_share_is_not(run: Make) -> None:
    found = named(
        run, *((f"{DECAY}={length}", "trainer.max_epochs=2", "seed=0") for length in ("1%", "2%"))
    )

    assert found == ["wsd decay.duration=1%", "wsd decay.duration=2%"]


def test_a_key_keeps_as_many_words_as_tell_it_from_the_others(run: Make) -> None:
    assert named(run, ("a.b.c.d=1", "a.x.c.d=2"), ()) == ["wsd b.c.d=1 x.c.d=2", "wsd"]
    assert named(run, ("a.c.d=1", "c.d=2"), ()) == ["wsd a.c.d=1 c.d=2", "wsd"]
    assert named(run, ("+a.b.c=1",), ("++a.b.c=2",)) == ["wsd b.c=1", "wsd b.c=2"]


def test_what_decides_nothing_is_in_no_name(run: Make) -> None:
    silent = ("threads=2", "data_dir=elsewhere", "+trainer.profiler=simple", "~logger.csv")

    assert named(run, ("task.batch_size=64", *silent), ("task.batch_size=32",)) == [
        "wsd task.batch_size=64",
        "wsd task.batch_size=32",
    ]
    assert named(run, ("experiment=a",), ("experiment=b",)) == [
        "wsd experiment=a",
        "wsd experiment=b",
    ]


def test_what_is_not_set_is_named_as_it_was_written(run: Make) -> None:
    assert named(run, ("~schedule.phases.decay",), ("optimizer=adam",)) == [
        "wsd ~schedule.phases.decay",
        "wsd optimizer=adam",
    ]


def test_a_baseline_may_be_named_as_it_is_shown_and_as_it_was_written(run: Make) -> None:
    records = [
        run("wsd", 0.1, seed, 1.0, overrides=(f"{DECAY}={length}", f"{WARMUP}=500 steps"))
        for length in ("10%", "20%")
        for seed in (0, 1)
    ]
    records += [run("wsd", 0.1, seed, 1.0) for seed in (0, 1)]
    shown = "wsd decay.duration=20% warmup.duration=500 steps"

    for written in (shown, f"wsd {DECAY}=20% {WARMUP}=500 steps"):
        assert compare(records, written).baseline == shown
        refuse_unknown(records, written)
    with pytest.raises(UnknownBaselineError, match="'wsd decay=20%'"):
        refuse_unknown(records, "wsd decay=20%")
