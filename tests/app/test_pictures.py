"""Whole sweeps and several hyperparameters: lines, panels and pages of `lr-plugin show`."""

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lr_plugin.app.show import main

RULES = "+callbacks.lr_scheduler.rules="
MOMENTUM = "momentum: {follow: lr, mode: set, map: [[0.04, 1.0], [0.95, 0.85]]}"
DECAY = "wd: {follow: lr, key: weight_decay}"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def drawn_on(page: str) -> list[dict[str, Any]]:
    """The curves in the data that a page of plotly's draws."""
    data = page.rpartition("Plotly.newPlot(")[2].partition(",")[2].lstrip()
    found: list[dict[str, Any]] = json.JSONDecoder().raw_decode(data)[0]
    return found


def test_a_page_has_every_curve_of_a_sweep_and_needs_no_network(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sweep.html"
    words = ["-m", "schedule=wsd,cosine,sgdr", "steps=100", "--unit", "%", "--html", str(path)]
    code = main(words)
    text = path.read_text("utf-8")
    curves = drawn_on(text)

    assert (code, capsys.readouterr().out.splitlines()[-1]) == (0, f"written to {path}")
    assert [curve["name"] for curve in curves] == ["wsd", "cosine", "sgdr"]
    assert all("%{y" in curve["hovertemplate"] for curve in curves)
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text) == []
    assert '"text":"% of the run"' in text


def test_a_page_has_the_values_of_the_curve(tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    main(["schedule=linear", "steps=4", "--html", str(path)])
    (curve,) = drawn_on(path.read_text("utf-8"))
    values = np.frombuffer(base64.b64decode(curve["y"]["bdata"]), curve["y"]["dtype"])

    assert values.tolist() == [1.0, 0.75, 0.5, 0.25]


def test_a_page_without_plotly_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.subplots", None)  # as if it were not installed
    code = main(["--html", str(tmp_path / "a.html")])

    assert (code, capsys.readouterr().err) == (
        1,
        (
            "lr-plugin show: --html: a page is drawn with plotly, which is not installed; run pip "
            "install 'lr-plugin[html]'\n"
        ),
    )


def test_every_scheduled_hyperparameter_has_its_own_line_and_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["schedule=one_cycle", "steps=1000", "lr=0.1", f"{RULES}{{{MOMENTUM}}}"])
    lines = capsys.readouterr().out.splitlines()

    assert code == 0
    assert [line for line in lines if " over " in line] == [
        "one_cycle, lr over 1000 steps, drawn from 0 to 0.1",
        "one_cycle, momentum over 1000 steps, drawn from 0 to 0.9542",
    ]
    assert [line.split()[3:] for line in lines if line.startswith("warmup")] == [
        ["0.004", "0.1"],
        ["0.95", "0.85"],
    ]


def test_every_scheduled_hyperparameter_has_its_own_panel(tmp_path: Path) -> None:
    path, picture = tmp_path / "three.html", tmp_path / "three.svg"
    files = ["--html", str(path), "--svg", str(picture)]
    main(["schedule=one_cycle,wsd", f"{RULES}{{{MOMENTUM}, {DECAY}}}", *files])
    text = path.read_text("utf-8")
    axes = [(curve["name"], curve["yaxis"], curve["showlegend"]) for curve in drawn_on(text)]

    assert axes == [
        ("one_cycle", "y", True),
        ("wsd", "y", True),
        ("one_cycle", "y2", False),
        ("wsd", "y2", False),
        ("one_cycle", "y3", False),
        ("wsd", "y3", False),
    ]
    for label in ("factor of the configured value", "momentum"):
        assert f'"text":"{label}"' in text
        assert f"<!-- {label} -->" in picture.read_text("utf-8")


def test_a_callback_of_ones_own_is_shown_with_its_rules(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "schedule").mkdir()
    (tmp_path / "callbacks" / "lr_scheduler").mkdir(parents=True)
    (tmp_path / "callbacks" / "lr_scheduler" / "mine.yaml").write_text(
        "_target_: lr_plugin.callback.LearningRateScheduler\n"
        "rules:\n"
        "  head: {key: lr, groups: head, schedule: wsd}\n"
        "  body: {key: lr, groups: body, schedule: {kind: linear}}\n",
        encoding="utf-8",
    )
    page = tmp_path / "mine.html"
    options = ["--config-dir", str(tmp_path), "--html", str(page)]
    code = main(["callbacks/lr_scheduler=mine", "steps=100", *options])

    assert code == 0
    assert [line for line in capsys.readouterr().out.splitlines() if " over " in line] == [
        "warmup_cosine, head over 100 steps",
        "warmup_cosine, body over 100 steps",
    ]
    assert '"text":"factor of the configured value (head)"' in page.read_text("utf-8")


def test_a_mistake_in_a_rule_has_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([f"{RULES}{{momentum: {{folow: lr}}}}"])

    assert (code, capsys.readouterr().err) == (
        1,
        "lr-plugin show: rules.momentum.folow: a rule has no 'folow'; did you mean 'follow'?\n",
    )
