from collections.abc import Callable

from lr_plugin.compare.comparison import compare
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.said import Said
from lr_plugin.compare.table import table, to_markdown, to_text

Make = Callable[..., RunRecord]
SEEDS = range(10)


def columns(records: list[RunRecord], baseline: str | None = None) -> dict[str, list[str]]:
    header, *rows = table(compare(records, baseline))
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def test_an_accuracy_has_differences_in_its_own_unit(run: Make) -> None:
    records = [run("low", 0.1, seed, 0.5 + 0.01 * seed, mode="max") for seed in SEEDS]
    records += [run("high", 0.1, seed, 0.75 + 0.02 * seed, mode="max") for seed in SEEDS]
    found = columns(records)

    assert found["schedule"] == ["high", "low"]
    assert found["mean"] == ["0.8400", "0.5450"]
    assert found["minus high"][0] == "-"
    assert found["minus high"][1].startswith("-0.295 [-0.3")
    assert found["effect"] == ["-", "-9.7 sd"]
    assert found["P(better)"] == ["-", "0.00"]
    assert found["p (Holm)"] == ["-", "0.002"]


def test_a_positive_loss_has_ratios_of_geometric_means(run: Make) -> None:
    records = [run("low", 0.1, seed, 1.0 + seed) for seed in SEEDS]
    records += [run("high", 0.1, seed, 2.0 + 2 * seed) for seed in SEEDS]
    found = columns(records, "high")

    assert found["ratio to high"] == ["0.5000 [0.5000, 0.5000]", "-"]
    assert found["geometric mean"] == ["4.529", "9.057"]
    assert found["effect"] == ["-", "-"]
    assert found["P(better)"] == ["1.00", "-"]


def test_a_cell_with_a_divergence_has_a_median_a_count_and_no_mean(run: Make) -> None:
    records = [run("a", 0.1, seed, None if seed == 3 else 1.0 + seed) for seed in SEEDS]
    found = columns([*records, *(run("b", 0.1, seed, 0.5) for seed in SEEDS)])

    assert found["geometric mean"] == ["0.5000", "-"]
    assert found["median"] == ["0.5000", "6.500"]
    assert found["worst"] == ["0.5000", "diverged"]
    assert found["diverged"] == ["0 of 10", "1 of 10"]
    assert found["ratio to b"] == ["-", "-"]
    assert found["p (Holm)"] == ["-", "0.002"]


def test_what_mostly_diverged_has_no_median_either(run: Make) -> None:
    assert columns([run("a", 0.1, 0, 1.0), run("a", 0.1, 1, None)])["median"] == ["diverged"]


def test_where_seeds_cannot_decide_there_are_differences_and_no_p(run: Make) -> None:
    found = columns([run(name, 0.1, seed, seed + 1.0) for name in "ab" for seed in range(3)])

    assert found["ratio to a"] == ["-", "1.000 [1.000, 1.000]"]
    assert not {"effect", "P(better)", "p (Holm)"} & set(found)


def test_divergences_that_cannot_decide_have_nothing_beside_them(run: Make) -> None:
    records = [run(name, 0.1, seed, 1.0 if seed else None) for name in "ab" for seed in range(3)]

    assert list(columns(records))[-1] == "diverged"


def test_without_a_comparison_nothing_stands_beside(run: Make) -> None:
    assert list(columns([run("a", 0.1, 0, 1.0)])) == [
        *("schedule", "learning rate", "seeds", "geometric mean", "median", "worst"),
    ]


def test_a_pair_that_shares_no_seeds_has_a_dash(run: Make) -> None:
    records = [run("a", 0.1, seed, 1.0) for seed in SEEDS]
    records += [run("b", 0.1, seed, 2.0) for seed in SEEDS]
    records += [run("c", 0.1, seed, 3.0) for seed in range(20, 30)]

    assert columns(records)["P(better)"] == ["-", "0.00", "-"]


def test_the_edge_of_a_grid_is_marked_at_the_rate(run: Make) -> None:
    records = [run("a", rate, 0, rate) for rate in (0.1, 0.3)] + [run("b", None, 0, 9.0)]

    assert columns(records)["learning rate"] == ["0.1 !", "-"]


def test_what_an_advisor_said_last_has_a_column_if_any_said_something(run: Make) -> None:
    words = (("low", "keep"), ("high", "increase"), ("none", "keep"))
    first, last, unsure = (
        Said(step=9, fraction=0.1, verdict=verdict, confidence=sure) for sure, verdict in words
    )
    records = [run("a", 0.1, seed, 1.0, advice=(first, last)) for seed in (0, 1)]
    records += [run("b", 0.1, 0, 2.0), run("c", 0.1, 0, 3.0, advice=(unsure,))]
    records += [run("c", 0.1, 1, 3.0, advice=(last,))]

    assert columns(records)["advisor said"] == ["increase", "", "cannot tell 1, increase 1"]


def test_an_interval_has_digits_enough_to_tell_its_ends_from_its_middle(run: Make) -> None:
    records = [run("a", 0.1, seed, 0.5 + seed / 10, mode="max") for seed in range(3)]
    more = (0.01, 0.01, 0.010003)
    records += [run("b", 0.1, seed, 0.5 + seed / 10 - more[seed], mode="max") for seed in range(3)]

    assert columns(records)["minus a"] == ["-", "-0.010001 [-0.010003, -0.010000]"]


def test_text_is_aligned_and_has_no_trailing_blanks() -> None:
    assert to_text([("a", "bc"), ("def", "g")]) == "a    bc\ndef  g"


def test_markdown_has_a_rule_below_its_header() -> None:
    assert to_markdown([("a", "b"), ("c", "d")]) == "| a | b |\n| --- | --- |\n| c | d |"
