from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lr_plugin.compare.comparison import Comparison, compare
from lr_plugin.compare.curves import band, draw_curves
from lr_plugin.compare.family import questions
from lr_plugin.compare.pictures import pictures
from lr_plugin.compare.places import draw_ranks
from lr_plugin.compare.rates import draw_rates
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.style import colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Make = Callable[..., RunRecord]


def of(records: list[RunRecord]) -> Comparison:
    return compare(questions(records)[0])


def points(line: "Line2D") -> list[list[float]]:
    """Give where a line goes: along the horizontal axis, then along the vertical one."""
    found: list[list[float]] = np.asarray(line.get_xydata()).T.tolist()
    return found


def drawn(figure: "Figure | None") -> "Figure":
    assert figure is not None
    return figure


@pytest.fixture
def logged(run: Make, tmp_path: Path) -> Callable[..., RunRecord]:
    def write(
        schedule: str, seed: int, metrics: str, final: float | None = 1.0, **more: str
    ) -> RunRecord:
        folder = tmp_path / f"{schedule}{seed}"
        folder.mkdir()
        (folder / "metrics.csv").write_text(metrics)
        return run(schedule, 0.1, seed, final, folder=folder, **more)

    return write


def test_a_band_is_the_range_and_the_median_of_those_that_were_there() -> None:
    steps, values = band([([0, 10], [1.0, 3.0]), ([0, 10, 20], [2.0, 2.0, 9.0])])

    assert steps.tolist() == [0, 10, 20]
    assert values.tolist() == [[1.0, 2.0, 9.0], [1.5, 2.5, 9.0], [2.0, 3.0, 9.0]]


def test_a_long_band_keeps_its_ends_and_is_thinned() -> None:
    steps, values = band([(list(range(10_000)), [1.0] * 10_000)])

    assert (steps[0], steps[-1], len(steps), values.shape) == (0, 9999, 400, (3, 400))


def test_rates_losses_and_the_metric_have_a_panel_each(logged: Make) -> None:
    text = "step,epoch,lr/head,val/loss,train/loss\n0,0,0.1,3,7\n9,0,0.2,2,6\n"
    figure = drawn(draw_curves(of([logged("a", 0, text), logged("a", 1, text)])))

    assert [axes.get_ylabel() for axes in figure.axes] == ["lr/head", "train/loss", "val/loss"]
    assert points(figure.axes[0].lines[0])[1] == [0.1, 0.2]
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "log", "log"]
    assert figure.axes[0].get_ylim()[0] == 0
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a"]


def test_a_loss_that_is_not_positive_has_no_logarithmic_axis(logged: Make) -> None:
    figure = drawn(draw_curves(of([logged("a", 0, "step,loss\n0,1\n9,-2\n", -2.0)])))

    assert figure.axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("least", "shown"),
    [(2.1, ["2.2", "2.4"]), (0.06, ["0.1", "0.2", "0.5", "1", "2"]), (3e-5, ["0.0001", "0.001"])],
)
def test_labels_of_a_logarithmic_axis_do_not_overlap(
    logged: Make, least: float, shown: list[str]
) -> None:
    figure = drawn(draw_curves(of([logged("a", 0, f"step,loss\n0,2.5\n9,{least}\n")])))
    figure.draw_without_rendering()
    axis = figure.axes[0].yaxis
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    labels = [tick.label1 for tick in ticks if tick.label1.get_text()]
    low, high = figure.axes[0].get_ylim()
    inside = [label for label in labels if low <= label.get_position()[1] <= high]
    boxes = sorted((box.y0, box.y1) for box in (label.get_window_extent() for label in inside))

    assert {*shown} <= {label.get_text() for label in inside}
    assert all(below[1] <= above[0] for below, above in pairwise(boxes))


def test_a_run_that_diverged_is_a_thin_line_with_a_cross_and_in_no_band(logged: Make) -> None:
    whole = logged("a", 0, "step,lr,val/loss\n0,0.1,1\n10,0.1,0.5\n")
    ended = logged("a", 1, "step,lr,val/loss\n0,0.1,90\n5,0.1,nan\n", None)
    middle, line, cross = drawn(draw_curves(of([whole, ended]))).axes[1].lines

    assert points(middle)[1] == [1.0, 0.5]
    assert points(line) == points(cross) == [[0.0], [90.0]]
    assert cross.get_marker() == "x"


@pytest.mark.parametrize("status", ["failed", "interrupted", "running"])
def test_runs_without_a_result_are_drawn_as_far_as_they_came(logged: Make, status: str) -> None:
    text = "step,lr,val/loss\n0,0.1,2\n5,0.2,1\n9,0."
    found = of([logged(name, 0, text, None, status=status) for name in ("a", "b")])
    rates, losses = drawn(draw_curves(found)).axes
    (one,) = pictures(found)

    assert [points(line) for line in losses.lines[1:3]] == [
        [[0.0, 5.0], [2.0, 1.0]],
        [[5.0], [1.0]],
    ]
    assert [line.get_label() for line in rates.lines[::3]] == ["a", "b"]
    assert one.shows == (
        "No run came to its end: what was logged until then, as thin lines that end in a cross."
    )


def test_where_some_runs_report_no_other_is_drawn(logged: Make) -> None:
    text = "step,lr\n0,0.1\n9,0.2\n"
    records = [logged("a", 0, text), logged("a", 1, text, None, status="failed")]
    (axes,) = drawn(draw_curves(of(records))).axes

    assert len(axes.lines) == 1


