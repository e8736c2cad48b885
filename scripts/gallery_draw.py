"""Draw every recipe, all of them on one sheet, and the page that shows them.

Each picture carries the curve that it was drawn from, so that a test can tell when it is out of
date without comparing pixels.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from lr_plugin.plot import figure, sample
from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Firing, Span

if TYPE_CHECKING:
    from lr_plugin.schedule import Curve

GITHUB = Path(__file__).parent.parent / ".github"

# Recipes in absolute steps need a run in which one can see them; so does noise at every step.
STEPS = {"cooldown": 2000, "invscaling": 100, "noam": 4000, "noisy_cosine": 100, "optimal": 10_000}
# Recipes that react are drawn in a run in which there is something to react to.
LOGS = {
    "adaptive": tuple(Firing("stall", step) for step in (400, 650, 850)),
    "cooldown": (Firing("branch", 600, latched=True),),
    "greedy": tuple(
        Firing("pace", step, value)
        for step, value in ((150, 1.1), (300, 1.1), (500, 0.9), (700, 0.9))
    ),
    "reduce_on_plateau": tuple(Firing("plateau", step) for step in (450, 750)),
    "wsd_on_demand": (Firing("cooldown", 500, latched=True),),
    "wsd_on_plateau": (Firing("plateau", 600),),
}
COLUMNS = 6
STYLE: Any = {  # matplotlib's own type for this is a list of all its settings
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "path.simplify_threshold": 0.15,  # pixels
    "svg.fonttype": "none",
    "svg.hashsalt": "lr_plugin",
}
INTRODUCTION = """\
# Gallery

Every recipe of `conf/schedule/`. Values multiply the configured learning rate. Take one with
`schedule=NAME` or `LearningRateScheduler("NAME")`; see it over your own run with
`lr-plugin show schedule=NAME`. Those that react to an event are drawn as if theirs had
happened. What other libraries call them: [COMING_FROM](COMING_FROM.md).

![All recipes](gallery/overview.svg)
"""


def steps_of(name: str) -> int:
    """Return the length of the run in which a recipe is drawn."""
    return STEPS.get(name, 1000)


def curve_of(name: str) -> Curve:
    """Return a recipe over its run."""
    return load_schedule(name).over(Span(steps_of(name), log=LOGS.get(name, ())))


def described(name: str, count: int) -> list[float]:
    """Return so many values of a recipe, evenly over its run, with four digits."""
    steps = [steps_of(name) * part // count for part in range(count)]
    return [float(f"{value:.4g}") for value in curve_of(name)(steps)]


def picture(name: str) -> str:
    """Draw one recipe."""
    curve = curve_of(name)
    with mpl.rc_context(STYLE):
        drawn = figure({name: curve}, unit="steps", value="factor")
        drawn.set_size_inches(6, 2.2)
        for axis in (drawn.axes[0].xaxis, drawn.axes[0].yaxis):
            axis.set_major_formatter("{x:g}")  # a formula as a label costs a tag for each digit
        return svg(drawn, {name: described(name, 50)})


def overview() -> str:
    """Draw all recipes on one sheet."""
    names = recipe_names()
    count = -(-len(names) // COLUMNS)
    with mpl.rc_context(STYLE):
        sheet = Figure(figsize=(9, 1.2 * count), layout="constrained")
        for place, name in enumerate(names):
            axes = sheet.add_subplot(count, COLUMNS, place + 1)
            curve = curve_of(name)
            steps = sample(curve)
            axes.plot(steps, curve(steps), color="#0072B2", linewidth=1.2)
            axes.set_title(name, fontsize=8)
            axes.set(xticks=[], yticks=[], ylim=(0, None))
            axes.spines[["top", "right"]].set_visible(False)
        return svg(sheet, {name: described(name, 10) for name in names})


def svg(drawn: Figure, curves: dict[str, list[float]]) -> str:
    """Return a figure as SVG: without a date, with its curves as the description."""
    written = BytesIO()
    metadata = {"Date": None, "Description": json.dumps(curves)}
    drawn.savefig(written, format="svg", metadata=metadata)
    text = re.sub(r' d="[^"]*"', in_hundredths, written.getvalue().decode())
    return "".join(line.strip() + "\n" for line in text.splitlines())


def in_hundredths(path: re.Match[str]) -> str:
    """Cut the coordinates of a path after a hundredth of a point: half as many bytes."""
    return re.sub(r"(\.\d\d)\d+", r"\1", path[0]).replace("\n", "")


def page() -> str:
    """Return the text of GALLERY.md."""
    return "\n".join([INTRODUCTION, *map(section, recipe_names())])


def section(name: str) -> str:
    """Return what the page says about one recipe: what it is, a picture, and its YAML."""
    file = files("lr_plugin.conf") / "schedule" / f"{name}.yaml"
    first, rest = file.read_text("utf-8").split("\n", 1)
    about = first.removeprefix(f"# {name}: ")
    about = about[0].upper() + about[1:]
    yaml = f"```yaml\n# conf/schedule/{name}.yaml\n{rest}```\n"
    return f"## {name}\n\n{about}.\n\n![{name}](gallery/{name}.svg)\n\n{yaml}"


def main() -> None:
    """Write the page and all pictures, and remove those of recipes that are gone."""
    folder = GITHUB / "gallery"
    folder.mkdir(exist_ok=True)
    pictures = {f"{name}.svg": picture(name) for name in recipe_names()}
    pictures["overview.svg"] = overview()
    for name, text in pictures.items():
        (folder / name).write_text(text, "utf-8")
    for path in folder.iterdir():
        if path.name not in pictures:
            path.unlink()
    (GITHUB / "GALLERY.md").write_text(page(), "utf-8")
    print(f"{len(pictures)} pictures in {folder}")


if __name__ == "__main__":
    main()
