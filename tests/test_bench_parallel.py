"""Jobs side by side are held against the same one after another."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from bench_parallel import Run, conclude, figures

ONE = [Run(wall=wall, cpu=110.0, others=0.0) for wall in (100.0, 140.0)]


def side_by_side(wall: float, others: float = 0.0) -> Run:
    return Run(wall=wall, cpu=130.0, others=others)


def test_what_a_job_takes_and_the_gain_are_reported() -> None:
    found = {figure.what: figure.value for figure in figures(ONE, side_by_side(72.0), 60)}

    assert {what: value.median for what, value in found.items() if value} == {
        "one process, a job": 2.0,
        "side by side, a job": 1.2,
        "one process, a job on the processor": pytest.approx(110 / 60),
        "side by side, a job on the processor": pytest.approx(130 / 60),
        "wall time side by side, of one process": 0.6,
    }


@pytest.mark.parametrize(
    ("wall", "others", "code"),
    [(78.0, 0.0, 0), (78.1, 0.0, 1), (78.1, 0.5, 0)],
)
def test_the_gate_holds_on_a_machine_that_nobody_else_uses(
    wall: float, others: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conclude(ONE, side_by_side(wall, others), 60) == code
    assert ("run it on an idle machine" in capsys.readouterr().out) is bool(others)
