"""The command reads what runs left behind; every bad input gets the sentence that is true."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from lr_plugin.app.compare import main
from lr_plugin.app.finish import finish
from lr_plugin.app.place import Place
from lr_plugin.app.sweep_file import write_sweep
from lr_plugin.compare.save import FOLDER

Capture = pytest.CaptureFixture[str]
Write = Callable[..., Path]
NUMBERS = ("minus", "ratio to", "p (Holm)", "P(better)", "effect")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def run(
        schedule: str, seed: int, final: float | None, sweep: str = "sweep", **more: object
    ) -> Path:
        folder = tmp_path / sweep / f"{schedule}_{more.get('learning_rate', 0.1)}_{seed}"
        folder.mkdir(parents=True)
        usual = {"status": "finished", "task": "digits", "metric": "val/acc", "mode": "max"}
        about = {"schedule": schedule, "learning_rate": 0.1, "seed": seed, "steps": 90}
        record = usual | about | {"final": final} | more
        (folder / "result.json").write_text(json.dumps(record))
        (folder / "metrics.csv").write_text(f"step,lr,val/acc\n0,0.1,\n89,,{final or 0.1}\n")
        return folder

    return run


def sweep(
    write: Write, levels: Iterable[tuple[str, float]], seeds: Iterable[int] = range(8)
) -> None:
    for name, level in levels:
        for seed in seeds:
            write(name, seed, level + 0.01 * seed)


def failed_run(write: Write) -> Path:
    return write("wsd", 9, None, status="failed", reason="ValueError: no memory")


def test_one_sweep_is_told_and_written_into_its_directory(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    assert main([str(tmp_path / "sweep")]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == "16 runs read"
    assert lines[2] == "val/acc of digits at the end of 16 runs (higher is better)"
    assert "step is worse than wsd." in lines
    assert lines[-1] == f"report           {tmp_path / 'sweep' / FOLDER / 'report.html'}"
    assert sorted(path.name for path in (tmp_path / "sweep" / FOLDER).iterdir()) == [
        *("comparison.json", "curves.png", "events.out.tfevents.0.comparison", "ranks.png"),
        *("report.html", "runs.csv", "table.csv", "table.md"),
    ]


def test_several_sweeps_are_one_comparison_and_written_only_where_asked(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    for seed in range(8):
        write("wsd", seed, 0.8 + seed / 100, "one")
        write("step", seed, 0.5 + seed / 100, "two")
    folders = [str(tmp_path / name) for name in ("one", "two")]
    assert main(folders) == 0
    first = capsys.readouterr().out
    assert main([*folders, "--out", str(tmp_path / "out")]) == 0

    assert "step is worse than wsd." in first
    assert "report" not in first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "out", "two"]
    assert (tmp_path / "out" / FOLDER / "report.html").is_file()


def test_a_run_in_two_of_the_directories_counts_once(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    run = write("wsd", 0, 0.8)
    main([str(tmp_path), str(run), "--json"])
    (content,) = json.loads(capsys.readouterr().out)["comparisons"]

    assert len(content["runs"]) == 1


def test_json_is_all_that_is_printed_and_nothing_is_written(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    assert main([str(tmp_path / "sweep"), "--json", "--baseline", "wsd"]) == 0
    (content,) = json.loads(capsys.readouterr().out)["comparisons"]

    assert (content["baseline"], content["verdict"]) == ("wsd", ["step is worse than wsd."])
    assert not (tmp_path / "sweep" / FOLDER).exists()


def test_the_same_runs_give_the_same_files(write: Write, tmp_path: Path) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    written = []
    for _ in range(2):
        main([str(tmp_path / "sweep")])
        files = sorted((tmp_path / "sweep" / FOLDER).iterdir())
        written.append({path.name: path.read_bytes() for path in files})

    assert written[0] == written[1]


def test_an_earlier_comparison_is_no_run(write: Write, tmp_path: Path, capsys: Capture) -> None:
    write("wsd", 0, 0.8)
    for _ in range(2):
        main([str(tmp_path)])

    assert capsys.readouterr().out.count("1 run read") == 2


def told(capsys: Capture, *words: str) -> tuple[int, str]:
    code = main([*words, words[0]])  # a second directory: nothing is drawn, which takes a second
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def refused(capsys: Capture, *words: str) -> tuple[int, str]:
    code, said = told(capsys, *words)
    assert not any(name in said for name in NUMBERS)
    return code, said


def test_an_empty_directory(tmp_path: Path, capsys: Capture) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"lr-plugin compare: there is no run in {str(tmp_path)!r}: no result.json at any depth\n"
    )


def test_an_empty_directory_beside_another_is_told_and_the_other_is_read(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    write("wsd", 0, 0.8)
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), str(tmp_path / "sweep")]) == 0
    captured = capsys.readouterr()

    assert captured.out.startswith("1 run read")
    assert f"there is no run in {str(tmp_path / 'empty')!r}: no result.json" in captured.err


def test_a_directory_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "sweeep")])
    assert f"{str(tmp_path / 'sweeep')!r} is not a directory" in capsys.readouterr().err


def test_a_variable_of_the_shell_that_is_empty_is_not_the_working_directory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([""])

    assert "'' is not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"status": "fini', "is half-written or no JSON"),
        ("", "is half-written or no JSON"),
        ("[1]", "says nothing of a status"),
        ('{"seed": 1}', "says nothing of a status"),
        ('{"status": "finished", "final": "0.9"}', "has '0.9' for 'final'"),
        ('{"status": "finished", "seed": null}', "has None for 'seed'"),
        ('{"status": "finished", "mode": "higher"}', "has 'higher' for 'mode'"),
    ],
)
def test_a_record_that_is_half_written_or_none(
    write: Write, tmp_path: Path, capsys: Capture, text: str, reason: str
) -> None:
    (write("wsd", 0, 0.9) / "result.json").write_text(text)
    code, said = refused(capsys, str(tmp_path))
    assert code == 1
    assert "0 runs read" in said
    assert f"wsd_0.1_0  unreadable: result.json {reason}" in said

    write("wsd", 1, 0.9)
    code, said = refused(capsys, str(tmp_path))
    assert code == 0
    assert "1 run read" in said
    assert f"wsd_0.1_0  unreadable: result.json {reason}" in said


def test_records_of_different_metrics_are_never_in_one_table(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8)])
    for seed in range(8):
        write("step", seed, 0.5, metric="val/loss", mode="min")
    code, said = refused(capsys, str(tmp_path))

    assert code == 0
    assert "One schedule, wsd: there is nothing to compare it with." in said
    assert "One schedule, step: there is nothing to compare it with." in said


def test_records_of_different_budgets(write: Write, tmp_path: Path, capsys: Capture) -> None:
    for name, steps in (("wsd", 90), ("step", 180)):
        for seed in range(8):
            write(name, seed, 0.5, planned_steps=steps)
    _, said = refused(capsys, str(tmp_path))

    assert "The runs were not given the same budget (90 and 180 optimizer steps)" in said


def test_one_seed(write: Write, tmp_path: Path, capsys: Capture) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)], [0])

    assert "One seed each: nothing tells" in refused(capsys, str(tmp_path))[1]


def test_one_schedule(write: Write, tmp_path: Path, capsys: Capture) -> None:
    sweep(write, [("wsd", 0.8)])

    assert "One schedule, wsd: there is nothing" in refused(capsys, str(tmp_path))[1]


def test_runs_that_all_diverged(write: Write, tmp_path: Path, capsys: Capture) -> None:
    for name in ("wsd", "step"):
        for seed in range(8):
            write(name, seed, None, status="diverged", reason="loss is nan")
    code, said = refused(capsys, str(tmp_path))

    assert code == 0
    assert "Every run that reports diverged" in said
    assert "8 of 8" in said


def test_runs_that_all_failed(write: Write, tmp_path: Path, capsys: Capture) -> None:
    failed_run(write)
    code, said = refused(capsys, str(tmp_path))

    assert code == 1
    assert "No run has a result: there is nothing to compare." in said
    assert "wsd_0.1_9  failed: ValueError: no memory" in said


def test_a_failed_run_is_listed_and_does_not_count(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    failed_run(write)
    assert main([str(tmp_path)]) == 0
    said = capsys.readouterr().out

    assert "wsd_0.1_9  failed: ValueError: no memory" in said
    assert "wsd       0.1            8 " in said


@pytest.mark.parametrize(
    ("status", "code"),
    [("finished", 0), ("diverged", 0), ("failed", 1), ("interrupted", 1), ("running", 1)],
)
def test_a_sweep_has_succeeded_if_every_run_came_to_its_end(
    write: Write, capsys: Capture, status: str, code: int
) -> None:
    folder = write("wsd", 0, 0.8, status=status)

    assert finish(Place(folder=folder, sweep=False)) == code
    said = capsys.readouterr().out
    assert f"run directory    {folder}\n" in said
    assert "TensorBoard" not in said  # it has nothing to show of this folder
    assert f"report           lr-plugin compare {folder}\n" in said


def test_a_run_that_failed_before_it_logged_anything_has_no_report(
    write: Write, capsys: Capture
) -> None:
    folder = failed_run(write)
    (folder / "metrics.csv").unlink()
    finish(Place(folder=folder, sweep=False))

    assert "lr-plugin compare" not in capsys.readouterr().out


def test_the_report_of_a_run_that_failed_has_its_curves(write: Write, capsys: Capture) -> None:
    folder = failed_run(write)
    assert main([str(folder)]) == 1

    assert (folder / FOLDER / "curves.png").is_file()
    assert "No run came to its end" in (folder / FOLDER / "report.html").read_text()
    assert f"report           {folder / FOLDER / 'report.html'}\n" in capsys.readouterr().out


def declare(folder: Path, baseline: str | None) -> None:
    write_sweep(folder, "lr-plugin study", [], baseline)


def test_a_study_compares_to_its_baseline_at_its_end_and_whenever_it_is_read(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5), ("sgdr", 0.4)])
    declare(tmp_path / "sweep", "step")
    assert finish(Place(folder=tmp_path / "sweep", sweep=True)) == 0
    at_its_end = capsys.readouterr().out
    table = (tmp_path / "sweep" / FOLDER / "comparison.json").read_text()
    assert main([str(tmp_path / "sweep")]) == 0
    later = capsys.readouterr().out

    assert "wsd is better than step." in at_its_end
    assert later.partition("24 runs read")[2] in at_its_end
    assert later.startswith("baseline         step, as study.baseline says (or --all-pairs)\n")
    for folders in ([tmp_path / "sweep"], [tmp_path], sorted((tmp_path / "sweep").glob("*_*_*"))):
        main([*map(str, folders), "--json"])
        assert capsys.readouterr().out == table


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (("--baseline", "wsd"), "step and sgdr are worse than wsd."),
        (("--all-pairs",), "sgdr is worse than both others."),
    ],
)
def test_an_option_wins_over_what_the_study_declared(
    write: Write, tmp_path: Path, capsys: Capture, words: tuple[str, ...], verdict: str
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5), ("sgdr", 0.4)])
    declare(tmp_path / "sweep", "step")
    _, said = told(capsys, str(tmp_path), *words)

    assert verdict in said
    assert "study.baseline" not in said


def test_studies_of_different_baselines_are_compared_in_all_pairs(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    for name, level in (("wsd", 0.8), ("step", 0.5)):
        for seed in range(8):
            write(name, seed, level, name)
        declare(tmp_path / name, name)
    main([str(tmp_path), "--json"])

    assert json.loads(capsys.readouterr().out)["comparisons"][0]["baseline"] is None


@pytest.mark.parametrize("text", ["", "[]", '{"runs": []}', '{"baseline": 3}'])
def test_what_is_no_record_of_a_study_declares_nothing(
    write: Write, tmp_path: Path, capsys: Capture, text: str
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    (tmp_path / "sweep" / "sweep.json").write_text(text)

    assert told(capsys, str(tmp_path))[1].startswith("16 runs read")


def test_a_study_whose_baseline_has_no_result_compares_all_pairs_and_says_so_everywhere(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    declare(tmp_path / "sweep", "cosine")
    assert finish(Place(folder=tmp_path / "sweep", sweep=True)) == 0
    said = "! No result is of 'cosine', the baseline, so all pairs are compared."

    assert said in (printed := capsys.readouterr().out)
    assert "step is worse than wsd." in printed
    assert said in (tmp_path / "sweep" / FOLDER / "table.md").read_text()


def test_a_baseline_that_ran_with_one_metric_alone_is_that_of_its_table(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    for seed in range(8):
        write("sgdr", seed, 0.5, metric="val/loss", mode="min")
        write("cosine", seed, 0.4, metric="val/loss", mode="min")
    _, said = told(capsys, str(tmp_path), "--baseline", "wsd")

    assert "step is worse than wsd." in said
    assert "! No result is of 'wsd', the baseline, so all pairs are compared." in said


def test_a_directory_with_a_blank_in_its_name_can_be_copied(write: Write, capsys: Capture) -> None:
    folder = write("wsd", 0, 0.8, sweep="my runs")
    finish(Place(folder=folder, sweep=False))

    assert f"lr-plugin compare '{folder}'\n" in capsys.readouterr().out


def test_unpaired_seeds(write: Write, tmp_path: Path, capsys: Capture) -> None:
    sweep(write, [("wsd", 0.8)])
    sweep(write, [("step", 0.5)], range(20, 28))

    assert "Too few seeds are paired" in refused(capsys, str(tmp_path))[1]


def test_a_baseline_that_no_schedule_is(write: Write, tmp_path: Path, capsys: Capture) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    code, said = refused(capsys, str(tmp_path), "--baseline", "wsdd")

    assert code == 2
    assert "did you mean 'wsd'?" in said


def test_a_file_where_the_report_should_go_is_told_after_the_table(
    write: Write, tmp_path: Path, capsys: Capture
) -> None:
    write("wsd", 0, 0.8)
    (tmp_path / "sweep" / FOLDER).write_text("")
    assert main([str(tmp_path / "sweep")]) == 2
    captured = capsys.readouterr()

    assert "One schedule, wsd" in captured.out
    assert "the report cannot be written (File exists: " in captured.err
    assert "--out names another place" in captured.err


def test_a_line_that_cannot_be_read_is_told_how(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "usage: lr-plugin compare" in capsys.readouterr().err


def python(*words: str) -> CompletedProcess[str]:
    loaded = "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    code = f"import sys; from lr_plugin.app.cli import main; main(sys.argv[1:]); {loaded}"
    return subprocess.run(
        [sys.executable, "-c", code, *words], text=True, capture_output=True, check=True
    )


def test_a_reader_who_has_seen_enough_is_no_error(write: Write, tmp_path: Path) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "lr_plugin", "compare", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, check=False)
    os.close(writes)

    assert (done.returncode, done.stderr) == (141, b"")


def test_no_library_for_training_is_loaded(write: Write, tmp_path: Path) -> None:
    sweep(write, [("wsd", 0.8), ("step", 0.5)])
    done = python("compare", str(tmp_path))
    loaded = {*done.stderr.split()}

    assert "step is worse than wsd." in done.stdout
    assert {"scipy", "matplotlib", "tensorboard"} <= loaded
    assert not loaded & {
        "torch",
        "lightning",
        "pytorch_lightning",
        "hydra",
        "omegaconf",
        "tensorflow",
    }
