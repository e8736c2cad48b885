import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lr_plugin.finder import Suggestion
from lr_plugin.finder.figure import figure
from lr_plugin.finder.plan import Plan
from lr_plugin.finder.suggestion import short, suggest

Values = NDArray[np.float64]
SWEEP, GRID = Plan(), Plan(mode="grid")


@pytest.fixture
def found(curve: Callable[..., Values]) -> Suggestion:
    losses = np.stack([curve(SWEEP.rates, 0.1, noise=0.05, seed=seed) for seed in range(3)])
    losses[:, -5:] = np.nan
    return suggest(SWEEP, losses, factors=np.linspace(1, 0, 880), group_ratios=(1.0, 0.1))


REFUSED = suggest(SWEEP, np.ones((3, 200)))


@pytest.mark.parametrize(
    ("rate", "text"), [(0.0032, "3.2e-3"), (0.1, "1.0e-1"), (12.0, "1.2e1"), (0.0999, "1.0e-1")]
)
def test_a_rate_is_written_with_two_digits(rate: float, text: str) -> None:
    assert short(rate) == text


def test_the_override_says_exactly_the_suggested_rate(found: Suggestion) -> None:
    name, _, value = (found.override or "").partition("=")

    assert name == "optimizer.lr"
    assert float(value) == found.learning_rate


def test_it_says_how_far_to_trust_it(found: Suggestion) -> None:
    assert str(found) == (
        f"{short(found.learning_rate or 0)} with high confidence (the repeats are within a factor "
        f"of {found.spread:.2g})"
    )


def test_groups_keep_their_ratios(found: Suggestion) -> None:
    whole, tenth = found.group_rates

    assert whole == found.learning_rate
    assert tenth == pytest.approx(whole / 10)


def test_a_refusal_has_no_rate_and_says_why() -> None:
    assert (REFUSED.learning_rate, REFUSED.override, REFUSED.group_rates) == (None, None, ())
    assert str(REFUSED) == (
        "no suggestion: no valley between 1e-06 and 10: the loss falls by no more than its noise"
    )


def test_all_of_it_can_be_written_as_json(found: Suggestion) -> None:
    data: dict[str, Any] = json.loads(json.dumps(found.as_data(), allow_nan=False))

    assert data["override"] == found.override
    assert data["losses"][0][-5:] == [None] * 5
    assert np.array(data["losses"][0][:-5]) == pytest.approx(found.losses[0, :-5])
    assert set(data["others"]) == {"valley", "steep", "minimum / 10"}
    assert json.loads(json.dumps(REFUSED.as_data()))["refusal"] == REFUSED.refusal


def labels(drawn: Any) -> list[str]:  # noqa: ANN401 - a figure
    return [text.get_text() for text in drawn.axes[0].get_legend().get_texts()]


def test_the_picture_shows_sweeps_suggestion_and_the_other_rules(found: Suggestion) -> None:
    drawn = figure(found)
    rate = short(found.learning_rate or 0)

    assert labels(drawn) == [
        *("sweep 1", "sweep 2", "sweep 3", f"suggestion {rate}"),
        *(f"{name} {short(other)}" for name, other in found.others.items()),
    ]
    (marked,) = (line for line in drawn.axes[0].lines if line.get_label() == f"suggestion {rate}")
    assert np.asarray(marked.get_xdata()).tolist() == [found.learning_rate] * 2
    drawn.canvas.draw()


def test_a_refusal_is_drawn_too() -> None:
    drawn = figure(REFUSED)

    assert not any("suggestion" in label for label in labels(drawn))
    assert drawn.axes[0].get_title(loc="left") == str(REFUSED)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, "log"), (-2.0, "linear")])
def test_losses_below_zero_have_a_linear_axis(shift: float, scale: str) -> None:
    losses = np.tile((np.log10(GRID.rates) + 2) ** 2 + 0.5 + shift, (3, 1))
    drawn = figure(suggest(GRID, losses))

    assert drawn.axes[0].get_yscale() == scale
    assert labels(drawn)[0] == "fixed batch 1"
    drawn.canvas.draw()


def test_nothing_finite_is_drawn_as_nothing() -> None:
    drawn = figure(suggest(SWEEP, np.full((3, 200), np.nan)))

    assert "nan at the first step" in drawn.axes[0].get_title(loc="left")
    drawn.canvas.draw()
