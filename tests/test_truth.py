"""Networks train in a stack as they would alone, and finders are scored on what was found."""

import doctest
import json
import math
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

sys.path.append(str(Path(__file__).parent.parent / "scripts"))

import bench_find_rules
import bench_find_score
import truth_best
import truth_file
import truth_nets as nets
import truth_signals
from bench_find_cases import cases
from bench_find_rules import RULES, fastai, lightning, slide, steep, tenth_of_minimum, valley
from bench_find_run import main as bench
from bench_find_score import Gate, lower_by_task, row, wilson, within
from truth_best import best_rate
from truth_measure import Bench, order_of
from truth_problems import HELD_OUT, PROBLEMS, TUNED, Budget, Problem, factors
from truth_run import main as measure
from truth_runs import runs
from truth_signals import NAMES, Watch, sampled, windows
from truth_stack import Batches, Stack, Update, train
from truth_tasks import TUNING

TABLE = Path(__file__).parent / "golden" / "find.txt"
IMAGES = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(40) % 10
RATES = np.geomspace(0.01, 0.1, 3)
OWNER = [0, 1, 1]
STEPS = 6

Build: TypeAlias = Callable[[Any, float], torch.optim.Optimizer]
PLAIN: dict[str, tuple[Update, Build]] = {
    "momentum, decay, clipping": (
        Update(kind="sgd", weight_decay=0.1, clip=0.5),
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, weight_decay=0.1),
    ),
    "adamw": (
        Update(kind="adamw", momentum=0.8, second=0.95, weight_decay=0.1),
        lambda p, lr: torch.optim.AdamW(p, lr=lr, betas=(0.8, 0.95), weight_decay=0.1),
    ),
}


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nets.convolutional(8, 2)


def row_of(net: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])


def batches() -> Batches:
    order = torch.tensor(np.stack([order_of(seed, 40, 8, STEPS) for seed in range(2)]))
    return Batches(IMAGES, LABELS, order, torch.tensor(OWNER))


def alone(copy: int, update: Update, build: Build) -> Tensor:
    """Parameters after a plain loop: one network, PyTorch's optimizer, cosine by hand."""
    net, given = network(copy), batches()
    optimizer = build(net.parameters(), 1.0)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = curve(RATES[copy])[step]
        index = given.order[OWNER[copy], step]
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(net(IMAGES[index]), LABELS[index]))
        if update.clip:
            nn.utils.clip_grad_norm_(net.parameters(), update.clip)
        optimizer.step()
    return row_of(net)


def curve(rate: float) -> list[float]:
    return [rate * (0.5 + 0.5 * math.cos(math.pi * step / STEPS)) for step in range(STEPS)]


@pytest.mark.parametrize("name", PLAIN)
def test_a_stack_trains_each_copy_as_a_plain_loop_would(name: str) -> None:
    update, build = PLAIN[name]
    start = torch.stack([row_of(network(copy)) for copy in range(3)])
    rates = np.array([curve(rate) for rate in RATES])
    *_, last = train(Stack(network(0), cross_entropy), update, start, rates, batches())

    plain = torch.stack([alone(copy, update, build) for copy in range(3)])

    torch.testing.assert_close(last.after, plain, rtol=1e-4, atol=1e-6)
    assert (last.after - start).norm(dim=1).min() > 0.01


@pytest.mark.parametrize(
    ("net", "inputs", "targets"),
    [
        (nets.batch_normalised(4, 6, 2), torch.randn(9, 4), torch.arange(9) % 2),
        (nets.layer_normalised(4, 6, 2, 1), torch.randn(9, 4), torch.arange(9) % 2),
        (nets.neural_ngram(5, 3, 4, 6), torch.randint(5, (9, 3)), torch.arange(9) % 5),
        (nets.dense(4, 6, 3, between=nn.Tanh), torch.randn(9, 4), torch.arange(9) % 3),
    ],
    ids=["batch norm", "layer norm", "n-gram", "tanh"],
)
def test_losses_and_gradients_of_copies_are_those_of_the_network(
    net: nn.Module, inputs: Tensor, targets: Tensor
) -> None:
    loss = cross_entropy(net(inputs), targets)
    alone = torch.cat([g.flatten() for g in torch.autograd.grad(loss, [*net.parameters()])])
    stack, rows = Stack(net, cross_entropy), row_of(net).expand(2, -1)

    losses, gradient = stack.gradient(
        rows, (inputs.expand(2, *inputs.shape), targets.expand(2, -1))
    )

    torch.testing.assert_close(losses, loss.detach().expand(2))
    torch.testing.assert_close(gradient, alone.expand(2, -1))
    torch.testing.assert_close(stack.evaluate(rows, (inputs, targets), at_once=1), losses)


