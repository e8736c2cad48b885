import csv
from collections.abc import Callable
from dataclasses import replace

import pytest

from lr_plugin.compare.advised import ABOUT_SIGNS, HEADING, advised
from lr_plugin.compare.answer import answer
from lr_plugin.compare.caveats import caveats
from lr_plugin.compare.comparison import compare
from lr_plugin.compare.data import runs_to_csv
from lr_plugin.compare.page import page
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found
from lr_plugin.compare.row import rows
from lr_plugin.compare.said import Said, read_said
from lr_plugin.compare.table import table

Make = Callable[..., RunRecord]


def said(*words: str, ends: int = 100) -> tuple[Said, ...]:
    """Give verdicts at 10 %, 20 % and so on, and the last at the end."""
    percents = [*range(10, 10 * len(words), 10), ends]
    return tuple(
        Said(
            step=percent,
            fraction=percent / 100,
            verdict=word,
            confidence="high",
            sentence=f"after {percent}%: {word.upper()}.",
            signs=("the loss is 3 times what it was at first", "the loss scatters"),
        )
        for percent, word in zip(percents, words, strict=True)
    )


def test_without_advice_there_is_no_section(run: Make) -> None:
    comparison = compare([run("a", 0.1, 0, 1.0), run("b", 0.1, 0, 2.0)])

    assert advised(comparison) is None
    assert HEADING not in page(comparison).markdown()


def test_the_section_shows_how_verdicts_went_and_the_last_in_full(run: Make) -> None:
    records = [run("a", 0.1, 0, 1.0, advice=said("increase", "keep", "keep"))]
    told = advised(compare([*records, run("b", 0.1, 0, 2.0)]))

    assert told is not None
    assert told.content == [
        ("schedule", "learning rate", "runs", "10%", "20%", "at the end"),
        ("a", "0.1", "1", "increase", "keep", "keep"),
    ]
    (sentence,) = told.sentences
    assert sentence == (
        "a at 0.1, seed 0: after 100%: KEEP. Signs: the loss is 3 times what it was at first; the "
        "loss scatters."
    )


def test_runs_that_were_told_different_things_are_counted_and_the_usual_one_is_quoted(
    run: Make,
) -> None:
    words = (("keep", "increase"), ("keep", "keep"), ("increase", "keep"))
    records = [run("a", 0.1, seed, 1.0, advice=said(*each)) for seed, each in enumerate(words)]
    told = advised(compare([*records, run("a", 0.1, 3, 1.0)]))

    assert told is not None
    assert told.content[1] == ("a", "0.1", "3", "keep 2, increase 1", "keep 2, increase 1")
    assert told.sentences[0].startswith("a at 0.1, seed 1: after 100%: KEEP.")


def test_a_divergence_on_the_way_is_the_end_of_its_run_and_no_column(run: Make) -> None:
    records = [run("a", 0.1, seed, 1.0, advice=said("keep", "keep")) for seed in (0, 1)]
    records += [run("a", 0.1, 2, None, advice=said("decrease", ends=3))]
    told = advised(compare(records))

    assert told is not None
    assert told.content[0][3:] == ("10%", "at the end")
    assert told.content[1][3:] == ("keep", "keep 2, decrease 1")


def applied(*factors: float) -> tuple[Said, ...]:
    """Give verdicts of which each changed the rate by a factor."""
    words = said(*("keep" for _ in factors))
    return tuple(replace(one, applied=by) for one, by in zip(words, factors, strict=True))


