import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typing_extensions import override

from lr_plugin.compare.advised import HEADING
from lr_plugin.compare.answer import Answer, answer
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.records import Found
from lr_plugin.compare.report import to_html
from lr_plugin.compare.said import Said
from lr_plugin.compare.save import save

Make = Callable[..., RunRecord]


class Reader(HTMLParser):
    """Collect links and texts, and check that every element that is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        assert self.opened == []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag not in ("meta", "img"):
            self.opened.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def told(run: Make, tmp_path: Path) -> Answer:
    records = [
        run("<b>", rate, seed, rate + seed, folder=tmp_path / f"a %&<#{rate}_{seed}")
        for rate in (0.1, 0.3, 1.0)
        for seed in (0, 1)
    ]
    records += [run("wsd", 0.1, 0, None, folder=tmp_path / "w", reason="1 < 2")]
    records += [run("wsd", 0.1, 0, 0.5, folder=tmp_path / "x", metric="val/acc", mode="max")]
    for record in records:
        record.folder.mkdir()
        (record.folder / "metrics.csv").write_text("step,lr,val/loss\n0,0.1,2\n9,0.1,1\n")
    return answer(Found(records=tuple(records), broken={}))


def test_the_report_needs_nothing_but_itself_and_the_runs(told: Answer, tmp_path: Path) -> None:
    save(told, tmp_path / "comparison")
    page = (tmp_path / "comparison/report.html").read_text("utf-8")
    reader = Reader(page)
    pictures = [link for link in reader.links if link.startswith("data:image/svg+xml;base64,")]
    runs = [link for link in reader.links if link not in pictures]

    assert len(pictures) == 4  # curves, rates and ranks of one metric, curves of the other
    assert len(runs) == 8
    assert not re.search(r"<script|<link|@import|url\(", page)


def test_links_lead_to_the_runs_whatever_their_names_are(told: Answer, tmp_path: Path) -> None:
    from urllib.parse import unquote

    reader = Reader(to_html(told, [[], []], tmp_path / "comparison"))
    found = {(tmp_path / "comparison" / unquote(link)).resolve() for link in reader.links}

    assert found == {run.folder for page in told.pages for run in page.comparison.runs}


def test_the_report_says_what_the_text_says(told: Answer, tmp_path: Path) -> None:
    texts = Reader(to_html(told, [[], []], tmp_path)).texts

    for page in told.pages:
        assert {page.title, " ".join(page.verdict), *page.caveats} <= {*texts}
        assert {cell for line in page.content for cell in line} <= {*texts}
    assert "w  diverged: 1 < 2" in texts
    assert {"0.1 (chosen)", "1.000 to 2.000"} - {"1.000 to 2.000"} <= {*texts}


def test_the_report_has_what_the_advisor_said(run: Make, tmp_path: Path) -> None:
    said = Said(step=9, fraction=1.0, verdict="keep", confidence="low", sentence="KEEP, <likely>.")
    told = answer(Found(records=(run("wsd", 0.1, 0, 1.0, advice=(said,)),), broken={}))
    texts = Reader(to_html(told, [[]], tmp_path)).texts

    assert HEADING in texts
    assert "wsd at 0.1, seed 0: KEEP, <likely>." in texts
    assert HEADING in told.markdown()


def test_a_report_without_results_has_no_table(run: Make, tmp_path: Path) -> None:
    failed = run("wsd", None, 0, None, status="failed", reason="no memory")
    page = to_html(answer(Found(records=(failed,), broken={})), [[]], tmp_path)

    assert "<table>" not in page
    assert "No run has a result" in page
    assert "failed" in page


def test_where_all_went_well_nothing_is_listed_as_unfinished(run: Make, tmp_path: Path) -> None:
    one = answer(Found(records=(run("wsd", None, 0, 1.0),), broken={}))

    assert "Did not finish" not in to_html(one, [[]], tmp_path)
