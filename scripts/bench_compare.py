"""What `lr-plugin compare` costs: against reading the same files with csv and json alone."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench_figure import Figure, Gate
from bench_timing import spread

from lr_plugin.schedule import Cosine, dump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench_sizes import Sizes

SECTION = """compare: lr-plugin compare on run records with 500 points of each of four series
  Against one process that reads the same files with csv and json alone, and imports scipy.stats
  and matplotlib. A sweep: each schedule at 5 rates, 10 seeds. Seeds: 100 at one rate, so that
  every run reports and is drawn. "first" is until the first line is printed, "compare" until all
  tables, pictures and the report are written. Seconds of the processor."""
POINTS = 500
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)

READ = """
import csv, json, sys
from pathlib import Path
from time import process_time
begin = process_time()
for path in sorted(Path(sys.argv[1]).glob("*/result.json")):
    json.loads(path.read_text())
    with path.with_name("metrics.csv").open(newline="") as file:
        list(csv.reader(file))
read = process_time() - begin
begin = process_time()
import scipy.stats, matplotlib.figure, matplotlib.backends.backend_agg
times = {"read": read, "imports": process_time() - begin}
"""
COMPARE = """
import io, sys
from contextlib import redirect_stdout
from time import process_time
begin = process_time()
class First(io.StringIO):
    seconds = None
    def write(self, text):
        self.seconds = self.seconds or process_time() - begin
        return super().write(text)
from lr_plugin.app.cli import main
with redirect_stdout(First()) as out:
    main(["compare", sys.argv[1]])
times = {"compare": process_time() - begin, "first": out.seconds}
assert "torch" not in sys.modules
"""
# Linux keeps in a process's own count what its parent held before it; this is of the program alone
CLOSE = """
import json, resource
from pathlib import Path
status = Path("/proc/self/status")
held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if status.is_file():
    held = next(line.split()[1] for line in status.open() if line.startswith("VmHWM"))
print(json.dumps({**times, "MB": int(held) / 1024}))
"""


def figures(sizes: Sizes) -> list[Figure]:
    """Compare a sweep, and nothing but seeds."""
    return [figure for name in ("sweep", "seeds") for figure in _measured(name, sizes)]


def _measured(name: str, sizes: Sizes) -> Iterator[Figure]:
    with TemporaryDirectory() as place:
        write(Path(place), sizes.records, tuned=name == "sweep")
        turns = [_process(READ, place) | _process(COMPARE, place) for _ in range(sizes.comparisons)]
    what = f"{name} of {sizes.records} runs"
    plain = [turn["compare"] / (turn["read"] + turn["imports"]) for turn in turns]
    for stage in ("read", "imports", "first", "compare"):
        seconds = spread(turn[stage] for turn in turns)
        yield Figure(section=SECTION, what=f"{what}, {stage}", value=seconds, unit="s")
    yield Figure(
        section=SECTION,
        what=f"{what}, of reading and importing",
        value=spread(plain),
        gate=Gate("at most", 5),
    )
    yield Figure(
        section=SECTION,
        what=f"{what}, memory",
        value=spread(turn["MB"] for turn in turns),
        unit="MB",
        gate=Gate("at most", 500),
    )


def _process(code: str, place: str) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code + CLOSE, place],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    times: dict[str, float] = json.loads(done.stdout)
    return times


def write(folder: Path, count: int, *, tuned: bool) -> None:
    """Write the directories of runs that never ran, as a sweep would leave them."""
    rates = RATES if tuned else RATES[2:3]
    seeds = 10 if tuned else 100
    for number in range(count):
        schedule, rest = divmod(number, len(rates) * seeds)
        rate, seed = divmod(rest, seeds)
        run = folder / f"{number:04}"
        run.mkdir()
        _write_run(run, schedule, rates[rate], seed)


def _write_run(run: Path, schedule: int, rate: float, seed: int) -> None:
    noise = random.Random(f"{schedule} {rate} {seed}")  # noqa: S311 - no secret
    level = (1 + 0.05 * schedule) * math.exp(abs(math.log(rate / 0.1)))
    rows = [_row(step, rate, level, noise) for step in range(0, 10 * POINTS, 10)]
    (run / "metrics.csv").write_text("epoch,lr,step,train/loss,val/loss\n" + "".join(rows))
    record = {"schema": 1, "status": "finished", "task": "none", "metric": "val/loss"}
    record |= {"mode": "min", "schedule": f"schedule{schedule}", "learning_rate": rate}
    record |= {"seed": seed, "final": level * noise.uniform(0.9, 1.1), "steps": 10 * POINTS}
    record |= {"overrides": [f"seed={seed}", f"optimizer.lr={rate}"], "seconds": 1.0}
    record |= {"advice": [_verdict(percent) for percent in (10, 20, 30, 60, 100)]}
    (run / "result.json").write_text(json.dumps(record, indent=2))
    rule = {"schedule": dump(Cosine()), "steps": 10 * POINTS, "end": 10 * POINTS, "events": []}
    (run / "schedule.json").write_text(json.dumps({"schema": 1, "rules": {"lr": rule}}))


def _verdict(percent: int) -> dict[str, object]:
    said = {"step": 50 * percent, "fraction": percent / 100, "verdict": "keep", "factor": 1.0}
    return said | {"confidence": "medium", "sentence": 400 * ".", "signs": 3 * [50 * "."]}


def _row(step: int, rate: float, level: float, noise: random.Random) -> str:
    left = 1 - step / (10 * POINTS)
    loss = level * (1 + 3 * left) * noise.uniform(0.9, 1.1)
    return f"{step // 100},{rate * left},{step},{loss},{loss * noise.uniform(0.95, 1.05)}\n"
