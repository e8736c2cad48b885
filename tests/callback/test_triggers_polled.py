"""Polled triggers: a file, a signal, the time left; asked every 50 steps until they fire."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.callback.watch import Watch
from lr_plugin.schedule import Firing, ScheduleError, Span
from lr_plugin.trigger import File, TimeLeft

FLAG = "cooldown"


def schedule(**trigger: str) -> dict[str, Any]:
    return {
        "kind": "sequence",
        "phases": {
            "warmup": {"kind": "constant", "value": 0.5, "duration": "10 steps"},
            "hold": {"kind": "constant", "until": "now"},
            "down": {"kind": "linear", "duration": "20 steps"},
        },
        "triggers": {"now": trigger},
        "stop": True,
    }


class At(Callback):
    """Does something when so many steps are done."""

    def __init__(self, step: int, act: Callable[[Trainer], object]) -> None:
        self.step, self.act = step, act

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            self.act(trainer)


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("step", "fires"), [(1, 50), (49, 50), (50, 100), (51, 100), (120, 150)])
def test_a_file_ends_the_phase_at_the_next_multiple_of_fifty(
    fit: Callable[..., Any], step: int, fires: int
) -> None:
    callback = LearningRateScheduler(schedule(kind="file", path=FLAG))
    touch = At(step, lambda _: Path(FLAG).touch())
    run = fit(callback, touch, max_epochs=30)

    assert callback.curves["lr"].span.log == (Firing("now", fires, latched=True),)
    assert len(run.rates) == fires + 20
    assert run.rates[fires] == pytest.approx(1.0)


def test_an_event_in_an_earlier_phase_ends_the_one_that_waits_at_once(
    fit: Callable[..., Any],
) -> None:
    late = schedule(kind="file", path=FLAG)
    late["phases"]["warmup"]["duration"] = "80 steps"
    callback = LearningRateScheduler(late)
    run = fit(callback, At(3, lambda _: Path(FLAG).touch()), max_epochs=30)

    assert [(s.name, s.start) for s in callback.curves["lr"].segments()] == [
        ("warmup", 0),
        ("down", 80),
    ]
    assert len(run.rates) == 100


def test_a_resumed_run_remembers_the_event_when_the_file_is_gone(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    wanted = schedule(kind="file", path=FLAG)
    touch = At(20, lambda _: Path(FLAG).touch())
    save = At(55, lambda trainer: trainer.save_checkpoint(path))
    whole = fit(LearningRateScheduler(wanted), touch, save, max_epochs=30)
    Path(FLAG).unlink()
    tail = fit(LearningRateScheduler(wanted), max_epochs=30, ckpt_path=path)

    assert tail.rates == whole.rates[55:]


def test_a_file_that_appears_between_two_parts_of_a_run_is_seen(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    wanted = schedule(kind="file", path=FLAG)
    fit(LearningRateScheduler(wanted), At(60, lambda t: t.save_checkpoint(path)), max_epochs=30)
    Path(FLAG).touch()
    tail = fit(LearningRateScheduler(wanted), max_epochs=30, ckpt_path=path)

    assert len(tail.rates) == 100 + 20 - 60


def test_a_file_that_is_there_before_the_run_is_refused(fit: Callable[..., Any]) -> None:
    Path(FLAG).touch()
    expected = "triggers.now: File(path='cooldown') has happened before the first step"
    with pytest.raises(ScheduleError, match=re.escape(expected)):
        fit(LearningRateScheduler(schedule(kind="file", path=FLAG)), max_epochs=4)


@pytest.fixture
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR2)
    yield
    signal.signal(signal.SIGUSR2, before)


@pytest.mark.usefixtures("_signals")
def test_a_signal_ends_the_phase_and_not_that_of_the_next_run(fit: Callable[..., Any]) -> None:
    wanted = schedule(kind="signal", name="SIGUSR2")
    send = At(30, lambda _: os.kill(os.getpid(), signal.SIGUSR2))
    first, second = LearningRateScheduler(wanted), LearningRateScheduler(wanted)
    runs = [fit(first, send, max_epochs=30), fit(second, max_epochs=30)]

    assert [len(run.rates) for run in runs] == [70, 300]
    assert second.curves["lr"].span.log == ()


def test_the_time_left_is_asked_for_every_fifty_steps() -> None:
    watch = Watch({"late": TimeLeft(budget="10 min", left="2 min")})
    watch.begin(Span(1000), 0, lambda happened: happened)
    asked = [(49, 999), (50, 100), (99, 999), (100, 479), (149, 999), (150, 480)]
    happened = [list(watch.poll(step, at, lambda said: said, {})) for step, at in asked]

    assert happened == [[], [], [], [], [], ["late"]]


def test_one_process_that_has_seen_it_is_enough() -> None:
    watch = Watch({"now": File(path="no/such/file")}, every=10)
    asked: list[bool] = []

    def another_has(mine: bool) -> bool:  # noqa: FBT001 - its one argument
        asked.append(mine)
        return True

    assert list(watch.poll(10, 0.0, another_has, {})) == ["now"]
    assert list(watch.poll(20, 0.0, another_has, {"now": 10})) == []
    assert asked == [False]
