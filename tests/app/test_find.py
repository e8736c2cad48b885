"""`lr-plugin find`: what it prints and writes, and what it answers to what it cannot do."""

import io
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import torch
from hydra.core.override_parser.overrides_parser import OverridesParser
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from lr_plugin.app.find import main

PNG = b"\x89PNG\r\n\x1a\n"
QUICK = ("steps=50", "task.batch_size=128")
USER_PROJECT = Path(__file__).parent / "user_project"
Find = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Find]:
    folder = tmp_path_factory.mktemp("finds")

    def run(*words: str) -> CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*words, f"hydra.run.dir={folder / str(len([*folder.iterdir()]))}"])
        return CompletedProcess(words, code, out.getvalue(), err.getvalue())

    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(USER_PROJECT)
        # Hydra takes what measures coverage for a debugger and then raises instead of reporting.
        patch.setattr("hydra._internal.utils.is_under_debugger", lambda: False)
        yield run
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, handler)


@pytest.fixture(scope="module")
def found(find: Find) -> CompletedProcess[str]:
    return find("schedule=wsd", "optimizer=adamw", "seed=3", *QUICK)


def folder_of(found: CompletedProcess[str]) -> Path:
    (line,) = (row for row in found.stdout.splitlines() if row.startswith("picture, data"))
    return Path(line.split()[2].rstrip(",")).parent


def record_of(found: CompletedProcess[str]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder_of(found) / "find.json").read_text())
    return record


def test_it_prints_the_suggestion_and_the_override_to_paste(
    found: CompletedProcess[str],
) -> None:
    record = record_of(found)
    first, second, others, _, last = found.stdout.splitlines()

    assert (found.returncode, found.stderr) == (0, "")
    assert first == "digits_mlp with AdamW under wsd, by sweep"
    assert second.startswith(f"learning rate   {record['override'].partition('=')[2]} with ")
    assert others.startswith("other rules     valley ")
    assert last == f"paste           {record['override']}"


def test_hydra_reads_the_override_as_the_suggested_number(found: CompletedProcess[str]) -> None:
    record = record_of(found)
    (override,) = OverridesParser.create().parse_overrides([record["override"]])

    assert override.key_or_group == "optimizer.lr"
    assert override.value() == record["learning_rate"]


def test_the_record_says_what_was_asked_and_all_that_was_seen(
    found: CompletedProcess[str],
) -> None:
    record = record_of(found)

    assert [record[key] for key in ("schema", "task", "schedule", "seed", "mode")] == [
        *(1, "digits_mlp", "wsd", 3, "sweep"),
    ]
    assert record["overrides"] == ["schedule=wsd", "optimizer=adamw", "seed=3", *QUICK]
    assert len(record["rates"]) == 50
    assert [len(row) for row in record["losses"]] == [50] * 3


def test_the_picture_is_a_file_and_in_tensorboard(found: CompletedProcess[str]) -> None:
    folder = folder_of(found)
    events = EventAccumulator(str(folder)).Reload()

    assert (folder / "find.png").read_bytes().startswith(PNG)
    assert events.Tags()["images"] == ["find"]
    assert events.Images("find")[0].encoded_image_string.startswith(PNG)
    text = events.Tensors("find/text_summary")[0].tensor_proto.string_val[0].decode()
    assert text == record_of(found)["override"]


def test_its_directory_holds_nothing_of_a_training(found: CompletedProcess[str]) -> None:
    folder = folder_of(found)
    (events,) = folder.glob("events.out.tfevents.*")
    known = {"find.json", "find.png", ".hydra", "find.log", events.name}

    assert {path.name for path in folder.iterdir()} <= known


def test_the_same_seed_finds_the_same(find: Find, found: CompletedProcess[str]) -> None:
    again = find("schedule=wsd", "optimizer=adamw", "seed=3", *QUICK)

    assert record_of(again)["losses"] == record_of(found)["losses"]


def test_a_grid_is_another_way(find: Find) -> None:
    record = record_of(find("mode=grid", "steps=5", "repeats=1", "logger=csv"))

    assert record["mode"] == "grid"
    assert len(record["rates"]) == 15


def test_a_refusal_is_written_down_and_has_an_exit_code(find: Find) -> None:
    refused = find("lowest=1e-8", "highest=1e-6", *QUICK)
    record = record_of(refused)

    assert refused.returncode == 1
    assert refused.stderr == f"lr-plugin find: no suggestion: {record['refusal']}\n"
    assert record["refusal"].startswith("no valley between 1e-08 and 1e-06: ")
    assert "paste" not in refused.stdout


def test_the_groups_of_a_module_of_ones_own_are_listed(find: Find) -> None:
    listed = find("task.model._target_=searched.Groups", "~task.net", "task.data=null", "steps=200")

    (line,) = (row for row in listed.stdout.splitlines() if row.startswith("its groups get"))
    first, second = (float(part) for part in line.removeprefix("its groups get").split(","))
    assert second == pytest.approx(first / 10, rel=0.1)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("lowest=1", "highest=1e-4"), "lowest: 1 is not below highest, which is 0.0001; write "),
        (("mode=swep",), "mode: 'swep' is not a mode; write 'sweep' or 'grid'"),
        (("schedule.phases.decay.end_value=x",), "schedule.phases.decay.end_value: 'x' is not a"),
        (("trainer.max_epochs=-1",), "how long the training will be is not known, and the best"),
        (("optimizer.lr=0",), "every group of the optimizer has a learning rate of 0, so that"),
    ],
)
def test_what_cannot_be_found_is_one_line(find: Find, words: tuple[str, ...], line: str) -> None:
    refused = find(*words, *QUICK)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert line in refused.stderr


def test_a_wrong_key_is_answered_with_the_right_one(find: Find) -> None:
    refused = find("lowst=1e-5")

    assert refused.returncode == 1
    assert refused.stderr.endswith("Did you mean lowest?\n")


def test_help_shows_examples_and_groups_once(find: Find) -> None:
    shown = find("--help")

    assert shown.returncode == 0
    assert "lr-plugin find optimizer=adamw mode=grid" in shown.stdout
    assert "lr_app/" not in shown.stdout
    assert "schedule: " in shown.stdout


def test_ctrl_c_leaves_no_trace(find: Find) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    broken = find("task.model._target_=searched.Interrupts", "~task.net", "task.data=null", *QUICK)
    after = signal.signal(signal.SIGINT, before)

    assert after is signal.default_int_handler
    assert broken.returncode == 130
    assert broken.stderr.endswith("interrupted: nothing was found, and nothing was changed\n")
    assert not (Path(broken.args[-1]).parent / "find.json").exists()