def test_the_transformer_does_not_see_the_future() -> None:
    net = nets.Transformer(5, 4, 6)
    tokens = torch.zeros(1, 6, dtype=torch.long)
    changed = tokens.clone()
    changed[0, 4] = 3

    differs = (net(tokens) - net(changed)).abs().amax(dim=(0, 2)) > 0

    assert differs.tolist() == [False] * 4 + [True, True]


def quadratic(rates: list[float], steps: int) -> dict[str, Any]:
    """Signals of gradient descent on half the squared parameter, by window and copy."""
    net = nn.Linear(1, 1, bias=False)
    stack = Stack(net, lambda outputs, targets: 0.5 * mse_loss(outputs, targets))
    order = torch.zeros(1, steps, 1, dtype=torch.long)
    owner = torch.zeros(len(rates), dtype=torch.long)
    given = Batches(torch.ones(1, 1), torch.zeros(1, 1), order, owner)
    start = torch.ones(len(rates), 1)
    watch = Watch(stack, given, start, steps)
    update = Update(kind="sgd", momentum=0.0)
    for taken in train(stack, update, start, np.tile(rates, (steps, 1)).T, given):
        watch.see(taken)
    return dict(zip(NAMES, np.moveaxis(watch.found(), -1, 0), strict=True))


def test_signals_on_a_quadratic_are_what_algebra_says() -> None:
    found = quadratic([0.01, 0.5, 1.5], steps=30)

    rho = found["slope"] / found["begin"]
    np.testing.assert_allclose(rho[:, 0], [0.99, 0.5, -0.5], rtol=1e-3)
    np.testing.assert_allclose(found["cosine"][:, 0], [1, 1, -1], rtol=1e-5)
    np.testing.assert_allclose(found["away"][0], 1 - 0.99 ** np.array([2, 5, 8, 17, 29]), rtol=1e-5)
    np.testing.assert_allclose(found["far"][2, :2], [1.5, 1 + 0.5**5], rtol=1e-6)
    np.testing.assert_allclose(found["weights"][0, -1], 0.99**29, rtol=1e-5)


def test_every_window_has_pairs_that_stay_in_it() -> None:
    for steps in (200, 333, 5000):
        for first, end in windows(steps):
            inside = sampled(first, end)
            assert (inside[0], inside[-1] + 2, len(inside)) == (first, end, 16)
            assert [a for a, b in pairwise(inside) if a >= b] == []


def test_a_run_that_diverged_counts_as_untrained() -> None:
    rates = np.geomspace(1e-3, 10, 5)
    losses = np.array([[2.0, 1.0, 2.0, np.nan, 1e30]])

    assert best_rate(rates, losses, 2.0) == best_rate(rates, np.fmin(losses, 2.0), 2.0)


def test_a_best_rate_at_the_end_of_the_grid_is_said_to_be() -> None:
    assert not best_rate(np.geomspace(1, 100, 3), np.array([[3.0, 2.0, 1.0]]), 3.0).inside


def test_epochs_are_shuffled_and_none_is_cut_short() -> None:
    order = order_of(0, samples=10, batch=3, steps=7)

    assert order.shape == (7, 3)
    assert [len({*order[3 * k : 3 * k + 3].flatten()}) for k in range(2)] == [9, 9]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_fixture_is_of_the_problem_as_it_is_now(problem: Problem) -> None:
    assert truth_file.is_current(problem)


