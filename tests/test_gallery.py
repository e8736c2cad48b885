"""The gallery shows the recipes that are shipped; `scripts/gallery` makes it so."""

import json
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from lr_plugin.recipe import recipe_names

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
GALLERY = GITHUB / "gallery"
DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import gallery_draw

    return gallery_draw


def curves_in(svg: str) -> dict[str, list[float]]:
    """The curves that a picture says it was drawn from."""
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    (description,) = [element.text or "" for element in root.iter(DESCRIPTION)]
    curves: dict[str, list[float]] = json.loads(description)
    return curves


@pytest.mark.parametrize("name", recipe_names())
def test_a_picture_is_of_the_recipe_as_it_is_now(name: str, draw: ModuleType) -> None:
    drawn = curves_in((GALLERY / f"{name}.svg").read_text("utf-8"))

    assert list(drawn) == [name]
    assert drawn[name] == pytest.approx(draw.described(name, 50), rel=1e-3)


def test_the_overview_shows_every_recipe_as_it_is_now(draw: ModuleType) -> None:
    drawn = curves_in((GALLERY / "overview.svg").read_text("utf-8"))

    assert list(drawn) == recipe_names()
    for name, values in drawn.items():
        assert values == pytest.approx(draw.described(name, 10), rel=1e-3)


def test_the_page_is_the_one_that_the_script_writes(draw: ModuleType) -> None:
    assert (GITHUB / "GALLERY.md").read_text("utf-8") == draw.page()


def test_what_the_page_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (GITHUB / "GALLERY.md").read_text("utf-8"))

    assert [link for link in links if not (GITHUB / link).is_file()] == []
    assert len(links) == len(recipe_names()) + 2


def test_there_are_no_other_pictures_and_they_are_small() -> None:
    pictures = {path.stem: path.stat().st_size for path in GALLERY.iterdir()}

    assert pictures.keys() == {*recipe_names(), "overview"}
    assert sum(pictures.values()) < 500_000


def test_a_picture_drawn_again_is_the_same_and_has_no_date(draw: ModuleType) -> None:
    first = draw.picture("wsd")

    assert draw.picture("wsd") == first
    assert "dc:date" not in first
    assert curves_in(first) == {"wsd": draw.described("wsd", 50)}


def test_a_picture_shows_the_curve_that_it_describes(draw: ModuleType) -> None:
    line = re.search(
        r'id="line2d_\d+">\s*<path d="([^"]*)"[^>]*stroke: #0072b2', draw.picture("wsd")
    )
    assert line is not None
    points = [tuple(map(float, p)) for p in re.findall(r"[ML] (\S+) (\S+)", line[1])]
    heights = [-y for _, y in points]

    assert points == sorted(points)
    assert heights.index(max(heights)) == 1
    assert min(heights) == heights[0] or min(heights) == heights[-1]
