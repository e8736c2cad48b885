"""The bench measures in turns, holds figures against gates, and says what it found."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from bench_figure import Figure, Gate, table
from bench_run import SECTIONS, conclude, main
from bench_timing import Case, Spread, in_turns, ratios, spread

LONG = ("compare", "fit")  # even when little is measured
FAST = [
    pytest.param(name, marks=pytest.mark.slow) if name in LONG else name
    for name in SECTIONS
    if name != "sweep"
]


class Machine:
    """A clock, and work that takes as long as it says, times how slow the machine is now."""

    def __init__(self, slowness: list[float]) -> None:
        self.now, self.slowness, self.log = 0.0, slowness, ""

    def works(self, name: str, seconds: float) -> Callable[[int], None]:
        def run(steps: int) -> None:
            turn = len(self.log) // 2
            self.log += name
            self.now += steps * seconds * self.slowness[turn]

        return run


def machine_with(slowness: list[float]) -> tuple[Machine, dict[str, list[float]]]:
    machine = Machine(slowness)
    cases = {"a": Case(machine.works("a", 1.0), 10), "b": Case(machine.works("b", 5.0), 2)}
    return machine, in_turns(cases, len(slowness) - 1, lambda: machine.now)


def test_every_turn_times_every_case_once_and_the_first_does_not_count() -> None:
    machine, seconds = machine_with([99.0, 1.0, 1.0, 1.0])

    assert machine.log == "ab" + "ab" + "ba" + "ab"
    assert seconds == {"a": [1.0] * 3, "b": [5.0] * 3}


def test_a_machine_that_slows_down_leaves_the_ratio_alone() -> None:
    _, seconds = machine_with([1.0, 1.0, 7.0, 40.0])

    assert seconds["a"] == [1.0, 7.0, 40.0]
    assert ratios(seconds["b"], seconds["a"]) == Spread(5.0, 5.0, 5.0, 5.0)


def test_ratios_are_taken_turn_by_turn() -> None:
    assert ratios([2.0, 40.0, 9.0], [1.0, 10.0, 3.0]) == Spread(2.0, 2.5, 3.0, 3.5)


def test_ratios_of_unequal_numbers_of_turns_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], (3, 3, 3, 3)),
        ([5.0, 1.0, 4.0, 3.0, 2.0], (1, 2, 3, 4)),
        ([5.0, 1.0, 3.0], (1, 2, 3, 4)),
    ],
)
def test_a_spread_is_the_quartiles(values: list[float], expected: tuple[float, ...]) -> None:
    assert spread(values) == Spread(*expected)


@pytest.mark.parametrize(
    ("wanted", "limit", "failed"),
    [
        ("at least", 3, False),
        ("at least", 3.1, True),
        ("at most", 3, False),
        ("at most", 2.9, True),
    ],
)
def test_a_gate_looks_at_the_median(
    wanted: Literal["at least", "at most"], limit: float, *, failed: bool
) -> None:
    figure = Figure(section="s: all", what="w", value=Spread(1, 2, 3, 9), gate=Gate(wanted, limit))

    assert figure.failed is failed
    assert conclude([figure], quick=False) == failed
    assert conclude([figure], quick=True) == 0


def test_a_gate_on_time_can_look_at_the_turn_that_nothing_disturbed() -> None:
    value = Spread(1, 2, 3, 9)

    assert Gate("at most", 1, "least").passes(value)
    assert not Gate("at most", 0.9, "least").passes(value)


def test_a_figure_that_is_not_there_fails_nothing() -> None:
    figure = Figure(section="s", what="timm", gate=Gate("at least", 5))

    assert conclude([figure], quick=False) == 0
    assert table([figure]).splitlines()[1].split() == ["timm", "not", "installed"]


def test_a_missed_gate_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    conclude(
        [Figure(section="s: all", what="w", value=Spread(1, 1, 1, 1), gate=Gate("at least", 5))],
        quick=False,
    )

    assert capsys.readouterr().out == "FAILED:\n  s: w\n"


def figures_of(section: str, folder: Path) -> list[dict[str, Any]]:
    path = folder / "new" / "bench.json"
    assert main(["--quick", "--only", section, "--json", str(path)]) == 0
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["figures"]
    return found


@pytest.mark.parametrize("section", FAST)
def test_a_section_is_measured_and_written(
    section: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures_of(section, tmp_path)
    printed = capsys.readouterr().out

    assert [figure for figure in found if not figure["section"].startswith(f"{section}: ")] == []
    assert [figure["what"] for figure in found if figure["what"] not in printed] == []
    values = [figure["value"] for figure in found if figure["value"]]
    assert [v for v in values if sorted(v.values()) != list(v.values())] == []


def test_updates_are_gated_against_every_torch_scheduler(tmp_path: Path) -> None:
    gates = {
        figure["what"]: figure["gate"]["limit"]
        for figure in figures_of("update", tmp_path)
        if figure["gate"] and not figure["what"].startswith(("timm", "transformers"))
    }

    assert gates == {
        f"{name}, {groups}": 3 if groups == "50 groups" and name != "SequentialLR" else 5
        for groups in ("1 group", "2 groups", "50 groups")
        for name in ("SequentialLR", "LambdaLR", "OneCycleLR")
    }


@pytest.mark.slow
def test_a_sweep_is_held_against_a_loop_by_hand(tmp_path: Path) -> None:
    gates = {f["what"]: f["gate"]["limit"] for f in figures_of("sweep", tmp_path) if f["gate"]}

    assert gates == {"overhead of a job, beyond its fit": 0.3, "the same, of a job by hand": 15}


def test_an_unknown_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "speed"])

    assert "invalid choice: 'speed'" in capsys.readouterr().err