def test_a_run_whose_rate_was_changed_is_told_wherever_it_reports(run: Make) -> None:
    acted = [
        run("a", 0.1, seed, 1.0, advice=applied(10, factor, 1))
        for seed, factor in ((0, 1), (1, 0.3))
    ]
    records = [*acted, run("a", 0.1, 2, 1.0, advice=said("keep", "keep", "keep"))]
    found = compare([*records, run("b", 0.1, 0, 2.0, advice=said("keep"))])
    header, first, second = table(found)
    told = advised(found)

    assert first[header.index("learning rate")] == "0.1 (changed)"
    assert second[header.index("learning rate")] == "0.1"
    assert first[-1] == "keep (10x applied) 1, keep (3x applied) 1, keep 1"
    assert second[-1] == "keep"
    assert [row.rate_changed for row in rows(found)] == [2, 0]
    (caveat,) = (each for each in caveats(found) if "changed" in each)
    assert caveat == (
        "! The advisor changed the learning rate of 2 of 3 runs of a during training: tables name "
        "the one at the start."
    )
    assert told is not None
    assert told.content[1][3:] == (
        "keep (10x applied) 2, keep 1",
        "keep 2, keep (0.3x applied) 1",
        "keep",
    )
    assert "KEEP. Applied in all: 10x after 10%. Signs: " in told.sentences[0]


def test_a_rate_that_was_changed_and_changed_back_was_changed(run: Make) -> None:
    found = compare([run("a", 0.1, 0, 1.0, advice=applied(10, 0.1, 1))])

    assert (rows(found)[0].rate_changed, table(found)[1][-1]) == (1, "keep")
    assert any("of the run of a during" in each for each in caveats(found))


def test_schedules_whose_rates_were_changed_are_told_in_one_sentence(run: Make) -> None:
    records = [run("a", 0.1, seed, 1.0, advice=applied(3, 1)) for seed in (0, 1)]
    found = caveats(compare([*records, run("b", 0.1, 0, 2.0, advice=applied(3, 1))]))

    (caveat,) = (each for each in found if "changed" in each)
    assert " of all 2 runs of a and the run of b during" in caveat


def test_runs_at_rates_that_lost_are_told_of_too(run: Make) -> None:
    records = [run("a", rate, 0, rate, advice=applied(by, 1)) for rate, by in ((0.1, 1), (0.3, 3))]
    found = compare(records)

    assert rows(found)[0].rate_changed == 0
    assert any("1 of 2 runs of a" in each for each in caveats(found))


def test_files_say_what_was_applied_to_each_run(run: Make) -> None:
    records = [run("a", 0.1, 0, 1.0, advice=applied(10, 0.5)), run("a", 0.1, 1, 1.0)]
    text = runs_to_csv(answer(Found(records=tuple(records), broken={})))

    assert [line["applied"] for line in csv.DictReader(text.splitlines())] == ["5.0", "1.0"]


def test_only_runs_that_report_are_told_of(run: Make) -> None:
    records = [run("a", rate, 0, rate, advice=said("increase")) for rate in (0.1, 0.3)]
    records += [run("a", 0.1, 9, 0.2, advice=said("keep"))]
    told = advised(compare(records))

    assert told is not None
    assert told.content[1] == ("a", "0.1", "1", "keep")


def test_what_earlier_versions_recorded_has_a_row_and_no_sentence(run: Make) -> None:
    short = Said(step=9, fraction=1.0, verdict="keep", confidence="none")
    told = advised(compare([run("a", 0.1, 0, 1.0, advice=(short,))]))

    assert told is not None
    assert (told.content[1][-1], told.sentences) == ("cannot tell", ())


def test_the_page_ends_with_the_section(run: Make) -> None:
    told = page(compare([run("a", 0.1, 0, 1.0, advice=said("keep"))]))
    heading, table, sentences, signs = told.markdown().split("\n\n")[-4:]

    assert heading == f"### {HEADING}"
    assert table.endswith("| a | 0.1 | 1 | keep |")
    assert sentences.startswith("- a at 0.1, seed 0: after 100%: KEEP.")
    assert signs == ABOUT_SIGNS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("keep", "'keep' is no verdict"),
        ({"verdict": 3}, "3 is no verdict of a verdict"),
        ({"verdict": "keep"}, "missing 3 required"),
    ],
)
def test_what_is_no_verdict_is_refused(content: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        read_said(content)
