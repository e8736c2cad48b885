"""Run the worked studies, keep what they cost, and publish what they say."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from studies_summary import fill, summary, told, write

from lr_plugin.compare.answer import answer
from lr_plugin.compare.records import read_all

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGE = ROOT / ".github" / "STUDIES.md"
PUBLISHED = ROOT / ".github" / "studies"

EXPERIMENTS = ROOT / "conf" / "lr_app" / "experiment"
SUMMARY = "summary.json"
NAMES = ("scikit_learn", "cooldowns", "introductions", "warmup_lengths")


def main(arguments: list[str]) -> int:
    """Run or publish what was asked for; return 1 if a study did not end."""
    chosen = parse(arguments)
    names = chosen.names or NAMES
    if chosen.publish:
        return max([publish(name, chosen.out / name) for name in names])
    return max([run(name, chosen.out / name, chosen.jobs) for name in names])


def parse(arguments: list[str]) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(prog="scripts/studies")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--publish", action="store_true")
    # argparse looks up the empty list too, where no name is given
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="NAME")
    return parser.parse_args(arguments)


def run(name: str, folder: Path, jobs: int) -> int:
    """Run a study, or what is left of it, and keep its summary if it came to its end."""
    command = [
        *(sys.executable, "-m", "lr_plugin", "study", f"experiment={name}"),
        *(f"hydra.sweep.dir={folder}", "hydra/launcher=local", f"hydra.launcher.n_jobs={jobs}"),
    ]
    with counted(folder / "cost.json"):
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - it is ours
    if done.returncode:
        sys.stderr.write(f"scripts/studies: {name} is not complete; run it again to go on\n")
        return 1
    kept = summarised(name, folder)
    write(folder / SUMMARY, kept)
    print(f"\n{told(kept)}\n")
    return 0


def summarised(name: str, folder: Path) -> dict[str, Any]:
    """Return what is kept of a complete study."""
    (page,) = answer(read_all([folder]), baseline(name)).pages
    return summary(name, page, json.loads((folder / "cost.json").read_text("utf-8")))


def baseline(name: str) -> str | None:
    """Return what an experiment compares the others to; None if it compares all pairs."""
    settings = OmegaConf.load(EXPERIMENTS / f"{name}.yaml").study
    found: str | None = settings.get("baseline")
    return found


@contextmanager
def counted(path: Path) -> Iterator[None]:
    """Add the processor time of the commands that are run to what earlier ones cost."""
    earlier: float = json.loads(path.read_text("utf-8")) if path.is_file() else 0.0
    before = used()
    try:
        yield
    finally:  # a study that is interrupted has cost something too
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{earlier + used() - before:.1f}\n", "utf-8")


def used() -> float:
    """Return the processor time of all commands that have ended, and of what they started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def publish(name: str, folder: Path) -> int:
    """Put the summary of a study into the repository and what it says into the page."""
    if not (folder / SUMMARY).is_file():
        sys.stderr.write(f"scripts/studies: {name} is not complete: {folder} has no {SUMMARY}\n")
        return 1
    kept = summarised(name, folder)
    PAGE.write_text(fill(PAGE.read_text("utf-8"), kept), "utf-8")
    write(PUBLISHED / f"{name}.json", kept)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
