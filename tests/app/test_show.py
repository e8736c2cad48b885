"""The command `lr-plugin show`: what it prints, what it writes, and how little it loads."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from statistics import mean, median

import pytest

from lr_plugin.app.cli import main as lr_plugin
from lr_plugin.app.show import main
from lr_plugin.recipe import recipe_names

TWO = """\
wsd over 1000 steps, drawn from 0 to 0.1
▂▅▇█████████████████████████████████████████████▇▆▅▄▄▃▃▂▂▁▁▁
phase   first step  last step  first value  last value
warmup           0         49        0.001     0.09802
stable          50        799          0.1         0.1
decay          800        999          0.1   0.0002503

constant over 1000 steps, drawn from 0 to 0.1
████████████████████████████████████████████████████████████
phase  first step  last step  first value  last value
main            0        999          0.1         0.1
"""
EPOCHS = "steps_per_epoch: an axis in epochs needs it; write for example steps_per_epoch=100"
NO_FOLDER = "No such file or directory; name a file that you may write"
SHOW = "from lr_plugin.app.cli import main; main(['show'])"  # as the installed command does


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


def processor_time(*arguments: str) -> float:
    """Seconds that a command keeps a processor busy: what other programs disturb least."""
    before = os.times()
    assert start(*arguments).returncode == 0
    after = os.times()
    return after.children_user + after.children_system - before[2] - before[3]


def test_it_prints_each_schedule_as_a_line_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code = lr_plugin(["show", "schedule=wsd,constant", "steps=1000", "lr=0.1"])

    assert (code, capsys.readouterr().out) == (0, TWO)


def test_several_schedules_are_drawn_on_one_scale(capsys: pytest.CaptureFixture[str]) -> None:
    main(["schedule=constant", "schedule.phases.main.value=1,2"])

    assert [line for line in capsys.readouterr().out.splitlines() if set(line) <= set("▁▅█")] == (
        ["▅" * 60, "", "█" * 60]
    )


def test_a_narrow_terminal_gets_a_short_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    main(["schedule=constant"])

    assert capsys.readouterr().out.splitlines()[1] == "█" * 20


def test_the_axis_can_be_in_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["schedule=wsd", "steps=1000", "steps_per_epoch=100", "--unit", "epochs"])

    assert capsys.readouterr().out.splitlines()[2:4] == [
        "phase   first epoch  last epoch  first value  last value",
        "warmup            0        0.49         0.01      0.9802",
    ]


def test_list_has_every_recipe_with_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--list"])
    lines = capsys.readouterr().out.splitlines()

    assert code == 0
    assert [line.split()[0] for line in lines] == recipe_names()
    assert max(map(len, lines)) == 100
    wsd = lines[recipe_names().index("wsd")].split(maxsplit=1)[1]
    assert wsd.startswith('▅███████████████▆▄▂▁  warm-up, stable, "1-sqrt" cooldown')
    assert wsd.endswith("…")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_a_short_manual(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([option])
    manual = capsys.readouterr().out

    assert code == 0
    assert manual.startswith("usage: lr-plugin show [KEY=VALUE ...] [OPTION ...]\n")
    options = {"--png", "--svg", "--html", "--unit", "--list", "--log", "--transfer-from"}
    assert options <= set(manual.split())
    assert len(manual.splitlines()) < 56


def test_the_examples_in_the_manual_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["--help"])
    manual = re.sub(r" *\\\n *", " ", capsys.readouterr().out)
    lines = [line.split("   ")[0] for line in manual.splitlines() if "  lr-plugin show" in line]
    monkeypatch.chdir(tmp_path)

    assert [lr_plugin(shlex.split(line)[1:]) for line in lines] == [0] * 7
    assert (tmp_path / "a.png").is_file()


def test_pictures_are_written_where_they_are_wanted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    png, svg = tmp_path / "picture", tmp_path / "a.svg"
    code = main(["schedule=wsd,sgdr", "lr=0.1", "--png", str(png), "--svg", str(svg), "--log"])

    assert code == 0
    assert capsys.readouterr().out.endswith(f"\n\nwritten to {png}\nwritten to {svg}\n")
    assert png.read_bytes().startswith(b"\x89PNG\r\n")
    assert "<svg " in svg.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["schedule=wds"], "there is no schedule 'wds'; did you mean 'wsd'?"),
        (["--pgn=a.png"], "there is no option '--pgn'; did you mean '--png'?"),
        (["--png"], "argument --png: expected one argument"),
        (
            ["--unit", "epoch"],
            "argument --unit: invalid choice: 'epoch' (choose from 'steps', 'epochs', '%')",
        ),
        (["--unit", "epochs"], EPOCHS),
        (["--list", "steps=3"], "--list: shows recipes as they are; remove 'steps=3'"),
        (["--list", "--png", "a.png"], "--list: shows recipes as they are; remove '--png'"),
        (
            ["--png", "no/folder.png"],
            f"--png: cannot write 'no/folder.png': {NO_FOLDER}",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words)

    assert (code, capsys.readouterr().err) == (1, f"lr-plugin show: {answer}\n")


def test_a_terminal_that_has_no_blocks_shows_the_rest() -> None:
    done = start("-m", "lr_plugin", "show", "schedule=constant", PYTHONIOENCODING="ascii")

    assert done.stdout.splitlines()[1] == "?" * 60


def test_it_loads_neither_torch_nor_lightning_nor_matplotlib() -> None:
    code = """
import sys
from lr_plugin.app.cli import main
main(["show", "schedule=wsd,sgdr"])
print(*sorted({name.partition(".")[0] for name in sys.modules}))"""
    loaded = start("-c", code).stdout.splitlines()[-1].split()

    assert {"hydra", "numpy", "lr_plugin"} <= set(loaded)
    assert {"torch", "pytorch_lightning", "lightning", "matplotlib", "plotly"} & set(
        loaded
    ) == set()


@pytest.mark.timing
def test_it_answers_in_less_than_twice_the_time_of_importing_hydra_and_numpy() -> None:
    # one between two: a machine changes its pace within seconds
    imports = [processor_time("-c", "import hydra, numpy")]
    ratios = []
    for _ in range(7):
        show = processor_time("-c", SHOW)
        imports.append(processor_time("-c", "import hydra, numpy"))
        ratios.append(show / mean(imports[-2:]))

    assert median(ratios) < 2
