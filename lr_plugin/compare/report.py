"""The report: one HTML file that needs nothing else, not even a network."""

import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import quote

from lr_plugin.compare.advised import ABOUT_SIGNS, HEADING
from lr_plugin.compare.answer import Answer
from lr_plugin.compare.comparison import Comparison
from lr_plugin.compare.page import Page
from lr_plugin.compare.pictures import Picture
from lr_plugin.compare.table import Table
from lr_plugin.compare.tried import Tried, tried
from lr_plugin.compare.words import number, rate

__all__ = ["to_html"]

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block;
        overflow-x: auto; }
th, td { padding: 0.2rem 0.8rem; text-align: left; border-bottom: 1px solid #ddd;
         white-space: nowrap; }
figure { margin: 1.5rem 0; }
img { max-width: 100%; }
figcaption, footer { color: #555; font-size: 0.9rem; }
.verdict { font-size: 1.15rem; }
"""


def to_html(answer: Answer, drawn: Sequence[Sequence[Picture]], folder: Path) -> str:
    """Return the report.

    Parameters
    ----------
    answer : Answer
        What was found.
    drawn : sequence of sequence of Picture
        The pictures of each page.
    folder : pathlib.Path
        Where the report will be: links to runs are relative to it.
    """
    title = "Comparison of learning-rate schedules" if answer.several else "Report of a run"
    body = [f"<h1>{title}</h1>", *(f"<p>{escape(sentence)}</p>" for sentence in answer.apart)]
    for page, pictures in zip(answer.pages, drawn, strict=True):
        body += _page(page, pictures, folder)
    if answer.troubles:
        body += ["<h2>Did not finish</h2>", _bullets(answer.reasons)]
    if answer.method:
        paragraphs = answer.method.split("\n\n")
        body += ["<h2>Method</h2>", *(f"<p>{escape(text)}</p>" for text in paragraphs)]
    made = ", ".join(f"{name} {version(name)}" for name in ("lr-plugin", "scipy", "numpy"))
    body += [f"<footer><p>Made with {made}.</p></footer>"]
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{_STYLE}</style>'
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n'
        f'{head}\n<meta name="viewport" content="width=device-width">\n</head>\n<body>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _page(page: Page, pictures: Sequence[Picture], folder: Path) -> Iterator[str]:
    yield f"<h2>{escape(page.title)}</h2>"
    yield f'<p class="verdict">{escape(" ".join(page.verdict))}</p>'
    if page.comparison.candidates:
        yield _table(page.content)
    yield _bullets(page.caveats)
    yield from map(_figure, pictures)
    if page.advised is not None:
        yield f"<h3>{HEADING}</h3>"
        yield _table(page.advised.content)
        yield _bullets(page.advised.sentences)
        yield f"<p>{escape(ABOUT_SIGNS)}</p>"
    if any(one.choice for one in page.comparison.candidates):
        yield _details("Every learning rate that was tried", _table(_rates(page.comparison)))
    yield _details("Every run", _linked(page.comparison, folder))


def _figure(picture: Picture) -> str:
    content = b64encode(picture.svg).decode()
    shows = escape(picture.shows)
    image = f'<img alt="{shows}" src="data:image/svg+xml;base64,{content}">'
    return f"<figure>{image}<figcaption>{shows}</figcaption></figure>"


def _table(content: Table) -> str:
    header, *body = ([escape(cell) for cell in line] for line in content)
    head = f"<tr>{''.join(f'<th>{cell}</th>' for cell in header)}</tr>"
    rows = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in body)
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _bullets(lines: Sequence[str]) -> str:
    items = "\n".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>\n{items}\n</ul>" if lines else ""


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n{content}\n</details>"


def _rates(comparison: Comparison) -> Table:
    header = ("schedule", "learning rate", "seeds", "diverged", "median", "range of the others")
    lines = ((one.name, found) for one in comparison.candidates for found in tried(one))
    return [header, *(_rate(name, found) for name, found in lines)]


def _rate(name: str, found: Tried) -> Sequence[str]:
    extent = f"{number(found.least)} to {number(found.most)}" if found.least is not None else "-"
    middle = "diverged" if found.median is None else number(found.median)
    chosen = " (chosen)" if found.chosen else ""
    return (name, rate(found.rate) + chosen, str(found.seeds), str(found.diverged), middle, extent)


def _linked(comparison: Comparison, folder: Path) -> str:
    items = []
    for run in comparison.runs:
        where = quote(Path(os.path.relpath(run.folder, folder)).as_posix())
        end = number(run.final) if run.status == "finished" else run.status
        items.append(f'<li><a href="{where}/">{escape(run.folder.name)}</a> {escape(end)}</li>')
    return "<ul>\n" + "\n".join(items) + "\n</ul>"
