"""`lr-plugin show --transfer-from`: how a tuned learning rate carries over."""

import numpy as np
import pytest

from lr_plugin.app.show import main
from lr_plugin.recipe import load_schedule
from lr_plugin.schedule import Span
from lr_plugin.schedule.bound import peak_ratio


def test_a_learning_rate_carries_over_as_convex_theory_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["schedule=constant,cosine", "steps=880", "--transfer-from", "constant"])
    steps = np.arange(880)
    cosine, constant = (
        load_schedule(name).over(Span(880))(steps) for name in ("cosine", "constant")
    )
    best = "a learning rate that is best for constant over 880 steps: times"

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"{best} 1 for constant over 880 (convex theory)",
        f"{best} {peak_ratio(cosine, constant):.3g} for cosine over 880 (convex theory)",
    ]


def test_a_learning_rate_carries_over_from_another_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["schedule=constant", "steps=40000", "--transfer-from", "constant steps=10000"])
    times = capsys.readouterr().out.splitlines()[-1]

    assert times.startswith("a learning rate that is best for constant over 10000 steps: times 0.4")
    assert times.endswith(" for constant over 40000 (convex theory)")


def test_the_peak_of_the_line_does_not_matter(capsys: pytest.CaptureFixture[str]) -> None:
    main(["schedule=wsd", "lr=0.1", "--transfer-from", "wsd"])

    assert "times 1 for wsd" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--transfer-from", "wds"], "there is no schedule 'wds'; did you mean 'wsd'?"),
        (["--transfer-from", "wsd,sgdr"], "'wsd,sgdr' is 2 schedules; write one"),
        (
            ["steps=100000000", "--transfer-from", "wsd"],
            (
                "100000000 steps are too many to add up; write at most 10000000, the same share of "
                "both lengths"
            ),
        ),
        (
            [
                "++callbacks.lr_scheduler.rules={wd: {key: weight_decay, schedule: cosine}}",
                "callbacks.lr_scheduler.schedule=null",
                "--transfer-from=wsd",
            ],
            "nothing drives a learning rate here; name what does",
        ),
    ],
)
def test_what_cannot_carry_over_is_refused(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words)

    assert (code, capsys.readouterr().err) == (1, f"lr-plugin show: --transfer-from: {answer}\n")
