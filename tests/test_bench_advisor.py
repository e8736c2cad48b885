"""The score of the advisor is that of the table, and on held-out tasks it is good enough."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from bench_advisor_cases import questions
from bench_advisor_rules import Signs, oracle
from bench_advisor_run import main
from bench_advisor_score import balanced, row
from truth_problems import HELD_OUT, TUNED

TABLE = Path(__file__).parent / "golden" / "advisor.txt"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    folder = tmp_path_factory.mktemp("advisor")
    code = main(["--json", str(folder / "a.json"), "--table", str(folder / "a.txt")])
    return code, folder


def test_the_table_is_current(scored: tuple[int, Path]) -> None:
    # scripts/bench_advisor --table tests/golden/advisor.txt writes it anew
    assert (scored[1] / "a.txt").read_text("utf-8") == TABLE.read_text("utf-8")


def test_every_gate_is_passed_on_tasks_that_no_threshold_was_chosen_on(
    scored: tuple[int, Path],
) -> None:
    code, folder = scored
    gates = json.loads((folder / "a.json").read_text("utf-8"))["gates"]
    assert len(gates) == 9
    assert code == 0


def test_no_task_is_on_both_sides() -> None:
    assert {p.task for p in TUNED} & {p.task for p in HELD_OUT} == set()
    assert {p.task for p in TUNED} == {"digits_mlp", "digits_cnn"}


def test_one_who_knows_makes_no_mistake() -> None:
    asked = questions(TUNED[:1])
    perfect = row("oracle", asked, oracle(asked, 0.0))
    assert (perfect.balanced, perfect.wrong, perfect.precision, perfect.far) == (1, 0, 1, 1)


def test_pointing_the_wrong_way_is_counted() -> None:
    asked = questions(TUNED[:1])
    opposite = {"increase": "decrease", "decrease": "increase", "keep": "keep"}
    said = [opposite[question.right] for question in asked]
    found = row("contrary", asked, said)
    assert found.precision == 0
    assert found.wrong == sum(question.right != "keep" for question in asked) / len(asked)


def test_balanced_accuracy_does_not_reward_saying_the_common_thing() -> None:
    assert balanced(["increase"] * 8 + ["keep", "decrease"], ["increase"] * 10) == pytest.approx(
        1 / 3
    )


def test_the_signs_say_what_articles_say() -> None:
    signs = Signs(oscillation=0.2, slow=-0.05)
    said = {signs(question) for question in questions(TUNED[:1])}
    assert said == {"increase", "keep", "decrease"}


def test_the_readme_says_what_was_measured(scored: tuple[int, Path]) -> None:
    found = json.loads((scored[1] / "a.json").read_text("utf-8"))["held out"]
    rows = {each["method"]: each for each in found["rows"]}
    ours, signs, worth = rows["the advisor"], rows["the article's signs"], found["worth"]
    shares = [
        f"{100 * share:.0f} %"
        for each in (ours, signs)
        for share in (each["balanced"], each["precision"], each["far"])
    ]
    said = [
        *(f"{found['configurations']} configurations", f"0 of {ours['verdicts']}"),
        *(f"{100 * signs['wrong']:.1f} %", f"{100 * worth['harmed']:.1f} % of the runs worse"),
        f"from {worth['without']:.2f} to {worth['followed']:.2f}",
        *(f"{100 * each['precision']:.0f} %" for each in found["confidence"].values()),
    ]
    text = " ".join((TABLE.parents[2] / "README.md").read_text("utf-8").split())
    assert [each for each in (*shares, *said) if each not in text] == []
