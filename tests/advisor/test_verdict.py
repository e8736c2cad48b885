"""Verdicts: which evidence is enough, what is said beside it, and that files hold it all."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from lr_plugin.advisor import (
    Circumstances,
    Signal,
    Statistics,
    Window,
    advise,
    line,
    pack,
    page,
    plain,
    statistics,
    unpack,
)

STRAIGHT = Signal(value=0.9)
TANGLED = Signal(value=-0.3)
NOTHING = Signal(value=nan)


def found(**changed: object) -> Statistics:
    """Return statistics of a run whose rate is about right, but for what is changed."""
    usual = Statistics(
        step=200,
        fraction=0.2,
        steps=100,
        pairs=16,
        momentum=0.9,
        alignment=Signal(value=0.05, error=0.01),
        displacement=Signal(value=0.05, error=0.01),
        directedness=Signal(value=0.2),
        coherence=Signal(value=0.4, error=0.1),
        slope_ratio=NOTHING,
        loss_ratio=Signal(value=0.5),
        loss_trend=Signal(value=-0.1, error=0.01),
        oscillation=Signal(value=0.05),
    )
    return replace(usual, **changed)  # type: ignore[arg-type] # names and types as in Statistics


UP = {
    "alignment": Signal(value=0.7, error=0.01),
    "displacement": Signal(value=0.4, error=0.01),
    "directedness": STRAIGHT,
}
DOWN = {
    "alignment": Signal(value=-0.2, error=0.01),
    "displacement": Signal(value=-0.1, error=0.01),
    "directedness": TANGLED,
}


def test_agreement_of_all_is_an_action_with_high_confidence() -> None:
    up, down = advise(found(**UP)), advise(found(**DOWN))

    assert (up.verdict, up.factor, up.confidence) == ("increase", 10.0, "high")
    assert (down.verdict, down.factor, down.confidence) == ("decrease", 1 / 3, "high")


def test_a_rate_that_is_about_right_is_kept() -> None:
    advice = advise(found())
    assert (advice.verdict, advice.factor, advice.band) == ("keep", 1.0, (1.0, 1.0))
    assert (advice.confidence, advice.caveats) == ("high", ())


@pytest.mark.parametrize("missing", ["alignment", "directedness"])
def test_an_action_needs_the_slope_and_the_path(missing: str) -> None:
    usual = getattr(found(), missing)
    advice = advise(found(**{**UP, missing: usual}))
    assert (advice.verdict, advice.confidence) == ("keep", "medium")


def test_one_that_is_silent_or_undecided_lowers_the_confidence() -> None:
    assert advise(found(**{**UP, "displacement": found().displacement})).confidence == "medium"


def test_a_voice_against_an_action_prevents_it() -> None:
    for sides, other in ((UP, DOWN), (DOWN, UP)):
        advice = advise(found(**{**sides, "displacement": other["displacement"]}))
        assert (advice.verdict, advice.confidence) == ("keep", "low")
        assert advice.caveats == ("the evidence is mixed",)


def test_evidence_that_points_both_ways_is_mixed() -> None:
    advice = advise(found(alignment=UP["alignment"], directedness=TANGLED))
    assert (advice.verdict, advice.caveats) == ("keep", ("the evidence is mixed",))


def test_the_slope_ratio_is_asked_where_a_loss_was_probed() -> None:
    advice = advise(found(**{**UP, "slope_ratio": Signal(value=0.7, error=0.1)}))
    assert (advice.verdict, advice.confidence) == ("keep", "medium")
    assert next(each.name for each in advice.evidence) == "slope ratio"


def test_batches_of_noise_cannot_tell_to_keep_without_a_probe_and_can_with_one() -> None:
    noise = Signal(value=0.01)
    without = advise(found(coherence=noise))
    probed = advise(found(coherence=noise, slope_ratio=Signal(value=0.5, error=0.01)))

    assert (without.verdict, without.confidence) == ("keep", "none")
    assert without.caveats == ("batches are mostly noise: a loss to probe would tell more",)
    assert (probed.verdict, probed.confidence) == ("keep", "high")
    assert advise(found(**UP, coherence=noise)).verdict == "increase"


@pytest.mark.parametrize("few", [{"pairs": 3}, {"steps": 10}])
def test_too_little_is_not_judged(few: dict[str, int]) -> None:
    advice = advise(found(**UP, **few))
    assert (advice.verdict, advice.confidence) == ("keep", "none")
    assert advice.caveats == ("too little was measured to tell",)


def test_a_path_that_cannot_be_measured_cannot_tell() -> None:
    advice = advise(found(**{**UP, "directedness": NOTHING}))
    assert (advice.verdict, advice.confidence, advice.caveats) == ("keep", "none", ())


@pytest.mark.parametrize(("times", "pairs"), [(2.0, 16), (float("inf"), 1)])
def test_a_loss_that_grows_while_updates_overshoot_is_divergence(times: float, pairs: int) -> None:
    advice = advise(found(**DOWN, pairs=pairs, loss_ratio=Signal(value=times)))
    assert (advice.verdict, advice.factor, advice.confidence) == ("decrease", 0.1, "high")


def test_a_loss_that_grows_while_updates_still_lower_it_has_heavy_tails() -> None:
    assert advise(found(**UP, loss_ratio=Signal(value=2.0))).verdict == "increase"
    assert advise(found(**UP, loss_ratio=Signal(value=float("inf")))).verdict == "decrease"


def test_a_loss_that_is_not_finite_is_divergence_whether_it_was_measured_or_not() -> None:
    advice = advise(found(**UP), Circumstances(broken=True))
    assert (advice.verdict, advice.caveats) == (
        "decrease",
        ("the loss diverged",),
    )


def test_heavy_momentum_silences_the_path_where_it_says_decrease() -> None:
    heavy = advise(found(**DOWN, momentum=0.98))
    assert heavy.verdict == "keep"
    assert "momentum" in heavy.caveats[-1]
    assert advise(found(**UP, momentum=0.98)).verdict == "increase"


def test_a_schedule_that_decays_makes_a_decrease_less_certain() -> None:
    advice = advise(found(**DOWN), Circumstances(decays=True))
    assert (advice.verdict, advice.confidence) == ("decrease", "medium")
    assert "the schedule lowers the rate anyway" in advice.caveats[0]
    assert advise(found(**UP), Circumstances(decays=True)).confidence == "high"


BACK = {
    "alignment": Signal(value=-0.3, error=0.1),
    "displacement": Signal(value=-0.01),
    "directedness": Signal(value=0.2),
    "loss_ratio": Signal(value=0.95),
}
"""After a first jump too far the path is long, and no update since has led anywhere."""


def test_a_loss_that_has_not_fallen_while_gradients_point_back_is_too_high_a_rate() -> None:
    advice = advise(found(**BACK))

    assert (advice.verdict, advice.confidence, advice.factor) == ("decrease", "medium", 0.1)
    assert "the loss has not fallen" in advice.caveats[0]
    risen = advise(found(**{**BACK, "loss_ratio": Signal(value=1.2)}))
    assert (risen.verdict, risen.confidence) == ("decrease", "high")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loss_ratio", Signal(value=0.8)),
        ("alignment", Signal(value=-0.3, error=0.2)),
        ("displacement", Signal(value=0.05)),
        ("directedness", Signal(value=0.6)),
        ("slope_ratio", Signal(value=0.9)),
        ("coherence", Signal(value=0.01)),
    ],
)
def test_anything_that_speaks_against_it_is_heard(name: str, value: Signal) -> None:
    assert advise(found(**{**BACK, name: value})).verdict == "keep"


def test_a_cosine_that_could_be_any_tells_nothing() -> None:
    sure, unsure = ({**DOWN, "alignment": Signal(value=0.0, error=error)} for error in (0.01, 0.1))
    advice = advise(found(**unsure))

    assert advise(found(**sure)).verdict == "decrease"
    assert (advice.verdict, advice.confidence) == ("keep", "none")
    assert "mostly noise" in advice.caveats[0]


def test_a_loss_of_noisy_batches_has_to_be_further_away_to_have_diverged() -> None:
    far = {"loss_ratio": Signal(value=3.0), "oscillation": Signal(value=0.15)}
    noise = {"coherence": Signal(value=0.0), "alignment": Signal(value=0.0, error=0.1)}

    assert advise(found(**far, alignment=Signal(value=0.0, error=0.1))).verdict == "decrease"
    assert advise(found(**far, **noise)).verdict == "keep"
    assert advise(found(**{**far, **noise, "loss_ratio": Signal(value=5.0)})).verdict == "decrease"


CALM = {"loss_ratio": Signal(value=1.0), "oscillation": Signal(value=0.01)}
CIRCLES = {"loss_ratio": Signal(value=1.05), "displacement": Signal(value=-0.2)}


@pytest.mark.parametrize("down", [DOWN, BACK])
@pytest.mark.parametrize("still", [CALM, CIRCLES])
def test_a_loss_that_has_not_moved_tells_nothing(
    down: dict[str, Signal], still: dict[str, Signal]
) -> None:
    advice = advise(found(**{**down, **still}))

    assert (advice.verdict, advice.confidence) == ("keep", "none")
    assert "as on a plateau" in advice.caveats[0]
    risen = {**down, **still, "loss_ratio": Signal(value=1.2)}
    assert advise(found(**risen)).verdict == "decrease"


def test_a_straight_way_is_one_on_a_plateau_too() -> None:
    assert advise(found(**{**UP, **CALM})).verdict == "increase"


def test_in_noise_the_whole_way_has_to_speak_for_less_too() -> None:
    noise = {**DOWN, "coherence": Signal(value=0.0), "displacement": Signal(value=0.01)}

    assert advise(found(**noise)).confidence == "none"
    assert advise(found(**noise, slope_ratio=Signal(value=-0.5))).verdict == "decrease"
    both = advise(found(**{**noise, "displacement": Signal(value=-0.01)}))
    assert (both.verdict, both.confidence) == ("decrease", "medium")


def test_what_else_is_known_is_said() -> None:
    known = Circumstances(overfits=True, starts_trained=True, guesses_momentum=True)
    said = ("overfitting", "trained weights", "momentum")
    caveats = advise(found(), known).caveats
    assert [word in caveat for word, caveat in zip(said, caveats, strict=True)] == [True] * 3
    assert not any("trained" in caveat for caveat in advise(found(**UP), known).caveats)


@pytest.mark.parametrize(
    ("straight", "factor", "band"),
    [
        (0.9, 10.0, (10.0, 1000.0)),
        (0.8, 10.0, (6.0, 100.0)),
        (0.7, 3.0, (3.0, 80.0)),
        (0.5, 3.0, (1.5, 20.0)),
    ],
)
def test_the_straighter_the_path_the_longer_the_way(
    straight: float, factor: float, band: tuple[float, float]
) -> None:
    advice = advise(found(**{**UP, "directedness": Signal(value=straight)}))
    assert (advice.factor, advice.band) == (factor, band)


def test_a_line_says_the_verdict_the_numbers_and_the_reasons() -> None:
    assert line(advise(found(**UP)), rate=0.01) == (
        "learning rate after 20% (step 200): INCREASE 10x to 0.1 (likely 10x to 1000x), "
        "confidence high. The gradient after an update points along it with a cosine of 0.70; "
        "the path is at 0.90 between a random walk (0) and a straight line (1); gradients "
        "point along the way made so far with a cosine of 0.40."
    )
    assert line(advise(found(pairs=1))) == (
        "learning rate after 20% (step 200): cannot tell. Too little was measured to tell."
    )
    assert line(advise(found(alignment=UP["alignment"], directedness=TANGLED))).endswith(
        "KEEP, confidence low. Gradients point along the way made so far with a cosine of 0.05; "
        "the evidence is mixed. Other evidence: the gradient after an update points along it with "
        "a cosine of 0.70, which says increase; the path is at -0.30 between a random walk (0) and "
        "a straight line (1), which says decrease."
    )


def test_a_page_has_a_row_for_every_statistic() -> None:
    text = page(advise(found(**DOWN), Circumstances(decays=True)), rate=0.1)
    rows = [row.split(" | ")[0].strip("| ") for row in text.splitlines() if row.startswith("| ")]

    assert rows[1:] == [
        *("alignment", "directedness", "displacement"),
        *("loss trend", "oscillation", "loss so far"),
    ]
    assert "| alignment | -0.2 ± 0.01 | 0.02 | 0.08 | decrease |" in " ".join(text.split())
    assert "| oscillation | 0.05 | - | - | no vote |" in " ".join(text.split())
    assert text.splitlines()[-1].startswith("- the schedule lowers the rate anyway")


def test_files_hold_plain_numbers_only() -> None:
    text = json.dumps(plain(advise(found(**UP))), allow_nan=False)
    assert json.loads(text)["evidence"][1]["error"] is None


def test_a_window_comes_back_from_a_file(record: Callable[..., Window]) -> None:
    window = record(
        np.ones(2), lambda p, _: p, lambda p, _: float(p @ p), rate=0.1, steps=5, momentum=0.9
    )
    assert unpack(json.loads(json.dumps(pack(window)))) == window
    assert statistics(window).pairs == 5
