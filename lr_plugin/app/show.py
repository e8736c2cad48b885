"""`lr-plugin show`: what a schedule will do, before any training."""

import gc
import shutil
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lr_plugin.app.line import Parser, answered, split_line
from lr_plugin.plot import Unit, sample, sparkline, table
from lr_plugin.recipe import load_schedule, recipe_names
from lr_plugin.schedule import Curve, ScheduleError, Span

if TYPE_CHECKING:
    from lr_plugin.app.member import Member

__all__ = ["main"]

_WIDTH: Final = 60
_FORMS: Final = ("png", "svg", "html")
_UNITS: Final = ("steps", "epochs", "%")
_ABOUT: Final = """\
Print what a schedule will do, before any training: its phases, its values at their
ends, and a line that draws it from 0 to its largest value.

  lr-plugin show                                        the default recipe
  lr-plugin show --list                                 all recipes
  lr-plugin show schedule=wsd steps=2000 lr=0.1         another recipe, length and learning rate
  lr-plugin show schedule=wsd,sgdr,cosine --png a.png   several, and a picture of them
  lr-plugin show schedule=wsd schedule.phases.warmup.duration=2%,5%,10%
  lr-plugin show schedule=step schedule.phases.main.every='30 epochs' \\
      steps_per_epoch=100 --unit epochs
  lr-plugin show schedule=wsd --transfer-from 'cosine steps=2000'
"""
_OVERRIDES: Final = """\
overrides, in Hydra's words; several values with commas between them are drawn together:
  schedule=NAME                  the recipe
  schedule.phases.PHASE.KEY=...  a change to it; in quotes if there are blanks
  +schedule.phases.PHASE='{kind: constant, duration: 5%, after: warmup}'
                                 one more phase
  ~schedule.phases.PHASE         one phase less
  steps=N                        optimizer steps of the whole run (10000)
  steps_per_epoch=N              what an epoch is worth, if anything is in epochs
  samples_per_step=N             what a step is worth, if anything is in samples
  lr=X                           what the schedule multiplies (1)
  allow=[PACKAGE]                packages whose own classes a kind may name
  callbacks/lr_scheduler=NAME    a callback of yours, with all its rules, or one more rule:
  +callbacks.lr_scheduler.rules.momentum='{follow: lr, mode: set, map: [[0,1],[0.95,0.85]]}'
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 1 if something in the line is wrong.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin show`.
    """
    return answered("show", _answer, arguments)


def _answer(arguments: Sequence[str]) -> tuple[int, str]:
    parser = _parser()
    options, overrides = split_line(parser, arguments)
    if options.help:
        return 0, parser.format_help()
    others = [*overrides, *(f"--{form}" for form in _FORMS if getattr(options, form))]
    if options.list and others:
        raise ScheduleError(f"shows recipes as they are; remove {others[0]!r}", "--list")
    return 0, _recipes() if options.list else _shown(options, overrides)


def _parser() -> Parser:
    parser = Parser("lr-plugin show [KEY=VALUE ...] [OPTION ...]", _ABOUT, _OVERRIDES)
    add = parser.add_argument
    add("--list", action="store_true", help="list the recipes")
    add("--png", metavar="FILE", type=Path, help="also draw a picture, in pixels")
    add("--svg", metavar="FILE", type=Path, help="also draw a picture, in vectors")
    add("--html", metavar="FILE", type=Path, help="also write a page: values, curves on and off")
    add("--log", action="store_true", help="draw it with a logarithmic vertical axis")
    add("--unit", choices=_UNITS, default="steps", help="of the time axis: steps, epochs or %%")
    add("--transfer-from", metavar="NAME", help="how a learning rate tuned there carries over")
    add("--config-dir", metavar="DIR", type=Path, help="take DIR/schedule/*.yaml as recipes too")
    add("-m", "--multirun", action="store_true", help="allowed, as in a line for train")
    return parser


def _recipes() -> str:
    columns = shutil.get_terminal_size(fallback=(1000, 0)).columns
    width = max(map(len, recipe_names()))
    span = Span(10_000, steps_per_epoch=100, samples_per_step=100)
    lines = (
        f"{name:<{width}}  {sparkline(load_schedule(name).over(span), 20)}  {_about(name)}"
        for name in recipe_names()
    )
    return "\n".join(line if len(line) <= columns else f"{line[: columns - 1]}…" for line in lines)


def _about(recipe: str) -> str:
    """Give the comment in a recipe's first line, without the name in front of it."""
    file = files("lr_plugin.conf") / "schedule" / f"{recipe}.yaml"
    return file.read_text("utf-8").splitlines()[0].removeprefix("#").partition(":")[2].strip()


def _shown(options: Namespace, overrides: Sequence[str]) -> str:
    with _no_collection():
        from lr_plugin.app.curves import compose_members

        members = compose_members(overrides, options.config_dir)
    curves = {label: member.curves() for label, member in members.items()}
    tops = _tops(curves.values())
    blocks = [
        _block(f"{label}, {rule}" if len(tops) > 1 else label, curve, tops[rule], options.unit)
        for label, rules in curves.items()
        for rule, curve in rules.items()
    ]
    return "\n\n".join([*blocks, "\n".join(_after(members, options, overrides))])


def _tops(members: Iterable[Mapping[str, Curve]]) -> dict[str, float]:
    """Give the largest value of each rule: what several are drawn together must share."""
    tops: dict[str, float] = {}
    for curves in members:
        for rule, curve in curves.items():
            tops[rule] = max(float(curve(sample(curve)).max()), tops.get(rule, float("-inf")))
    return tops


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause Python's collector, which takes a tenth of the time here and finds next to nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _block(name: str, curve: Curve, top: float, unit: Unit) -> str:
    width = min(_WIDTH, shutil.get_terminal_size().columns)
    scale = "" if top == 1 else f", drawn from 0 to {top:.4g}"
    heading = f"{name} over {curve.span.steps} steps{scale}"
    return "\n".join([heading, sparkline(curve, width, top=top), table(curve, unit)])


def _after(
    members: "Mapping[str, Member]", options: Namespace, overrides: Sequence[str]
) -> Iterator[str]:
    """Give what follows the curves: how a rate carries over, and what was written."""
    if options.transfer_from is not None:
        from lr_plugin.app.transfer import transfer

        yield from transfer(members, options.transfer_from, overrides, options.config_dir)
    files = {form: getattr(options, form) for form in _FORMS}
    if any(files.values()):
        from lr_plugin.app.pictures import save

        yield from save(members, files, unit=options.unit, log=options.log)
