"""Run the worked studies, keep what they cost, and publish what they say."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from omegaconf import OmegaConf
from studies_summary import fill, read, summary, told, write

from lr_plugin.compare.answer import answer
from lr_plugin.compare.records import read_all

ROOT = Path(__file__).parent.parent
PAGE = ROOT / ".github" / "STUDIES.md"
PUBLISHED = ROOT / ".github" / "studies"

EXPERIMENTS = ROOT / "conf" / "lr_app" / "experiment"
NAMES = ("scikit_learn", "cooldowns", "introductions", "warmup_lengths")


def main(arguments: list[str]) -> int:
    """Run or publish what was asked for; return 1 if a study did not end."""
    chosen = parse(arguments)
    names = chosen.names or NAMES
    if chosen.publish:
        return publish([chosen.out / name / "summary.json" for name in names])
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
    code, seconds = timed(command)
    cost = add_cost(folder / "cost.json", seconds)
    if code:
        sys.stderr.write(f"scripts/studies: {name} is not complete; run it again to go on\n")
        return 1
    (page,) = answer(read_all([folder]), baseline(name)).pages
    kept = summary(name, page, cost)
    write(folder / "summary.json", kept)
    print(f"\n{told(kept)}\n")
    return 0


def baseline(name: str) -> str | None:
    """Return what an experiment compares the others to; None if it compares all pairs."""
    settings = OmegaConf.load(EXPERIMENTS / f"{name}.yaml").study
    found: str | None = settings.get("baseline")
    return found


def timed(command: list[str]) -> tuple[int, float]:
    """Run a command; return its exit code and the processor time of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - it is ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return code, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def add_cost(path: Path, seconds: float) -> float:
    """Add to what earlier starts of this study cost, and return all of it."""
    earlier = json.loads(path.read_text("utf-8")) if path.is_file() else 0.0
    total: float = earlier + seconds
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{total:.1f}\n", "utf-8")
    return total


def publish(paths: list[Path]) -> int:
    """Copy summaries into the repository and write what they say into the page."""
    for path in paths:
        kept = read(path)
        write(PUBLISHED / f"{kept['study']}.json", kept)
        PAGE.write_text(fill(PAGE.read_text("utf-8"), kept), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
