"""How far the best learning rates of schedules are expected to lie apart."""

import json
from collections.abc import Mapping
from pathlib import Path

from lr_plugin.compare.candidate import Candidate
from lr_plugin.schedule.rounding import Values

__all__ = ["expected_rates", "factors"]


def factors(folder: Path) -> Values | None:
    """Return the factor of the learning rate at each step, from a run's `schedule.json`.

    Parameters
    ----------
    folder : pathlib.Path
        The run directory.

    Returns
    -------
    ndarray or None
        None where the file is missing, has no rule `lr`, or leaves the length of the run open.
    """
    import numpy as np

    from lr_plugin.schedule import Firing, Span, load

    try:
        rule = json.loads((folder / "schedule.json").read_text("utf-8"))["rules"]["lr"]
        log = tuple(Firing(**firing) for firing in rule["events"])
        curve = load(rule["schedule"]).over(Span(rule["steps"], log=log))
        return curve(np.arange(rule["end"]))
    except (OSError, KeyError, TypeError, ValueError):
        return None


def expected_rates(candidates: tuple[Candidate, ...]) -> Mapping[str, float]:
    """Return by convex theory each schedule's best learning rate in units of the lowest of them.

    Parameters
    ----------
    candidates : tuple of Candidate
        Those whose schedule cannot be told are left out.
    """
    from lr_plugin.schedule.bound import peak_ratio

    known = {one.name: found for one in candidates if (found := _factors(one)) is not None}
    if not known:
        return {}
    first = next(iter(known.values()))
    ratios = {name: peak_ratio(values, first) for name, values in known.items()}
    return {name: ratio / min(ratios.values()) for name, ratio in ratios.items()}


def _factors(one: Candidate) -> Values | None:
    found = factors(one.cell.runs[one.report[0]].folder)
    return found if found is not None and found.any() and (found >= 0).all() else None