def test_fixtures_are_small_and_none_is_left_over() -> None:
    files = [*truth_file.FOLDER.iterdir()]

    assert {path.name for path in files} == {truth_file.path_of(p).name for p in PROBLEMS}
    assert sum(path.stat().st_size for path in files) < 400_000


def test_constants_may_be_fitted_on_digits_alone() -> None:
    assert {problem.task for problem in TUNED} == TUNING == {"digits_mlp", "digits_cnn"}
    assert {problem.task for problem in HELD_OUT} & TUNING == set()


def test_best_rates_lie_inside_their_grids() -> None:
    found = list(cases(PROBLEMS))

    assert [case.name for case in found if not case.best.inside] == []
    assert len([case for case in found if not case.problem.tuning]) >= 40


def test_a_warmup_comes_before_the_schedule() -> None:
    values = factors("constant", Budget(100, ("constant",), warmup=True))

    assert (values[0], values[5], values[99]) == (0.05, 1.0, 1.0)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Problem]:
    problem = Problem("digits_mlp", "adamw", 32, (Budget(30, ("constant",)),))
    monkeypatch.setattr("truth_run.PROBLEMS", (problem,))
    monkeypatch.setattr("truth_file.FOLDER", tmp_path / "truth")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield problem
    torch.set_num_threads(threads)


def test_a_problem_is_measured_once(small: Problem, capsys: pytest.CaptureFixture[str]) -> None:
    measure(["--jobs", "1"])
    measure(["--jobs", "1"])

    found = truth_file.read(small)
    assert "0 up to date, 1 to measure" in (printed := capsys.readouterr().out)
    assert printed.endswith("1 up to date, 0 to measure\n")
    assert np.shape(found["budgets"]["0"]["constant"]["val"]) == (10, 16)
    assert np.shape(found["sweeps"]["ours"]) == (3, 200)


def test_what_is_measured_twice_is_the_same(small: Problem) -> None:
    from truth_measure import probe

    first, second = (probe(Bench(small)) for _ in range(2))

    np.testing.assert_array_equal(first["after"], second["after"])


def test_kept_runs_know_what_following_advice_would_have_done() -> None:
    found = list(runs(TUNED))

    assert {len({*run.followed}) for run in found} == {5}
    assert [run for run in found if not -3.2 < run.distance < 1.6] == []
    best = [run for run in found if abs(run.distance) < 0.2]
    far = [run for run in found if -2.2 < run.distance < -1.8 and run.case.budget.steps == 880]
    assert np.mean([run.followed[10.0] < run.followed[1.0] for run in far]) == 1
    assert np.mean([run.followed[10.0] > run.followed[1.0] for run in best]) > 0.9


def test_kept_signals_tell_a_rate_that_is_far_too_low_from_one_that_is_too_high() -> None:
    found = [run for run in runs(TUNED) if run.case.problem.update.momentum == 0.9]
    low = [run.signals["cosine"][1] for run in found if run.distance < -2]
    high = [run.signals["cosine"][1] for run in found if run.distance > 0.7]

    assert np.nanmin(low) > np.nanmax(high)


@pytest.mark.parametrize(
    "module", [truth_best, truth_file, truth_signals, bench_find_rules, bench_find_score]
)
def test_examples_in_docstrings_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)

    assert (found.failed, found.attempted > 0) == (0, True)


VALLEY = np.array([4.0, 4.1, 3.0, 2.0, 1.0, 5.0])
PLACES = np.geomspace(1e-3, 1e2, 6)


def test_rules_find_what_they_are_described_to_find() -> None:
    assert tenth_of_minimum(PLACES, VALLEY) == pytest.approx(1.0)
    assert steep(PLACES, VALLEY) == pytest.approx(1e-2)
    assert valley(PLACES, VALLEY) == pytest.approx(1e-1)


