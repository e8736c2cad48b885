"""Resume: the rest of a run from a checkpoint is the rest of the run without one, bit for bit."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, Trainer
from typing_extensions import override

from lr_plugin.callback import LearningRateScheduler
from lr_plugin.schedule import ScheduleError

COSINE: dict[str, Any] = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.1, "end_value": 1.0, "duration": "20%"},
        "decay": {"kind": "cosine", "end_value": 0.1},
    },
}


class Save(Callback):
    """Saves a checkpoint when so many steps are done."""

    def __init__(self, step: int, path: Path) -> None:
        self.step, self.path = step, path

    @override
    def on_train_batch_end(self, trainer: Trainer, *args: object) -> None:
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)


@pytest.mark.parametrize("step", [1, 7, 10, 19])
@pytest.mark.parametrize("first", [True, False])
def test_a_resumed_run_equals_the_tail_of_the_whole(
    fit: Callable[..., Any], lightning: ModuleType, tmp_path: Path, step: int, *, first: bool
) -> None:
    path = tmp_path / "at.ckpt"
    save = Save(step, path)
    ours = LearningRateScheduler(COSINE)
    whole = fit(*([save, ours] if first else [ours, save]), lightning=lightning, max_epochs=2)
    tail = fit(LearningRateScheduler(COSINE), lightning=lightning, max_epochs=2, ckpt_path=path)

    assert tail.rates == whole.rates[step:]
    assert tail.weights == whole.weights


def test_a_checkpoint_loads_without_running_code_and_holds_plain_numbers(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    run = fit(LearningRateScheduler(COSINE), max_epochs=1)
    run.trainer.save_checkpoint(tmp_path / "end.ckpt", weights_only=False)
    loaded = torch.load(tmp_path / "end.ckpt", weights_only=True)

    assert type(loaded["optimizer_states"][0]["param_groups"][0]["lr"]) is float
    assert loaded["callbacks"]["lr_plugin.LearningRateScheduler"]["bases"] == [[0, 0, "lr", 1.0]]


@pytest.mark.parametrize(
    ("schedule", "rate", "epochs", "row"),
    [
        (COSINE, 1.0, 4, r"length.lr/0.steps +20 +40"),
        (COSINE, 3.0, 2, r"configured lr of group 0 of optimizer 0 +1.0 +3.0"),
        ({"kind": "cosine"}, 1.0, 2, r"rules.lr.schedule.kind +sequence +cosine"),
        (
            {**COSINE, "phases": {**COSINE["phases"], "decay": {"kind": "linear"}}},
            1.0,
            2,
            r"rules.lr.schedule.phases.decay.kind +cosine +linear",
        ),
    ],
)
def test_a_changed_run_is_refused_with_a_table_of_what_differs(  # noqa: PLR0913 - what may differ
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    lightning: ModuleType,
    tmp_path: Path,
    *,
    schedule: dict[str, Any],
    rate: float,
    epochs: int,
    row: str,
) -> None:
    path = tmp_path / "at.ckpt"
    fit(LearningRateScheduler(COSINE), Save(7, path), lightning=lightning, max_epochs=2)
    module = make_slope(lightning, rates=(rate,))

    with pytest.raises(ScheduleError, match=row):
        fit(
            LearningRateScheduler(schedule),
            module=module,
            lightning=lightning,
            max_epochs=epochs,
            ckpt_path=path,
        )


def test_phases_in_another_order_are_another_schedule(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    halves = [("a", {"kind": "linear", "duration": "50%"}), ("b", {"kind": "cosine"})]
    first, second = ({"kind": "sequence", "phases": dict(each)} for each in (halves, halves[::-1]))
    fit(LearningRateScheduler(first, silence="jump"), Save(7, path), max_epochs=2)

    with pytest.raises(ScheduleError, match="order of the rules' fields or phases"):
        fit(LearningRateScheduler(second), max_epochs=2, ckpt_path=path)


def test_a_length_that_the_schedule_would_not_have_fitted_is_a_change(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    fit(LearningRateScheduler(OPEN), Save(7, path), max_epochs=2)
    held = torch.load(path, weights_only=True)
    held["callbacks"]["lr_plugin.LearningRateScheduler"]["length"]["lr/0"]["steps"] = 2
    torch.save(held, path)

    with pytest.raises(ScheduleError, match=r"length.lr/0.steps +2 +20"):
        fit(LearningRateScheduler(OPEN), max_epochs=2, ckpt_path=path)


OPEN = {
    "kind": "sequence",
    "phases": {
        "warmup": {"kind": "linear", "start_value": 0.1, "end_value": 1.0, "duration": "9 steps"},
        "main": {"kind": "constant"},
    },
}


@pytest.mark.parametrize("schedule", [{"kind": "inverse_sqrt", "timescale": "5 steps"}, OPEN])
def test_more_epochs_are_no_change_for_a_schedule_that_does_not_look_at_the_length(
    fit: Callable[..., Any], tmp_path: Path, schedule: dict[str, Any]
) -> None:
    path = tmp_path / "at.ckpt"
    fit(LearningRateScheduler(schedule), Save(7, path), max_epochs=2)
    whole = fit(LearningRateScheduler(schedule), max_epochs=4)
    tail = fit(LearningRateScheduler(schedule), max_epochs=4, ckpt_path=path)

    assert tail.rates == whole.rates[7:]


def test_a_finished_run_that_is_resumed_keeps_its_state(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    first = fit(LearningRateScheduler(COSINE), max_epochs=1)
    first.trainer.save_checkpoint(tmp_path / "end.ckpt")
    again = fit(LearningRateScheduler(COSINE), max_epochs=1, ckpt_path=tmp_path / "end.ckpt")
    again.trainer.save_checkpoint(tmp_path / "again.ckpt")
    states = [
        torch.load(tmp_path / name, weights_only=True)["callbacks"]
        for name in ("end.ckpt", "again.ckpt")
    ]

    assert again.rates == []
    assert states[0] == states[1]


def test_a_checkpoint_without_our_state_is_resumed_with_a_warning(
    fit: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    fit(Save(4, path), max_epochs=1)

    with pytest.warns(UserWarning, match="holds no state of LearningRateScheduler"):
        tail = fit(LearningRateScheduler({"kind": "linear"}), max_epochs=1, ckpt_path=path)
    assert tail.rates == pytest.approx([0.6, 0.5, 0.4, 0.3, 0.2, 0.1])


@pytest.mark.parametrize("tensor_first", [True, False])
def test_a_rate_may_be_a_float_before_and_a_tensor_after(
    fit: Callable[..., Any],
    make_slope: Callable[..., Any],
    tmp_path: Path,
    *,
    tensor_first: bool,
) -> None:
    def sgd(*, tensor: bool) -> Callable[..., torch.optim.Optimizer]:
        return lambda weights, _: torch.optim.SGD(
            weights, lr=torch.tensor(0.1) if tensor else 0.1, foreach=False
        )

    path = tmp_path / "at.ckpt"
    before = make_slope(configure=sgd(tensor=tensor_first))
    after = make_slope(configure=sgd(tensor=not tensor_first))
    fit(LearningRateScheduler({"kind": "linear"}), Save(4, path), module=before, max_epochs=1)
    tail = fit(
        LearningRateScheduler({"kind": "linear"}), module=after, max_epochs=1, ckpt_path=path
    )

    assert tail.rates == pytest.approx([0.1 * f for f in (0.6, 0.5, 0.4, 0.3, 0.2, 0.1)], rel=1e-6)


def test_a_state_from_a_newer_version_is_refused(fit: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "at.ckpt"
    fit(LearningRateScheduler(COSINE), Save(7, path), max_epochs=2)
    held = torch.load(path, weights_only=True)
    held["callbacks"]["lr_plugin.LearningRateScheduler"]["version"] = 99
    torch.save(held, path)

    with pytest.raises(ScheduleError, match=re.escape("newer lr_plugin (state version 99")):
        fit(LearningRateScheduler(COSINE), max_epochs=2, ckpt_path=path)


class Batches:
    """A loader that remembers where it was."""

    def __init__(self) -> None:
        self.position = 0
        self.seen: list[int] = []

    def __len__(self) -> int:
        return 10

    def __iter__(self) -> Iterator[torch.Tensor]:
        while self.position < len(self):
            self.position += 1
            self.seen.append(self.position - 1)
            yield torch.tensor([self.position - 1])
        self.position = 0

    def state_dict(self) -> dict[str, int]:
        return {"position": self.position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.position = state["position"]


@pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`")
def test_a_stateful_loader_goes_on_at_the_right_batch(
    fit: Callable[..., Any], make_slope: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "at.ckpt"
    fit(
        LearningRateScheduler(COSINE),
        Save(3, path),
        module=make_slope(loader=Batches()),
        max_epochs=1,
    )
    bare, ours = Batches(), Batches()
    fit(module=make_slope(loader=bare), max_epochs=1, ckpt_path=path)
    fit(
        LearningRateScheduler(COSINE),
        module=make_slope(loader=ours),
        max_epochs=1,
        ckpt_path=path,
    )

    assert ours.seen == bare.seen
    assert ours.seen[0] >= 3
