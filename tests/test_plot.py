"""Curves as text, tables and figures: what is drawn is what the curve says."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lr_plugin.plot import Unit, figure, page, panels, sample, sparkline, table
from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import (
    Constant,
    Curve,
    Linear,
    Phase,
    Repeat,
    Schedule,
    ScheduleError,
    Sequence,
    Span,
)

WARMUP = Phase(schedule=Linear(start_value=0.0, end_value=1.0), duration="3 steps")
LONG = 10**9


def over(schedule: Schedule | str, steps: int | None, steps_per_epoch: int | None = 4) -> Curve:
    built = load_schedule(schedule) if isinstance(schedule, str) else schedule
    return built.over(Span(steps, steps_per_epoch=steps_per_epoch))


@pytest.mark.parametrize(
    ("schedule", "steps", "width", "drawn"),
    [
        (Linear(), 1000, 16, "██▇▇▆▆▅▅▄▄▃▃▂▂▁▁"),
        (Linear(start_value=0.0, end_value=1.0), LONG, 8, "▁▂▃▄▅▆▇█"),
        (Constant(value=0.1), 1000, 10, "██████████"),
        (Constant(value=0.0), 1000, 10, "▁▁▁▁▁▁▁▁▁▁"),
        (Constant(value=-1.0), 1000, 10, "▁▁▁▁▁▁▁▁▁▁"),
        (Linear(start_value=1.0, end_value=-1.0), 1000, 10, "█▆▅▃▁▁▁▁▁▁"),
        (Linear(), 1, 10, "█"),
        (Linear(), 3, 10, "█▆▃"),
        ("wsd", 100, 20, "▄███████████████▆▄▂▁"),
        ("sgdr", 100, 20, "█▅▃█▇▅▃▁▄██▇▆▅▄▃▂▁▁▁"),
    ],
)
def test_a_sparkline_shows_the_mean_of_each_part_on_a_scale_from_zero(
    schedule: Schedule | str, steps: int, width: int, drawn: str
) -> None:
    assert sparkline(over(schedule, steps), width) == drawn


def test_a_sparkline_can_be_drawn_on_the_scale_of_another() -> None:
    assert sparkline(over(Constant(value=0.5), 100), 4, top=1.0) == "▅▅▅▅"


@given(value=st.floats(1e-6, 1e6), part=st.integers(1, 8), steps=st.integers(40, 10**6))
def test_a_constant_does_not_flicker(value: float, part: int, steps: int) -> None:
    assert len(set(sparkline(over(Constant(value=value), steps), 40, top=value * 8 / part))) == 1


def test_a_sparkline_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^0 characters leave nothing to draw; write at least 1$"):
        sparkline(over(Linear(), 10), 0)


def test_a_rapid_repetition_is_not_drawn_as_a_slow_wave() -> None:
    saw = Repeat(schedule=Linear(), period="10 steps")

    assert set(sparkline(over(saw, LONG))) <= {"▃", "▄", "▅", "▆"}


def test_all_of_a_short_curve_is_sampled() -> None:
    assert sample(over(Linear(), 2000)).tolist() == list(range(2000))


@pytest.mark.parametrize("steps", [2001, 12_345, LONG - 1])
@pytest.mark.parametrize("recipe", recipe_names())
def test_a_sample_is_small_in_order_and_has_every_joint(recipe: str, steps: int) -> None:
    curve = over(recipe, steps)
    starts = [segment.start for segment in curve.segments()]
    joints = {0, steps - 1, *starts, *(start - 1 for start in starts[1:])}

    found = sample(curve)

    assert len(found) <= 2000
    assert (np.diff(found) > 0).all()
    assert joints <= set(found.tolist())


def test_the_peak_of_a_warmup_of_three_steps_in_a_billion_is_sampled() -> None:
    spike = Sequence(phases={"up": WARMUP, "rest": Phase(schedule=Linear())})

    assert sample(over(spike, LONG))[:3].tolist() == [0, 2, 3]


@pytest.mark.parametrize(
    ("schedule", "shown"),
    [
        (Constant(), 1000),
        (Sequence(phases={"up": WARMUP, "on": Phase(schedule=Constant())}), 1000),
        (Repeat(schedule=Linear(), period="100 steps"), 2 * 100 * 499),
        (Repeat(schedule=Linear(), period="100 steps", count=3), 300),
    ],
)
def test_of_an_unknown_length_the_beginning_is_shown(schedule: Schedule, shown: int) -> None:
    assert sample(over(schedule, None))[-1] == shown - 1


def test_a_table_has_the_first_and_last_step_of_each_phase_and_the_values_there() -> None:
    assert table(over("wsd", 10_000)) == (
        "phase   first step  last step  first value  last value\n"
        "warmup           0        499         0.01       0.998\n"
        "stable         500       7999            1           1\n"
        "decay         8000       9999            1     0.00025"
    )


IN_EPOCHS = """\
phase         first epoch  last epoch  first value  last value
main.cycle 1            0         2.5            1     0.02025
main.cycle 2         2.75        8.25            1    0.004657
main.cycle 3          8.5       19.75            1    0.001166"""
IN_PERCENT = """\
phase         first %  last %  first value  last value
main.cycle 1        0    12.5            1     0.02025
main.cycle 2    13.75   41.25            1    0.004657
main.cycle 3     42.5   98.75            1    0.001166"""


@pytest.mark.parametrize(("unit", "lines"), [("epochs", IN_EPOCHS), ("%", IN_PERCENT)])
def test_a_table_can_be_in_other_units(unit: Unit, lines: str) -> None:
    assert table(over("sgdr", 80), unit) == lines


def test_a_long_repetition_is_abbreviated_and_what_follows_it_is_not() -> None:
    saw = Phase(schedule=Repeat(schedule=Linear(), period="2 steps"))
    schedule = Sequence(
        phases={"up": WARMUP, "main": saw, "end": Phase(schedule=Constant(), duration="2 steps")}
    )

    assert table(over(schedule, 205)) == (
        "phase           first step  last step  first value  last value\n"
        "up                       0          2            0      0.6667\n"
        "main.cycle 1             3          4            1         0.5\n"
        "main.cycle 2             5          6            1         0.5\n"
        "main.cycle 3             7          8            1         0.5\n"
        "main.cycle 4             9         10            1         0.5\n"
        "… 94 more               11        198            1         0.5\n"
        "main.cycle 99          199        200            1         0.5\n"
        "main.cycle 100         201        202            1         0.5\n"
        "end                    203        204            1           1"
    )


def test_a_repetition_without_end_is_cut_short() -> None:
    saw = Repeat(schedule=Linear(), period="2 steps")

    assert table(over(saw, LONG)).splitlines()[-1].split() == (
        ["…", "and", "so", "on", "1000", str(LONG - 1), "1", "0.5"]
    )


def test_what_is_not_known_yet_is_a_question_mark() -> None:
    schedule = Sequence(phases={"up": WARMUP, "on": Phase(schedule=Constant())})

    assert table(over(schedule, None)).splitlines()[-1].split() == ["on", "3", "?", "1", "?"]


@pytest.mark.parametrize(
    ("unit", "steps", "problem"),
    [
        (
            "epochs",
            10,
            "steps_per_epoch: an axis in epochs needs it; write for example steps_per_epoch=100",
        ),
        ("%", None, "steps: an axis in % needs a run of known length; write it"),
    ],
)
def test_a_unit_of_unknown_worth_is_refused(unit: Unit, steps: int | None, problem: str) -> None:
    for draw in (table, lambda curve, unit: figure({"a": curve}, unit=unit)):
        with pytest.raises(ScheduleError) as caught:
            draw(over(Constant(), steps, None), unit)

        assert str(caught.value) == problem


def test_a_figure_has_the_exact_values_of_every_curve_at_its_joints() -> None:
    curves = {name: over(name, 123_457) for name in recipe_names()}

    lines = figure(curves).axes[0].lines

    assert [line.get_label() for line in lines] == list(curves)
    for line, curve in zip(lines, curves.values(), strict=True):
        drawn = dict(np.asarray(line.get_xydata()).tolist())
        for segment in curve.segments():
            assert drawn[segment.start] == curve(segment.start)
            assert segment.stop is not None
            assert drawn[segment.stop - 1] == curve(segment.stop - 1)


@pytest.mark.parametrize(
    ("unit", "last", "label"),
    [("steps", 99, "optimizer step"), ("epochs", 24.75, "epoch"), ("%", 99, "% of the run")],
)
def test_the_horizontal_axis_is_in_the_unit(unit: Unit, last: float, label: str) -> None:
    axes = figure({"wsd": over("wsd", 100)}, unit=unit).axes[0]

    assert np.asarray(axes.lines[0].get_xdata())[-1] == last
    assert axes.get_xlabel() == label


def test_several_curves_have_a_legend_and_no_names_of_phases() -> None:
    drawn = figure({"one": over("wsd", 100), "two": over("sgdr", 100)}, title="Both")

    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["one", "two"]
    assert list(drawn.axes[0].texts) == []
    assert drawn.axes[0].get_title(loc="left") == "Both"


def test_no_two_of_many_curves_look_the_same() -> None:
    lines = figure({str(i): over(Constant(), 9) for i in range(28)}).axes[0].lines

    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 28


def test_the_legend_of_many_curves_fits_the_figure() -> None:
    drawn = figure({f"schedule {i}": over(Constant(), 9) for i in range(40)})
    drawn.canvas.draw()

    assert drawn.legends[0].get_window_extent().y0 >= 0


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ("wsd", ["warmup", "stable", "decay"]),
        ("sgdr", ["cycle 1", "cycle 2", "cycle 3"]),
        ("cosine", []),
    ],
)
def test_a_single_curve_has_the_names_of_its_phases(recipe: str, names: list[str]) -> None:
    texts = figure({recipe: over(recipe, 10_000)}).axes[0].texts

    assert [text.get_text() for text in texts] == names


def test_names_of_phases_do_not_cover_each_other() -> None:
    short = {
        f"warmup {i}": Phase(schedule=Linear(end_value=0.5), duration="1%") for i in range(1, 6)
    }
    crowded = Sequence(phases={**short, "rest": Phase(schedule=Constant(value=0.5))})
    drawn = figure({"crowded": over(crowded, 10_000)})
    drawn.canvas.draw()
    boxes = [text.get_window_extent() for text in drawn.axes[0].texts]

    assert [text.get_text() for text in drawn.axes[0].texts] == ["warmup 1", "rest"]
    assert boxes[0].x1 < boxes[1].x0


def test_a_page_draws_the_curves_of_a_figure_in_the_same_panels() -> None:
    curves = {"wsd": over("wsd", 100), "sgdr": over("sgdr", 100)}
    text = page({"lr": curves, "momentum": {"wsd": over(Constant(), 100)}}, title="Two", log=True)

    assert [text.count(f'"name":"{name}"') for name in ("wsd", "sgdr")] == [2, 1]
    assert text.count('"type":"log"') == 2
    assert '"text":"Two"' in text


def test_a_page_in_a_unit_of_unknown_worth_is_refused() -> None:
    with pytest.raises(ScheduleError, match=r"^steps_per_epoch: an axis in epochs needs it"):
        page({"lr": {"a": over(Constant(), 10, None)}}, unit="epochs")


def test_a_page_without_plotly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly.subplots", None)  # as if it were not installed

    with pytest.raises(
        ScheduleError, match=r"is not installed; run pip install 'lr-plugin\[html\]'$"
    ):
        page({"lr": {"a": over(Constant(), 10)}})


def test_panels_share_the_horizontal_axis_and_one_legend() -> None:
    curves = {"wsd": over("wsd", 100), "sgdr": over("sgdr", 100)}
    drawn = panels({"lr": curves, "momentum": {"sgdr": over(Constant(), 100)}}, title="Two")
    top, bottom = drawn.axes

    assert [top.get_xlabel(), bottom.get_xlabel()] == ["", "optimizer step"]
    assert top.get_title(loc="left") == "Two"
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["wsd", "sgdr"]
    assert top.lines[1].get_color() == bottom.lines[0].get_color()


def test_the_vertical_axis_begins_at_zero_or_is_logarithmic() -> None:
    curves = {"wsd": over("wsd", 100)}

    assert figure(curves).axes[0].get_ylim()[0] <= 0
    assert figure(curves, log=True).axes[0].get_yscale() == "log"


def test_what_has_nothing_above_zero_is_drawn_on_a_linear_axis() -> None:
    drawn = figure({"zero": over(Constant(value=0.0), 100)}, log=True)

    assert drawn.axes[0].get_yscale() == "linear"


def test_a_figure_needs_no_pyplot() -> None:
    code = """
import sys
from lr_plugin.plot import figure
from lr_plugin.schedule import Linear, Span
assert not any(name.startswith("matplotlib") for name in sys.modules)
figure({"linear": Linear().over(Span(9))}).canvas.draw()
print("matplotlib.pyplot" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout == "False\n"