def test_slide_stops_where_the_slopes_at_both_ends_agree() -> None:
    rates, flat = np.geomspace(1e-5, 1, 60), np.full(60, 2.0)
    rising = np.concatenate([np.full(55, 2.0), 2.1 + 0.1 * np.arange(5)])

    assert slide(rates, flat) == pytest.approx(rates[44])
    assert slide(rates, rising) == pytest.approx(rates[39])


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_no_answer_to_a_sweep_that_diverges_at_once(rule: str) -> None:
    losses = np.concatenate([[1.0, 2.0], np.full(98, 1e9)])

    assert RULES[rule](np.geomspace(1e-7, 10, 100), losses) is None


def test_a_library_that_sees_nan_goes_on_as_it_does() -> None:
    rates = np.geomspace(1e-8, 1, 100)
    losses = np.where(rates < 0.1, 2.0 - np.log10(rates + 1e-3), np.nan)

    assert lightning(rates, losses) is not None
    assert fastai(tenth_of_minimum, rates, losses) is not None


def test_a_refusal_is_a_miss_but_has_no_error() -> None:
    errors = np.array([0.1, -0.2, np.nan, 1.0])
    found = row("m", errors, ["a", "a", "b", "b"])

    assert (found.thrice, found.refusals) == (0.5, 1)
    assert found.error == pytest.approx(1.3 / 3)
    assert within(errors, 1.5) == 0.25


def test_the_interval_by_tasks_is_wider_where_tasks_err_together() -> None:
    tasks = [str(index // 10) for index in range(40)]
    errors = np.array([0.0] * 30 + [9.0] * 10)

    assert lower_by_task(errors, tasks, 3) < wilson(0.75, 40) == pytest.approx(0.598, abs=1e-3)


@pytest.mark.parametrize(("value", "passed"), [(0.7, True), (0.69, False), (np.nan, False)])
def test_a_gate_holds_at_its_limit(value: float, *, passed: bool) -> None:
    gate = Gate("share", value, 0.7, at_least=True)

    assert gate.passed is passed
    assert str(gate).startswith("ok" if passed else "MISSED")


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON and table of the scoring."""
    folder = tmp_path_factory.mktemp("scored")
    code = bench(["--json", str(folder / "new" / "s.json"), "--table", str(folder / "s.txt")])
    found = json.loads((folder / "new" / "s.json").read_text("utf-8"))
    return code, found, (folder / "s.txt").read_text("utf-8")


def test_the_table_of_scores_is_of_today(scored: tuple[int, dict[str, Any], str]) -> None:
    assert scored[2] == TABLE.read_text("utf-8")


def test_a_missed_gate_is_a_failure(scored: tuple[int, dict[str, Any], str]) -> None:
    code, found, table = scored
    passed = [Gate(**gate).passed for gate in found["gates"]]

    assert code == (not all(passed))
    assert table.count("\nMISSED ") == passed.count(False)


def test_our_answers_are_better_than_those_of_all_others(
    scored: tuple[int, dict[str, Any], str],
) -> None:
    shares = {row["method"]: row["thrice"] for row in scored[1]["held out"]["rows"]}
    ours = [shares.pop("ours, sweep"), shares.pop("ours, grid")]

    assert min(ours) > max(shares.values())


def test_every_configuration_is_in_the_details(
    scored: tuple[int, dict[str, Any], str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bench(["--json", str(tmp_path / "s.json"), "--cases"])
    printed = capsys.readouterr().out

    names = [case["name"] for part in ("tuned", "held out") for case in scored[1][part]["cases"]]
    assert [name for name in names if f"\n{name} " not in printed] == []


def test_the_readme_says_what_was_measured(scored: tuple[int, dict[str, Any], str]) -> None:
    held = scored[1]["held out"]
    shares = {each["method"]: f"{100 * each['thrice']:.0f} %" for each in held["rows"]}
    named = ("ours, sweep", "ours, grid", "fastai valley", "Lightning lr_find")
    said = [
        *(shares[name] for name in named),
        f"{len(held['cases'])} configurations",
        f"({np.abs(held['transfer']).mean():.3f} decades)",
    ]
    text = " ".join((TABLE.parents[2] / "README.md").read_text("utf-8").split())

    assert [each for each in said if each not in text] == []