def test_curves_are_said_to_be_what_they_are(logged: Make) -> None:
    text = "step,lr\n0,0.1\n9,0.2\n"
    one, two, lost = logged("a", 0, text), logged("a", 1, text), logged("b", 0, text, None)
    cross = " A run that diverged is a thin line that ends in a cross."

    assert [pictures(of(records))[0].shows for records in ([one], [one, two], [one, lost])] == [
        "The runs that report.",
        "The runs that report: the median over seeds and the range.",
        f"The runs that report.{cross}",
    ]


def test_runs_that_logged_nothing_have_no_curves(run: Make, logged: Make) -> None:
    assert draw_curves(of([run("a", 0.1, 0, 1.0)])) is None
    assert draw_curves(of([logged("a", 0, "step,else\n0,1\n")])) is None


def test_a_run_whose_metrics_cannot_be_read_has_no_line(logged: Make) -> None:
    records = [logged("a", 0, "step,lr\n0,0.1\n"), logged("b", 0, "step,lr\n0,many\n")]
    (axes,) = drawn(draw_curves(of(records))).axes

    assert [len(points(line)[0]) for line in axes.lines] == [1, 0]


def test_a_metric_that_only_some_runs_logged_is_drawn_for_them(logged: Make) -> None:
    records = [logged("a", 0, "step,lr\n0,0.1\n"), logged("b", 0, "step,lr,val/loss\n0,0.2,\n")]
    above, below = drawn(draw_curves(of(records))).axes

    assert [len(points(line)[0]) for line in above.lines] == [1, 1]
    assert [len(points(line)[0]) for line in below.lines] == [0, 0]


def test_the_metric_is_drawn_at_every_rate_with_a_ring_around_the_chosen_one(run: Make) -> None:
    finals = {0.1: (2.0, 2.5), 0.3: (1.0, 1.5), 1.0: (4.0, None)}
    records = [
        run("a", rate, seed, end) for rate in finals for seed, end in enumerate(finals[rate])
    ]
    (axes,) = drawn(draw_rates(of(records))).axes
    medians, ring, crosses = axes.lines

    assert points(medians)[0] == [0.1, 0.3, 1.0]
    assert points(medians)[1][:2] == [2.25, 1.25]
    assert (points(ring)[0], points(ring)[1]) == ([0.3], [1.25])
    assert (points(crosses)[0], points(crosses)[1]) == ([1.0], [0.98])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_bad_edge_of_an_accuracy_is_below(run: Make) -> None:
    records = [run("a", rate, 0, end, mode="max") for rate, end in ((0.1, 0.5), (0.3, None))]
    (axes,) = drawn(draw_rates(of(records))).axes

    assert points(axes.lines[2])[1] == [0.02]
    assert axes.get_yscale() == "linear"


def test_without_a_choice_there_is_nothing_to_draw_against_the_rate(run: Make) -> None:
    assert draw_rates(of([run("a", 0.1, 0, 1.0)])) is None


def test_ranks_are_drawn_seed_by_seed_with_the_mean(run: Make) -> None:
    finals = {"a": (1.0, 2.0, 1.0), "b": (2.0, 1.0, 2.0)}
    records = [
        run(name, 0.1, seed, end) for name in finals for seed, end in enumerate(finals[name])
    ]
    (axes,) = drawn(draw_ranks(of(records))).axes
    seeds, mean = axes.lines[:2]

    assert points(seeds)[0] == [1.0, 2.0, 1.0]
    assert points(mean)[0] == [pytest.approx(4 / 3)]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_a_curve_of_one_point_is_seen(logged: Make) -> None:
    text = "step,lr,val/loss\n0,0.1,\n9,0.2,2\n"
    rates, losses = drawn(draw_curves(of([logged("a", seed, text, 2.0) for seed in (0, 1)]))).axes

    assert [line.get_marker() for line in (rates.lines[0], losses.lines[0])] == ["", "."]


def test_what_cannot_be_compared_is_not_ranked(run: Make) -> None:
    assert draw_ranks(of([run("a", 0.1, 0, 1.0)])) is None
    assert draw_ranks(of([run("a", 0.1, 0, 1.0), run("b", 0.1, 1, 1.0)])) is None
    assert (
        draw_ranks(
            of([run(name, 0.1, 0, 1.0, planned_steps=n) for name, n in (("a", 9), ("b", 8))])
        )
        is None
    )
    assert draw_ranks(of([run("a", 0.1, 0, None, status="failed")])) is None


def test_every_schedule_has_a_look_of_its_own() -> None:
    found = colours(f"{number:02}" for number in range(30))

    assert len(set(found.values())) == 28
    assert found["00"] == found["28"]


def test_long_names_leave_room_for_the_curves(logged: Make) -> None:
    text = "step,lr,val/loss\n0,0.1,1\n9,0.2,2\n"
    names = [f"{'a_long_name ' * 15}{number}" for number in range(8)]
    records = [logged(name, seed, text, 1.0 + seed) for name in names for seed in (0, 1)]
    found = of(records)

    assert [one.name for one in pictures(found)] == ["curves", "ranks"]  # a warning is an error
    for figure in (drawn(draw_curves(found)), drawn(draw_ranks(found))):
        figure.draw_without_rendering()
        assert all(axes.get_position().width > 0.5 for axes in figure.axes)
        assert all(axes.get_position().height * figure.get_figheight() > 1 for axes in figure.axes)


def test_only_what_was_drawn_is_a_picture_and_the_same_twice(logged: Make) -> None:
    found = of([logged("a", 0, "step,lr\n0,0.1\n9,0.2\n")])
    (one,), again = pictures(found), pictures(found)

    assert [one] == again
    assert (one.name, one.png[:4]) == ("curves", b"\x89PNG")
    assert one.svg.startswith(b"<?xml")
