"""A sweep can be watched: by a table on a terminal, by plain lines elsewhere."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.demos.boring_classes import BoringModel
from typing_extensions import override

from lr_plugin.app.live import live
from lr_plugin.app.progress import ProgressWriter
from lr_plugin.app.record import write_json
from lr_plugin.app.watch import PROGRESS, Job, Watch, summary, time_left

SOURCES = Path(__file__).parents[2]
ENDED = {"metric": "val/acc", "final": 0.5, "steps": 90, "seconds": 2.0, "reason": None}
# A sweep of two jobs without a training: one prints from a process of its own and ends at once.
SWEEP = """
import os, subprocess, sys, time
from pathlib import Path
from lr_plugin.app.live import live
from lr_plugin.app.record import write_json

with live(Path("sweep"), planned=3):
    for name in ("000_wsd", "001_wsd"):
        Path("sweep", name).mkdir(parents=True)
        write_json(Path("sweep", name, "result.json"), {"status": "running"})
    said = {"step": 30, "share": 0.25, "began_at": 0.0, "seconds": 20.0}
    write_json(Path("sweep/001_wsd/progress.json"), said)
    long = Path("sweep", "002_" + 80 * "x" + "_seed007")
    long.mkdir()
    write_json(long / "result.json", {"status": "running"})
    time.sleep(0.8)
    subprocess.run([sys.executable, "-c", "print('000_wsd  val/acc 0.9')"])
    write_json(Path("sweep/000_wsd/result.json"), {"status": "finished"})
    print("of this process")
    time.sleep(0.8)
