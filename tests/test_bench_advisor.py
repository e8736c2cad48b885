"""The score of the advisor is that of the table, and on held-out tasks it is good enough."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

from bench_advisor_agree import Answer, agreement, show as show_agreement
from bench_advisor_callback import SOME, answers, asked, main as train_again
from bench_advisor_cases import fixture, questions
from bench_advisor_fit import fit, prepared
from bench_advisor_parts import by_distance, by_part
from bench_advisor_rules import Signs, judged, oracle
from bench_advisor_run import main
from bench_advisor_score import balanced, counted, intervals, row
from bench_find_cases import cases
from truth_file import numbers
from truth_problems import HELD_OUT, TUNED
from truth_signals import NAMES, sampled, windows

from lr_plugin.advisor import unpack
from lr_plugin.callback import LearningRateAdvisor

TABLE = Path(__file__).parent / "golden" / "advisor.txt"
POOR = {
    "plain SGD, batches of 4": ("task", "mnist_linear"),
    "momentum 0.98": ("optimizer and momentum", "SGD 0.98"),
    "tanh MLP on Friedman 3": ("task", "friedman3_tanh"),
    "fine-tuning": ("task", "mnist_finetune"),
    "after 10 % of the run": ("share of the run that is done", " 10%"),
}
"""What the README calls poor, and where the scores of it are."""


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    torch.set_flush_denormal(False)  # the script has no process to share


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


def test_shares_by_distance_are_of_all_verdicts() -> None:
    asked = questions(TUNED[:1])
    bins = by_distance(asked, ["increase"] * len(asked))
    assert sum(each.verdicts for each in bins) == len(asked)
    right = {(each.side, each.least >= 0.47): each.recall for each in bins if each.verdicts}
    assert right == {
        ("too low", False): 0,
        ("too low", True): 1,
        ("too high", False): 0,
        ("too high", True): 0,
    }


def test_the_parts_of_a_score_add_up() -> None:
    asked = questions(TUNED[:2])
    said = ["keep" if question.moment else question.right for question in asked]
    parts = by_part(asked, said)
    assert [sum(each.verdicts for each in rows) for rows in parts.values()] == [len(asked)] * 6
    moments = parts["share of the run that is done"]
    assert [each.balanced for each in moments] == pytest.approx([1, *[1 / 3] * 4])


def test_a_score_lies_within_its_interval() -> None:
    asked = questions(TUNED[:2])
    found = row("ours", asked, [judged(question).verdict for question in asked])
    for name, (low, high) in found.intervals.items():
        assert low < getattr(found, name) < high


def test_an_interval_is_of_whole_configurations() -> None:
    asked = questions(TUNED[:1])
    names = [question.case.name for question in asked]
    one = set(names[:1])
    said = [q.right if q.case.name in one else "keep" for q in asked]
    by_name = row("one of six", asked, said).intervals["balanced"]
    by_verdict = intervals(counted(asked, said, [str(i) for i in range(len(asked))]))["balanced"]
    assert by_name[1] - by_name[0] > 2 * (by_verdict[1] - by_verdict[0])


@pytest.fixture(scope="module")
def held_out(scored: tuple[int, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((scored[1] / "a.json").read_text("utf-8"))["held out"]
    return found


@pytest.fixture(scope="module")
def readme() -> str:
    return (TABLE.parents[2] / "README.md").read_text("utf-8")


def test_the_readme_says_how_good_it_is_by_distance(held_out: dict[str, Any], readme: str) -> None:
    for side in ("too low", "too high"):
        bins = [each for each in held_out["distances"] if each["side"] == side][:5]
        cells = " ".join(_percent(each["recall"]) for each in bins)
        assert f"right where it is {side} {cells}" in _squeezed(readme)


def test_the_readme_says_where_it_is_poor(held_out: dict[str, Any], readme: str) -> None:
    parts = {
        (name, each["method"]): each for name, rows in held_out["parts"].items() for each in rows
    }
    for label, place in POOR.items():
        line = f"{label} {_percent(parts[place]['balanced'])} {_percent(parts[place]['far'])}"
        assert line in _squeezed(readme)
    tasks = sorted(held_out["parts"]["task"], key=lambda each: each["balanced"])
    named = {name for part, name in POOR.values() if part == "task"}
    assert {each["method"] for each in tasks[:3]} == named


@pytest.fixture(scope="module")
def answered() -> list[Answer]:
    wanted = {-1.89, 0.11, 0.77}
    asked = [
        question
        for question in questions(TUNED[:1])
        if question.case.name == "digits_mlp-sgd-b32 220 constant"
        and round(question.off, 2) in wanted
    ]
    return answers(asked)


def test_the_callback_says_what_is_scored(answered: list[Answer]) -> None:
    found = agreement(answered)
    assert len(answered) == 15
    assert found["agree"] > 0.85
    assert sum(found["said"].values()) == 15
    assert [each["wrong"] for each in found["rows"]] == [0, 0, 0]
    assert found["differences"]["alignment"]["95 %"] < 0.1
    assert found["differences"]["directedness"]["95 %"] < 0.1


def test_the_callback_measures_what_was_recorded(tmp_path: Path) -> None:
    case, window = next(cases(TUNED)), 1
    advisor = LearningRateAdvisor(path=tmp_path / "said.jsonl")
    fit(case, 3, prepared(case, 3), [advisor])
    said = (tmp_path / "said.jsonl").read_text("utf-8").splitlines()
    pairs = {each.step: each for each in unpack(json.loads(said[window])["windows"]["all"]).pairs}
    steps = sampled(*windows(case.budget.steps)[window])
    cosines = [pairs[s].slope / pairs[s].update / pairs[s].gradient for s in steps]
    squares = [[pairs[s].update ** 2, pairs[s].gradient ** 2] for s in steps]
    recorded = dict(zip(NAMES, numbers(fixture(case)["signals"])[:, 3, window], strict=True))
    assert np.mean(cosines) == pytest.approx(recorded["cosine"], abs=0.001)
    assert np.mean(squares, axis=0) == pytest.approx(
        [recorded["update"], recorded["gradient"]], rel=0.01
    )


def test_what_the_callback_says_is_shown_beside_what_was_scored(answered: list[Answer]) -> None:
    found = agreement(answered)
    lines = show_agreement("tuned", found)
    assert lines[0] == "\ntuned: 1 configurations, 15 verdicts"
    assert f"  {found['agree']:.1%} of the callback's verdicts are the benchmark's" in lines


def test_the_configurations_that_are_trained_again_are_each_one_of_those_scored() -> None:
    scored = questions(TUNED + HELD_OUT)
    found = [{each.case.name for each in asked(scored, [name])} for name in SOME]
    assert found == [{name} for name in SOME]


def test_a_configuration_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train_again(["digits_mlq"])
    assert "no configuration has 'digits_mlq' in its name; one is" in capsys.readouterr().err


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_readme_says_what_was_measured(held_out: dict[str, Any], readme: str) -> None:
    found = held_out
    rows = {each["method"]: each for each in found["rows"]}
    ours, signs, worth = rows["the advisor"], rows["the article's signs"], found["worth"]
    shares = [
        _percent(share)
        for each in (ours, signs)
        for share in (each["balanced"], each["precision"], each["far"])
    ]
    said = [
        *(
            f"{found['configurations']} configurations of {found['tasks']} tasks",
            f"0 of {ours['verdicts']}",
        ),
        *(f"{100 * signs['wrong']:.1f} %", f"{100 * worth['harmed']:.1f} % of the runs worse"),
        "configurations is " + " to ".join(_percent(end) for end in ours["intervals"]["balanced"]),
        f"from {worth['without']:.2f} to {worth['followed']:.2f}",
        *(_percent(each["precision"]) for each in found["confidence"].values()),
    ]
    text = _squeezed(readme)
    assert [each for each in (*shares, *said) if each not in text] == []