print("below")
"""


def write(folder: Path, name: str, status: str, **progress: float) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    write_json(folder / name / "result.json", {**ENDED, "status": status})
    if progress:
        write_json(folder / name / PROGRESS, progress)


def job(status: str, share: float = 0.0, began_at: float = 0.0, seconds: float = 0.0) -> Job:
    record = {"status": status}
    return Job(record=record, name="a", share=share, began_at=began_at, seconds=seconds)


class Peek(Callback):
    """Read what is written, from where a watcher reads it."""

    def __init__(self, path: Path) -> None:
        self.path, self.found = path, list[dict[str, Any]]()

    @override
    def on_train_batch_end(self, *_: object) -> None:
        self.found.append(json.loads(self.path.read_text()))


class Breaks(BoringModel):
    @override
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        if batch_idx == 3:
            raise RuntimeError("broken on purpose")
        return super().training_step(batch, batch_idx)


def fit(
    folder: Path,
    *callbacks: Callback,
    model: LightningModule | None = None,
    ckpt_path: Path | None = None,
    **more: Any,  # noqa: ANN401 - arguments of Trainer
) -> Trainer:
    trainer = Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        callbacks=list(callbacks),
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{"max_epochs": 2, "limit_train_batches": 4} | more,
    )
    trainer.fit(
        model or BoringModel(), ckpt_path=ckpt_path, weights_only=True if ckpt_path else None
    )
    return trainer


pytestmark = pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*LeafSpec")


def test_a_run_says_how_far_it_is_and_nothing_any_more_when_it_has_ended(tmp_path: Path) -> None:
    peek = Peek(tmp_path / PROGRESS)
    fit(tmp_path, ProgressWriter(tmp_path, every=0), peek)

    assert [said["step"] for said in peek.found] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [said["share"] for said in peek.found] == [step / 8 for step in range(1, 9)]
    assert {said["began_at"] for said in peek.found} == {0.0}
    assert not (tmp_path / PROGRESS).exists()


def test_a_run_says_it_no_more_often_than_it_is_told(tmp_path: Path) -> None:
    peek = Peek(tmp_path / PROGRESS)
    fit(tmp_path, ProgressWriter(tmp_path, every=60), peek)

    assert {said["step"] for said in peek.found} == {0}


def test_a_resumed_run_says_how_much_of_it_was_done_before(tmp_path: Path) -> None:
    path, peek = tmp_path / "half.ckpt", Peek(tmp_path / PROGRESS)
    fit(tmp_path, max_epochs=1).save_checkpoint(path)
    fit(tmp_path, ProgressWriter(tmp_path, every=0), peek, ckpt_path=path)

    assert [(said["share"], said["began_at"]) for said in peek.found][:1] == [(5 / 8, 0.5)]


def test_a_run_of_unknown_length_has_no_share(tmp_path: Path) -> None:
    peek = Peek(tmp_path / PROGRESS)

    class Stops(Callback):
        @override
        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            trainer.should_stop = True

    fit(tmp_path, ProgressWriter(tmp_path, every=0), peek, Stops(), max_epochs=-1)

    assert [said["share"] for said in peek.found] == [None] * 4


def test_a_run_of_a_stated_time_counts_the_time(tmp_path: Path) -> None:
    peek = Peek(tmp_path / PROGRESS)
    fit(tmp_path, ProgressWriter(tmp_path, every=0.2), peek, max_epochs=-1, max_time={"seconds": 1})

    shares = [said["share"] for said in peek.found]
    assert sorted(shares) == shares
    assert 0.5 < shares[-1] <= 1


def test_a_run_that_fails_leaves_no_progress_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken on purpose"):
        fit(tmp_path, ProgressWriter(tmp_path), model=Breaks())

    assert not (tmp_path / PROGRESS).exists()


def test_looking_at_the_clock_costs_a_step_next_to_nothing(tmp_path: Path) -> None:
    writer, trainer = ProgressWriter(tmp_path), Trainer(accelerator="cpu", logger=False)
    writer.due = float("inf")
    begin = time.thread_time()
    for _ in range(10_000):
        writer.on_train_batch_end(trainer, BoringModel, None, None, 0)  # type: ignore[arg-type]
    assert time.thread_time() - begin < 0.1  # 10 microseconds a step, where it takes about 0.2


def test_what_was_there_before_is_not_watched_until_it_runs_again(tmp_path: Path) -> None:
    write(tmp_path, "000", "finished")
    write(tmp_path, "001", "failed")
    watch = Watch(tmp_path)
    assert watch.look() == []

    write(tmp_path, "001", "running")
    assert [(one.name, one.ended) for one in watch.look()] == [("001", False)]


def test_a_watch_reads_how_far_each_job_is(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "sweep")
    write(tmp_path / "sweep", "000", "finished")
    write(tmp_path / "sweep", "001", "running", step=6, share=0.75, began_at=0.5, seconds=10)
    write(tmp_path / "sweep", "002", "running")

    jobs = watch.look()
    assert [(one.ended, one.share, one.left) for one in jobs] == [
        (True, 1.0, 0.0),
        (False, 0.75, 10.0),
        (False, 0.0, None),
    ]


def test_what_a_resumed_job_had_behind_it_is_remembered_when_it_has_ended(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    write(tmp_path, "000", "running", step=6, share=0.75, began_at=0.5, seconds=10)
    watch.look()
    write(tmp_path, "000", "finished")

    assert [(one.ended, one.began_at) for one in watch.look()] == [(True, 0.5)]


def test_a_job_that_a_cluster_starts_again_runs_again(tmp_path: Path) -> None:
    watch, seen = Watch(tmp_path), []
    statuses = ["interrupted", "running", "finished"]
    for status in statuses:
        write(tmp_path, "000", status)
        seen += [one.record["status"] for one in watch.look()]

    assert seen == statuses


def test_a_half_written_record_is_looked_at_again_later(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    write(tmp_path, "000", "running")
    (tmp_path / "000/result.json").write_text('{"status": "run')
    assert watch.look() == []

    write(tmp_path, "000", "finished")
    assert [one.ended for one in watch.look()] == [True]


@pytest.mark.parametrize(
    ("jobs", "planned", "left"),
    [
        ([], 4, None),
        ([job("running")], 4, None),
        ([job("running", 0.019)], 4, None),  # a start, which is no pace
        ([job("finished", 1.0)], 4, 30.0),
        ([job("finished", 1.0), job("running", 0.5), job("running", 0.5)], 4, 10.0),
        ([job("running", 0.75, began_at=0.5)], 1, 10.0),  # a quarter took 10 s, a quarter is left
        ([job("finished", 1.0)], 1, 0.0),
    ],
)
def test_the_time_left_is_what_is_to_do_at_the_pace_so_far(
    jobs: list[Job], planned: int, left: float | None
) -> None:
    assert time_left(jobs, planned, elapsed=10) == left


def test_the_summary_says_what_has_ended_and_how() -> None:
    jobs = [job("finished", 1), job("diverged", 1), job("failed", 1), job("running", 0.5)]

    assert summary(jobs, 7, 7.0) == (
        "3 of 7 jobs done (1 diverged, 1 failed), 1 running, about 0:07 left"
    )
    assert summary(jobs[:1], None, 7.0) == "1 jobs done"


def test_elsewhere_than_on_a_terminal_there_is_a_line_now_and_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(tmp_path, 4, pause=0.05):
        write(tmp_path, "000", "finished")
        time.sleep(0.2)

    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"1 of 4 jobs done, about 0:0\d left", lines[-1])
    assert "000" not in "".join(lines)


def test_a_short_sweep_has_no_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(tmp_path, 1):
        write(tmp_path, "000", "finished")

    assert capsys.readouterr().out == ""


def test_what_became_of_jobs_that_print_elsewhere_is_printed_here_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(tmp_path, 2, prints=False):
        write(tmp_path, "000", "finished")
        time.sleep(1.2)
        write(tmp_path, "001", "diverged")

    assert capsys.readouterr().out.splitlines() == [
        "000  val/acc 0.5000  90 steps  2.0 s",
        "001  diverged: None",
    ]


def test_a_run_without_a_validation_has_last_words_too() -> None:
    ended = Job(record={**ENDED, "status": "finished", "final": None}, name="000")

    assert ended.last_words == "000  val/acc not measured  90 steps  2.0 s"


def test_an_error_passes_through(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="mine"), live(tmp_path):
        raise KeyError("mine")


def on_a_terminal(script: str, folder: Path) -> str:
    terminal, end = pty.openpty()
    environment = {"TERM": "xterm", "COLUMNS": "90", "LINES": "20", "PYTHONPATH": str(SOURCES)}
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        env=os.environ | environment,
        stdin=end,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    shown = b"".join(printed_on(terminal))
    assert child.wait() == 0, shown.decode()
    return shown.decode()


def printed_on(terminal: int) -> Iterator[bytes]:
    with os.fdopen(terminal, "rb", buffering=0) as stream, suppress(OSError):
        while more := stream.read(65536):  # Linux raises where nobody is left, others end
            yield more


def test_on_a_terminal_a_table_stays_below_what_any_process_prints(tmp_path: Path) -> None:
    shown = on_a_terminal(SWEEP, tmp_path)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)

    assert re.search(r"001_wsd +━+.*25% +1:00 left", plain)
    assert "000_wsd  " in plain
    assert "starting" in plain
    assert re.search(r"…x+_seed007  ━+  starting", plain)
    assert re.search(r"1 of 3 jobs done, 2 running, about 0:0\d left", plain)
    lines = [line.rstrip() for line in plain.splitlines()]
    assert {"000_wsd  val/acc 0.9", "of this process", "below"} <= set(lines)
    # the cursor was led back over the table before each line that is to stay
    assert re.search(r"\x1b\[2K[^\n]*of this process", shown)


def test_torch_and_rich_are_not_needed_to_watch() -> None:
    code = "import sys, lr_plugin.app.live; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=SOURCES, text=True).split()

    assert {"torch", "rich"} & {*loaded} == set()
